"""An urgent rule was to end the call for good, its hangup is refused, and another rule goes on with the caller."""

from collections.abc import Hashable, Iterator
from typing import NamedTuple

from flowrules.call.entries import Settled
from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Status
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import CompiledRemember, CompiledVerb
from flowrules.compiler.conditions import facts_asked
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hazards import END_REFUSED
from flowrules.exploration.hazards.asked import steps_of, taken
from flowrules.exploration.hazards.hazard import Hazard, Seen, ends_session, hangs_up, rule_words, word_of
from flowrules.exploration.watch import Breach, Step
from flowrules.language.nodes import On, Rank
from flowrules.verbs import BY_NAME

_INTERRUPTED = "hangup_interrupted"
_FREE = ("told", "is_over", "call_is_over")
"""Names for a fact that says so; the first that the rules do not use."""


class Refused(NamedTuple):
    rule: RuleRef
    hangup: str


class EndRefused(Hazard):
    """Found where the rules say that this call must end: a fact that the urgent rule remembers ends it also when the
    caller answers the goodbye. Its memory: whose hangup was refused."""

    code = END_REFUSED

    def __init__(self, ruleset: RuleSet) -> None:
        super().__init__(ruleset)
        must_end = {
            fact
            for rule in ruleset.rules
            if rule.guard is not None and _waits_for_the_answer(rule) and any(map(_hangs_up, steps_of(rule)))
            for fact in facts_asked(rule.guard)
        }
        self._urgent = {
            rule.id: rule
            for rule in ruleset.rules
            if rule.rank is Rank.URGENT and must_end & _remembered(rule)
        }
        self._rules = {rule.id: rule for rule in ruleset.rules}

    def settled(self, memory: Hashable, entry: Settled, step: Step) -> Seen:
        outcome, machine = entry.outcome, step.after.machine
        if not self._urgent:
            return None, ()
        if isinstance(memory, Refused) and (other := self._goes_on(outcome, memory)) is not None:
            return None, (self._found(memory, *other),)
        if machine.over or machine.closed:
            return None, ()
        for ref, _ in outcome.rules:
            rule = self._urgent.get(ref.id)
            if rule is not None and (hangup := _refused(rule, outcome)):
                refused = Refused(ref, hangup)
                others = (self._goes_on(one, refused) for one in outcome.raised)
                found = next(filter(None, others), None)
                return (refused, ()) if found is None else (None, (self._found(refused, *found),))
        return memory, ()

    def _goes_on(self, outcome: EventOutcome, memory: Refused) -> tuple[RuleRef, str] | None:
        """Another rule that does something to the caller, and what; None where none does, or it ends the call."""
        if any(ends_session(one.verb) and hangs_up(one.verb) for one in outcome.steps):
            return None
        for one in outcome.accepted:
            spec = BY_NAME.get(one.verb)
            if (
                one.rule != memory.rule
                and spec is not None
                and (spec.heard_field is not None or spec.awaited)
            ):
                return one.rule, one.verb
        return None

    def _found(self, refused: Refused, other: RuleRef, verb: str) -> Breach:
        facts = {one for rule in self._rules.values() for one in _remembered(rule)}
        name = next((one for one in _FREE if one not in facts), "nothing_more")
        hangup, word = refused.hangup, word_of(verb)
        return self.breach(
            self.place(refused.rule, hangup),
            f'Where "{hangup}" is refused in {rule_words(refused.rule)}, the call goes on, and {rule_words(other)} '
            f'answers by "{word}".',
            refused.rule.id,
            f'Above its "{hangup}", behind what is said last, write: remember {name} is yes. And on lines of their '
            f"own: never say, {_others()} when {name} is yes; urgent on anything when {name} is yes {hangup} now",
            (self.place(other, verb), "this rule goes on"),
            meant="who is still there may be helped",
            expects=(f"expect not {word}",),
        )


def _waits_for_the_answer(rule: CompiledRule) -> bool:
    trigger = rule.rule.trigger
    return isinstance(trigger, On) and any(test.name.key == _INTERRUPTED for test in trigger.tests)


def _hangs_up(step: object) -> bool:
    return isinstance(step, CompiledVerb) and hangs_up(step.verb)


def _remembered(rule: CompiledRule) -> frozenset[str]:
    found: Iterator[str] = (
        step.fact for step in steps_of(rule) if isinstance(step, CompiledRemember) and step.value is not None
    )
    return frozenset(found)


def _refused(rule: CompiledRule, outcome: EventOutcome) -> str:
    """The hangup of a rule that was refused, for which it has no line of its own; '' where none was."""
    written = [one for one in taken(rule, outcome) if _hangs_up(one)]
    if any(isinstance(one, CompiledVerb) and one.failures for one in written):
        return ""
    for one in outcome.steps:
        if (
            one.rule.id == rule.id
            and hangs_up(one.verb)
            and one.status is Status.REFUSED
            and one.reason != "forbidden"
        ):
            return one.verb
    return ""


def _others() -> str:
    """The verbs by which a caller is taken further."""
    return ", ".join(spec.name for spec in BY_NAME.values() if spec.awaited)
