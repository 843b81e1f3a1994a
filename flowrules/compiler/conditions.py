"""A condition as a three-valued closure: True, False, or None for unknown (Kleene's strong logic)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flowrules.compiler.calendar import Calendar
from flowrules.compiler.comparisons import Facts, Test, compile_compare, negated
from flowrules.compiler.moment import Moment, is_open
from flowrules.compiler.scope import Scope
from flowrules.language.nodes import And, Compare, Condition, During, Guard, GuardWord, Literal, Not, Or

__all__ = ["CompiledCondition", "Facts", "Test", "compile_condition", "compile_guards"]


@dataclass(frozen=True, slots=True, eq=False)
class CompiledCondition:
    """`test(facts, moment)` answers True, False or None. The tree of parts below it is built of the same
    closures, so that an explanation asks what the decision asked."""

    node: Condition
    test: Test = field(repr=False)
    zone: ZoneInfo
    parts: tuple["CompiledCondition", ...] = ()
    calendar: Calendar | None = None
    """Of a `during` or `outside`."""


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
    """The closure of a checked condition. Equal conditions of one scope share it."""
    compiled = scope.conditions.get(condition)
    if compiled is None:
        compiled = scope.conditions[condition] = _compile(condition, scope)
    return compiled


def _compile(node: Condition, scope: Scope) -> CompiledCondition:
    zone = scope.zone
    match node:
        case Compare():
            return CompiledCondition(node, compile_compare(node, operands(node, scope), zone), zone)
        case During(hours, inside):
            calendar = scope.calendars[hours.key]
            return CompiledCondition(node, _during(calendar, inside), zone, calendar=calendar)
        case Not(part):
            compiled = compile_condition(part, scope)
            return CompiledCondition(node, negated(compiled.test), zone, (compiled,))
        case And(parts):
            children = tuple(compile_condition(part, scope) for part in parts)
            return CompiledCondition(node, _all([child.test for child in children]), zone, children)
        case Or(parts):
            children = tuple(compile_condition(part, scope) for part in parts)
            return CompiledCondition(node, _any([child.test for child in children]), zone, children)


def operands(node: Compare, scope: Scope) -> tuple[Literal, ...]:
    """The values a comparison is held against: its own, or those of the list that it names."""
    return node.values if node.list is None else scope.checked.lists[node.list.key].values


def _during(calendar: Calendar, inside: bool) -> Test:
    def during(facts: Facts, moment: Moment) -> bool | None:
        return is_open(moment, calendar) is inside

    return during


def _all(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests

        def both(facts: Facts, moment: Moment) -> bool | None:
            one = first(facts, moment)
            if one is False:
                return False
            other = second(facts, moment)
            return other if one or other is False else None

        return both

    def every(facts: Facts, moment: Moment) -> bool | None:
        answer: bool | None = True
        for test in tests:
            one = test(facts, moment)
            if one is False:
                return False
            if one is None:
                answer = None
        return answer

    return every


def _any(tests: list[Test]) -> Test:
    def some(facts: Facts, moment: Moment) -> bool | None:
        answer: bool | None = False
        for test in tests:
            one = test(facts, moment)
            if one:
                return True
            if one is None:
                answer = None
        return answer

    return some
