"""Which promises speak of an event, or of what is to be done for it."""

from collections.abc import Iterator
from typing import assert_never

from flowrules.compiler.triggers import trigger_test
from flowrules.engine.decision import Decision
from flowrules.engine.planning.plan import AdviseStep, FailedStep, Plan, PlannedVerb, every_step
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Absence,
    Block,
    Compare,
    Existence,
    Precedence,
    Promise,
    Response,
    Universality,
)
from flowrules.language.traverse import atoms, event_tests, promised
from flowrules.verbs import BY_NAME, Copies, Holds, words_under


def promises_about(decision: Decision, plan: Plan) -> Iterator[Block]:
    """The promises, in written order, that name a verb of the plan, ask what one tells, or wait for the event.
    `decision` has its trace."""
    assert decision.trace is not None
    ruleset = decision.trace.ruleset
    if not ruleset.checked.promises:
        return
    words, facts = _words(plan), _told(plan)
    event, moment = decision.event, (decision.trace.state.started_at, decision.trace.state)
    for block in ruleset.checked.promises:
        promise = block.item
        assert isinstance(promise, Promise)
        named = _named(promise)
        asked = {
            atom.fact.key for one in promised(promise) for atom in atoms(one) if isinstance(atom, Compare)
        }
        waits = any(trigger_test(test, ruleset.scope)(event.keys, moment) for test in event_tests(promise))
        if waits or named & words or asked & facts:
            yield block


def promise_notes(decision: Decision, plan: Plan) -> Iterator[str]:
    """They, each in a line."""
    for block in promises_about(decision, plan):
        assert isinstance(block.item, Promise)
        line = block.locate(block.item.span).first.line
        yield f'promise "{block.item.label.value}" ({block.source.path}, line {line}) speaks of this'


def _named(promise: Promise) -> frozenset[str]:
    match promise.pattern:
        case Absence(verbs=verbs) | Precedence(verbs=verbs):
            return frozenset(word for name in verbs for word in words_under(name.key))
        case Response(verbs=verbs, answers=answers):
            return frozenset(name.key for name in (*verbs, *answers))
        case Existence() | Universality():
            return frozenset()
        case _:
            assert_never(promise.pattern)


def _words(plan: Plan) -> frozenset[str]:
    """The words by which rules may have written what the plan does."""
    words: set[str] = set()
    for part in plan.parts:
        for step in every_step(part.steps):
            match step:
                case PlannedVerb(verb=verb, body=body):
                    spec = BY_NAME.get(verb)
                    words |= spec.words(body) if spec else {fold(verb)}
                case FailedStep(verb=verb):
                    words.add(verb)
                case AdviseStep():
                    words.add("advise")
    return frozenset(words)


def _told(plan: Plan) -> frozenset[str]:
    """The facts that verbs of the plan tell."""
    verbs = {
        step.verb for part in plan.parts for step in every_step(part.steps) if isinstance(step, PlannedVerb)
    }
    tells = (one for verb in verbs if verb in BY_NAME for one in BY_NAME[verb].tells)
    return frozenset(one.fact for one in tells if isinstance(one, Holds | Copies))
