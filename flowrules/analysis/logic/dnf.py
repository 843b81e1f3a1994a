"""A condition as conjunctions: alternatives, each a conjunction of what it asks of single facts.

The three-valued logic stays exact: the conjunctions of a condition say where it is yes, those of its negation where it
is no; where it is unknown, neither.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import assert_never

from flowrules.analysis.model.builtin import ALWAYS_KNOWN, COMPUTED, weekday
from flowrules.analysis.model.constraint import (
    NO,
    YES,
    Constraint,
    Elements,
    Opaque,
    element_of,
    implies,
    is_empty,
    meet_constraints,
    tidy,
)
from flowrules.analysis.model.intervals import Interval, Intervals, above, below, between, complement
from flowrules.analysis.model.scope import Nature, Scope
from flowrules.analysis.model.types import type_of
from flowrules.language.literals import DAYS
from flowrules.language.names import fold
from flowrules.language.nodes import (
    And,
    CallZone,
    Compare,
    Condition,
    During,
    FactType,
    Holiday,
    Kind,
    Literal,
    Not,
    Op,
    Or,
)
from flowrules.language.operators import BY_OP, Family, Operator
from flowrules.language.texts import phrase

Conjunction = Mapping[str, Constraint]
"""By subject: a folded fact, or `during NAME` for hours."""

MAX_CONJUNCTIONS = 24
"""Alternatives of one condition that are weighed; of a condition with more nothing is claimed."""

MAX_PARTS = 100
"""Parts of one `and` or `or` that are weighed."""
MAX_VALUES = 500
"""Values of one comparison, or of its list, that are weighed."""

_TEXTUAL = frozenset({Kind.WORD, Kind.TEXT, Kind.PHONE})
_ONE_VALUE = frozenset({FactType.NUMBER, FactType.YESNO, FactType.DURATION, FactType.TIME, FactType.DATE})
_CLOCK = (FactType.TIME, FactType.DATE)
_HOURS = Nature(True, True, frozenset({YES, NO}))
_TODAY = Nature(True, True, frozenset(("text", day) for day in DAYS))


def nature(subject: str, scope: Scope) -> Nature:
    known = scope.natures.get(subject)
    if known is None:
        known = scope.natures[subject] = _nature(subject, scope)
    return known


def _nature(subject: str, scope: Scope) -> Nature:
    kind, _, name = subject.partition(" ")
    if kind in ("during", "holiday"):
        return _HOURS._replace(always=not hours_may_be_unknown(name, scope))
    if subject == "today":
        return _TODAY
    declared = scope.facts.node(subject)
    single = subject in COMPUTED or subject.startswith("call.")
    if declared is not None:
        single = single or declared.type in _ONE_VALUE or not scope.is_carried(subject)
    return Nature(single, subject in ALWAYS_KNOWN)


def hours_may_be_unknown(key: str, scope: Scope) -> bool:
    """Whether nobody may know if hours are open: the call names their time zone, and no other is given."""
    hours = scope.hours.node(key)
    return hours is not None and isinstance(hours.zone, CallZone) and hours.zone.otherwise is None


# --- conjunctions --------------------------------------------------------------------------------------------------


def to_dnf(condition: Condition, scope: Scope, yes: bool = True) -> list[Conjunction] | None:
    """Where a condition is yes (or, `yes` False, where it is no); no conjunctions: nowhere. None: too many to weigh."""
    place = (id(condition), yes)
    if place not in scope.conjunctions:
        scope.conjunctions[place] = _boxes_of(condition, scope, yes)
    return scope.conjunctions[place]


def _boxes_of(condition: Condition, scope: Scope, yes: bool) -> list[Conjunction] | None:
    match condition:
        case Not(part):
            return to_dnf(part, scope, not yes)
        case And(parts) | Or(parts):
            if len(parts) > MAX_PARTS:
                return None
            found = [to_dnf(part, scope, yes) for part in parts]
            if isinstance(condition, And) is yes:
                return conjoin(found, scope)
            return _union(found)
        case Compare():
            return _only(condition.fact.key, compare_constraint(condition, scope, yes), scope)
        case During(hours, inside):
            answer = frozenset({YES if inside is yes else NO})
            return _only(f"during {hours.key}", Constraint(hit=(answer,)), scope)
        case Holiday(hours, is_one):
            answer = frozenset({YES if is_one is yes else NO})
            return _only(f"holiday {hours.key if hours else ''}", Constraint(hit=(answer,)), scope)


def conjoin(found: Sequence[list[Conjunction] | None], scope: Scope) -> list[Conjunction] | None:
    """Where all of several hold."""
    conjunctions: list[Conjunction] = [{}]
    if any(some == [] for some in found):
        return []
    for some in found:
        if some is None:
            return None
        met = (intersect(conjunction, other, scope) for conjunction in conjunctions for other in some)
        conjunctions = [conjunction for conjunction in met if conjunction is not None]
        if len(conjunctions) > MAX_CONJUNCTIONS:
            return None
    return conjunctions


def intersect(one: Conjunction, other: Conjunction, scope: Scope) -> Conjunction | None:
    """Where both hold; None: nowhere."""
    if not one or not other:
        return one or other
    met = dict(one)
    for subject, asked in other.items():
        mine = met.get(subject)
        if mine is not None:
            asked = meet_constraints(mine, asked)
            if is_unsatisfiable(subject, asked, scope):
                return None
        met[subject] = asked
    return met


def conjunction_implies(one: Conjunction, other: Conjunction, scope: Scope) -> bool:
    """Whether everything in one conjunction is in the other."""
    for subject, asked in other.items():
        mine = one.get(subject)
        if mine is None:
            return False
        single, _, universe = nature(subject, scope)
        if not implies(mine, asked, single, universe):
            return False
    return True


def is_unsatisfiable(subject: str, asked: Constraint, scope: Scope) -> bool:
    single, _, universe = nature(subject, scope)
    return is_empty(asked, single, universe)


def can_be(yes: Iterable[Condition], other: Iterable[Condition], scope: Scope) -> bool:
    """Whether all of `yes` can be yes while none of `other` is. True where that is not certain."""
    conjunctions = conjoin([to_dnf(condition, scope) for condition in yes], scope)
    if conjunctions is None:
        return True
    excluded = [conjunction for condition in other for conjunction in to_dnf(condition, scope) or ()]
    return any(
        not any(conjunction_implies(conjunction, out, scope) for out in excluded)
        for conjunction in conjunctions
    )


def _only(subject: str, asked: Constraint, scope: Scope) -> list[Conjunction]:
    return [] if is_unsatisfiable(subject, asked, scope) else [{subject: asked}]


def _union(found: Sequence[list[Conjunction] | None]) -> list[Conjunction] | None:
    conjunctions: list[Conjunction] = []
    for some in found:
        if some is None:
            return None
        conjunctions += some
    return conjunctions if len(conjunctions) <= MAX_CONJUNCTIONS else None


# --- what one comparison asks -------------------------------------------------------------------------------


def compare_constraint(compare: Compare, scope: Scope, yes: bool = True) -> Constraint:
    """Where a comparison is yes (or no) as a constraint of its fact."""
    row = BY_OP[compare.op]
    if not yes and row.negation is not None:
        row, yes = BY_OP[row.negation], True
    values = _values(compare, scope)
    if values is None or len(values) > MAX_VALUES:
        return Constraint(vague=True)
    match row.family:
        case Family.AMONG:
            return _among(compare, not row.negative, values, scope)
        case Family.ORDER | Family.RANGE:
            return _ordered(row, values)
        case Family.PRESENCE:
            return Constraint(known=not row.negative)
        case Family.PHRASE:
            return _opaque(row, (phrase(_spoken(value)) for value in values), yes)
        case Family.DIGITS | Family.AFFIX:
            return _opaque(row, (fold(_spoken(value)) for value in values), yes)
        case _:
            assert_never(row.family)


def _opaque(row: Operator, words: Iterable[str], yes: bool) -> Constraint:
    return Constraint(opaque=frozenset({Opaque(row.op, frozenset(words), yes)}))


def _among(compare: Compare, wanted: bool, values: Sequence[Literal], scope: Scope) -> Constraint:
    """The fact is one of the values, or (`wanted` False) none of them."""
    elements = _elements(compare, values)
    if measure := _measure(compare.fact.key, values, scope):
        points = tuple(Interval(float(n), float(n)) for _, n in sorted(elements))
        return Constraint(within=points if wanted else tidy(complement(points), measure), measure=measure)
    if wanted:
        return Constraint(hit=(elements,))
    mixed = len({kind for kind, _ in elements}) > 1
    return Constraint(vague=True) if mixed else Constraint(miss=elements)


def _measure(key: str, values: Iterable[Literal], scope: Scope) -> str:
    """The kind in which a fact that is one number is measured, if all these values are of it; else empty."""
    kind = type_of(key, scope)
    measure = (
        "number" if kind in (FactType.NUMBER, FactType.DURATION) else str(kind) if kind in _CLOCK else ""
    )
    return measure if all(element_of(value)[0] == measure for value in values) else ""


def _values(compare: Compare, scope: Scope) -> tuple[Literal, ...] | None:
    if compare.list is None:
        return compare.values
    listed = scope.lists.node(compare.list.key)
    return None if listed is None else listed.values


def _elements(compare: Compare, values: Iterable[Literal]) -> Elements:
    found = (element_of(value) for value in values)
    if compare.fact.key == "today":
        found = (("text", weekday(str(value)) or str(value)) for _, value in found)
    return frozenset(found)


def _ordered(row: Operator, values: Sequence[Literal]) -> Constraint:
    bounds = [element_of(value) for value in values]
    measure = bounds[0][0]
    limits = [limit for _, limit in bounds if not isinstance(limit, str | bool)]
    if len(limits) < len(bounds) or any(kind != measure for kind, _ in bounds):
        return Constraint(vague=True)
    return Constraint(within=tidy(_stretch(row, limits, measure), measure), measure=measure)


def _stretch(row: Operator, limits: Sequence[float], measure: str) -> Intervals:
    low, high = limits[0], limits[-1]
    if row.family is Family.ORDER:
        return _STRETCHES[row.op](low)
    inside = between(low, high)
    if measure == "time" and low > high:
        inside = (*below(high, True), *above(low, True))
    return complement(inside) if row.negative else inside


_STRETCHES: Mapping[Op, Callable[[float], Intervals]] = {
    Op.LT: partial(below, inclusive=False),
    Op.LE: partial(below, inclusive=True),
    Op.GT: partial(above, inclusive=False),
    Op.GE: partial(above, inclusive=True),
}


def _spoken(literal: Literal) -> str:
    return str(literal.value) if literal.kind in _TEXTUAL else literal.raw
