"""What the rules of a rule set ask, and what they say."""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from flowrules.analysis.model.verb_fields import Quote
from flowrules.call.outcome import EventOutcome
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.compiled_steps import (
    CompiledAdvise,
    CompiledDo,
    CompiledGoOn,
    CompiledIf,
    CompiledRemember,
    CompiledSilence,
    CompiledStep,
    CompiledStop,
    CompiledVerb,
    CompiledWait,
)
from flowrules.compiler.guards.conditions import facts_asked
from flowrules.compiler.ruleset import RuleSet
from flowrules.language.nodes import LimitKind
from flowrules.language.printer.words import quoted
from flowrules.language.template import QuotedFact
from flowrules.language.values import Scalar
from flowrules.verbs import BY_NAME


def facts_in_rules(ruleset: RuleSet) -> frozenset[str]:
    """The facts that guards, `if` steps and guard rails ask, by their folded names."""
    found: set[str] = set()
    for rule in ruleset.rules:
        if rule.guard is not None:
            found.update(facts_asked(rule.guard))
        for step in steps_of(rule):
            if isinstance(step, CompiledIf):
                found.update(facts_asked(step.condition))
    for rail in (*ruleset.rails.never, *ruleset.rails.before):
        found |= rail.asks
        if rail.steps is not None:
            for step in every(rail.steps.steps):
                if isinstance(step, CompiledIf):
                    found.update(facts_asked(step.condition))
    return frozenset(found)


def steps_of(rule: CompiledRule) -> Iterator[CompiledStep]:
    """Every step of a rule: branches, `otherwise` and named steps included."""
    yield from every(rule.steps.steps)
    if rule.otherwise is not None:
        yield from every(rule.otherwise.steps)


def remembered_in(steps: Iterable[CompiledStep]) -> Iterator[tuple[str, Scalar | None]]:
    """What steps remember, fact by fact; None: they forget it. Texts that quote facts are left out."""
    for step in steps:
        if isinstance(step, CompiledRemember) and not isinstance(step.value, Quote):
            yield step.fact, step.value


def every(steps: Iterable[CompiledStep]) -> Iterator[CompiledStep]:
    for step in steps:
        yield step
        match step:
            case CompiledDo():
                yield from every(step.steps.steps)
            case CompiledIf():
                yield from every((*step.steps, *step.otherwise))
            case CompiledVerb():
                for failure in step.failures:
                    yield from every(failure.steps.steps)
            case (
                CompiledWait()
                | CompiledRemember()
                | CompiledAdvise()
                | CompiledSilence()
                | CompiledStop()
                | CompiledGoOn()
            ):
                pass
            case _:
                assert_never(step)


def on_the_way(steps: Sequence[CompiledStep]) -> Iterator[CompiledVerb]:
    """The verbs of steps in order, those of named steps and of branches by conditions included."""
    for step in steps:
        match step:
            case CompiledVerb():
                yield step
            case CompiledDo():
                yield from on_the_way(step.steps.steps)
            case CompiledIf():
                yield from on_the_way((*step.steps, *step.otherwise))
            case (
                CompiledWait()
                | CompiledRemember()
                | CompiledAdvise()
                | CompiledSilence()
                | CompiledStop()
                | CompiledGoOn()
            ):
                pass
            case _:
                assert_never(step)


def taken(rule: CompiledRule | None, outcome: EventOutcome) -> Sequence[CompiledStep]:
    """Which steps of a rule an event has led to: its own, or those of its `otherwise`."""
    if rule is None:
        return ()
    lapsed = any(ref.id == rule.id and how == "otherwise" for ref, how in outcome.rules)
    steps = rule.otherwise if lapsed else rule.steps
    return steps.steps if steps is not None else ()


def behind_step(steps: Sequence[CompiledStep], path: str) -> list[CompiledStep]:
    """Of a rule's steps those that stand behind the one with this path, or behind the one in which it stands."""
    number = path.partition(".")[0]
    return [one for one in steps if number.isdigit() and one.at.isdigit() and int(one.at) > int(number)]


def spoken_facts(steps: Iterable[CompiledStep]) -> frozenset[str]:
    """The facts that are quoted in what the caller hears, as they are written, and for which no words stand."""
    found: set[str] = set()
    for step in steps:
        if isinstance(step, CompiledVerb) and (spec := BY_NAME.get(step.verb)) is not None:
            text = step.open.get(spec.heard_field) if spec.heard_field is not None else None
            if isinstance(text, Quote):
                found.update(
                    part.fact.text for part in text.parts if isinstance(part, QuotedFact) and not part.words
                )
    return frozenset(found)


def as_expected(steps: Iterable[CompiledStep]) -> str:
    """The first of the steps that a test can name, as it names it; '' where there is none."""
    for step in steps:
        match step:
            case CompiledVerb(word=word):
                return word
            case CompiledAdvise(text=str(text)):
                return f"advise {quoted(text)}"
            case CompiledAdvise():
                return "advise"
            case CompiledRemember(fact=fact, value=value):
                return f"forget {fact}" if value is None else f"remember {fact}"
            case CompiledSilence():
                return "stay silent"
            case CompiledDo() | CompiledIf() | CompiledWait() | CompiledStop() | CompiledGoOn():
                pass
            case _:
                assert_never(step)
    return ""


def is_bounded(rule: CompiledRule) -> bool:
    """Whether a rule runs only so often in a call."""
    return any(limit.kind is LimitKind.PER_CALL for limit in rule.rule.limits)
