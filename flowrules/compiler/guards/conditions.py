"""A condition as a three-valued test: True, False, or None for unknown (Kleene's strong logic)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flowrules.compiler.guards.comparisons import compile_compare
from flowrules.compiler.guards.guard_codegen import Facts, Operands, Test, all_of, any_of, not_
from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.times.calendar import Calendar
from flowrules.compiler.times.moment import Moment, is_open
from flowrules.language.nodes import (
    And,
    Compare,
    Condition,
    During,
    Guard,
    GuardWord,
    Holiday,
    Literal,
    Not,
    Or,
)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledCondition:
    """`test(facts, moment)` answers True, False or None. The tree of parts below it asks the same
    questions, so that an explanation asks what the decision asked."""

    node: Condition
    test: Test = field(repr=False)
    zone: ZoneInfo
    parts: tuple["CompiledCondition", ...] = ()
    calendar: Calendar | None = None
    """Of a `during` or `outside`, and of `today is a holiday`."""


def compile_guards(guards: Sequence[Guard], scope: Scope) -> CompiledCondition | None:
    """A rule's or rail's guard phrases as one condition, all of which must hold; None where there are none.

    `unless C` is `not C`: where C is unknown it is unknown.
    """
    conditions = tuple(
        Not(guard.condition, guard.span) if guard.word is GuardWord.UNLESS else guard.condition
        for guard in guards
    )
    if not conditions:
        return None
    return compile_condition(conditions[0] if len(conditions) == 1 else And(conditions), scope)


def compile_condition(condition: Condition, scope: Scope) -> CompiledCondition:
    """A checked condition, ready to be asked. Equal conditions of one scope share it."""
    compiled = scope.conditions.get(condition)
    if compiled is None:
        compiled = scope.conditions[condition] = _compile(condition, scope)
    return compiled


def _compile(node: Condition, scope: Scope) -> CompiledCondition:
    zone = scope.zone
    match node:
        case Compare():
            return CompiledCondition(
                node, compile_compare(node, operands(node, scope), zone, scope.checked.languages), zone
            )
        case During(hours, inside):
            calendar = scope.calendars[hours.key]
            asked = Test(_during if calendar.clock is None else _during_call, (calendar, inside))
            return CompiledCondition(node, asked, zone, calendar=calendar)
        case Holiday(hours=day_off, is_one=is_one):
            assert day_off is not None
            calendar = scope.calendars[day_off.key]
            return CompiledCondition(node, Test(_holiday, (calendar, is_one)), zone, calendar=calendar)
        case Not(part):
            compiled = compile_condition(part, scope)
            return CompiledCondition(node, not_(compiled.test), zone, (compiled,))
        case And(parts):
            children = tuple(compile_condition(part, scope) for part in parts)
            return CompiledCondition(node, all_of([child.test for child in children]), zone, children)
        case Or(parts):
            children = tuple(compile_condition(part, scope) for part in parts)
            return CompiledCondition(node, any_of([child.test for child in children]), zone, children)


def facts_asked(condition: CompiledCondition) -> Iterator[str]:
    """The facts that a condition looks at, by their folded names."""
    if isinstance(condition.node, Compare):
        yield condition.node.fact.key
    for part in condition.parts:
        yield from facts_asked(part)


def operands(node: Compare, scope: Scope) -> tuple[Literal, ...]:
    """The values a comparison is held against: its own, or those of the list that it names."""
    return node.values if node.list is None else scope.checked.lists[node.list.key].values


def _during(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    calendar, inside = operands
    return is_open(moment, calendar) is inside


def _during_call(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    hours, inside = operands
    calendar = hours.of_call(facts.get)
    return None if calendar is None else is_open(moment, calendar) is inside


def _holiday(operands: Operands, facts: Facts, moment: Moment) -> bool | None:
    hours, is_one = operands
    calendar = hours.of_call(facts.get)
    return None if calendar is None else (calendar.holiday(calendar.day(moment[0])) is not None) is is_one
