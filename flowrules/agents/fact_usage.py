"""How rules use a fact: what they ask of it, what its values mean, what else depends on it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.texts import open_texts, quoted_facts
from flowrules.analysis.model.verb_fields import as_written
from flowrules.language.names import fold
from flowrules.language.nodes import (
    And,
    CallbackTime,
    Compare,
    Condition,
    DestinationMap,
    GuardWord,
    If,
    Literal,
    Name,
    Not,
    Op,
    Or,
    Promise,
    Test,
    VerbStep,
)
from flowrules.language.operators import BY_OP
from flowrules.language.traverse import event_tests, guards_of, zone_fact

MAX_DESCRIPTION = 300
"""Characters of a comment that a model is shown."""


@dataclass(slots=True)
class FactUsage:
    """How rules use a fact that they may not have declared."""

    name: str
    asked: list[tuple[Compare, Op | None]]
    """Questions, each with what it comes to where it stands: `unless plan is gold` is one of `is not`; None where no
    single comparison says it."""
    chosen: list[Literal]
    """Values that a destination map has a row for."""
    moment: bool = False
    """It holds the time of a callback."""


def fact_usages(scope: Scope) -> dict[str, FactUsage]:
    """Every fact that rules, rails and declarations read, in the order in which they come; tests and promises do not
    count."""
    uses: dict[str, FactUsage] = {}

    def use(name: Name) -> FactUsage:
        return uses.setdefault(name.key, FactUsage(name.text, [], []))

    for unit in scope.units:
        if isinstance(unit.item, Promise | Test):
            continue
        for compare, op in _asked(unit):
            use(compare.fact).asked.append((compare, op))
        for text in open_texts(unit.steps):
            for name in quoted_facts(text):
                use(name)
        if (zone := zone_fact(unit.item)) is not None:
            use(zone)
        if isinstance(unit.item, DestinationMap):
            use(unit.item.by).chosen.extend(row.key for row in unit.item.rows)
        for name in _callback_facts(unit):
            use(name).moment = True
    return uses


def _asked(unit: CheckedBlock) -> Iterator[tuple[Compare, Op | None]]:
    for test in event_tests(unit.item):
        if test.test is not None:
            yield test.test, test.test.op
    for guard in guards_of(unit.item):
        yield from _compared(guard.condition, guard.word is not GuardWord.UNLESS)
    for step in unit.steps:
        if isinstance(step, If):
            yield from _compared(step.condition, True)


def _compared(condition: Condition, wanted: bool) -> Iterator[tuple[Compare, Op | None]]:
    match condition:
        case Compare(op=op):
            yield condition, op if wanted else BY_OP[op].negation
        case Not(part):
            yield from _compared(part, not wanted)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _compared(part, wanted)


def _callback_facts(unit: CheckedBlock) -> Iterator[Name]:
    for step in unit.steps:
        for argument in step.arguments if isinstance(step, VerbStep) else ():
            if isinstance(argument.value, CallbackTime) and argument.value.kind == "at fact":
                assert argument.value.name is not None
                yield argument.value.name


def meanings(scope: Scope) -> dict[str, dict[str, str]]:
    """What the values of each fact mean, by the fact: the comment above the rule that waits for each, of several the
    one that waits for the fewest."""
    found: dict[str, dict[str, tuple[int, str]]] = {}
    for unit in scope.rules:
        if unit.block.comment:
            for key, values in _waited_for(unit).items():
                of_fact = found.setdefault(key, {})
                for value in values:
                    known = of_fact.get(value)
                    if known is None or len(values) < known[0]:
                        of_fact[value] = (len(values), short(unit.block.comment))
    return {
        key: {value: comment for value, (_, comment) in of_fact.items()} for key, of_fact in found.items()
    }


def _waited_for(unit: CheckedBlock) -> dict[str, list[str]]:
    """The values that a rule waits for, by the fact."""
    values: dict[str, list[str]] = {}
    for test in event_tests(unit.item):
        if test.test is not None:
            values.setdefault(test.name.key, []).extend(map(value_key, test.test.values))
    return values


def value_key(value: Literal) -> str:
    return fold(as_written(value))


def short(comment: str) -> str:
    return comment if len(comment) <= MAX_DESCRIPTION else f"{comment[: MAX_DESCRIPTION - 1]}…"
