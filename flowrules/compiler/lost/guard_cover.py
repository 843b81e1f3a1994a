"""Whether conditions hold wherever others did, for what must not be taken away by an edit.

It errs on the side of no: of two conditions that are written differently nobody knows which is the wider one, unless
one has what the other has and more.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flowrules.language.names import fold
from flowrules.language.nodes import And, Compare, Condition, Guard, GuardWord, Or
from flowrules.language.operators import BY_OP, Operand, taking
from flowrules.language.printer import print_condition, print_literal

Any_ = frozenset[str]
"""Conditions of which one is enough."""
All_ = frozenset[str]
"""Conditions that must all hold."""


class GuardCover(NamedTuple):
    """Guards as a set of demands: they bind where one of each of `when` holds, and all of none of `unless`."""

    when: frozenset[Any_]
    unless: frozenset[All_]

    def binds_wherever(self, other: "GuardCover") -> bool:
        """Whether these guards bind wherever the other ones did."""
        return asks_as_much(other.when, self.when) and all(
            any(known <= lifted for known in other.unless) for lifted in self.unless
        )


def cover_of_guards(guards: Iterable[Guard]) -> GuardCover:
    when: list[Any_] = []
    unless: list[All_] = []
    for guard in guards:
        if guard.word is GuardWord.UNLESS:
            unless += [frozenset(map(_told, _parts(one, And))) for one in _parts(guard.condition, Or)]
        else:
            when += demands_of(guard.condition)
    return GuardCover(frozenset(when), frozenset(unless))


def demands_of(condition: Condition) -> frozenset[Any_]:
    """A condition as demands, all of which must hold: each by one of its choices."""
    return frozenset(frozenset(_choices(one)) for one in _parts(condition, And))


def asks_as_much(demands: Iterable[Any_], as_before: Iterable[Any_]) -> bool:
    """Whether some demands hold only where others did."""
    return all(any(one <= before for one in demands) for before in as_before)


def _choices(condition: Condition) -> Iterator[str]:
    for one in _parts(condition, Or):
        row = BY_OP[one.op] if isinstance(one, Compare) else None
        single = (
            taking(row, Operand.ONE) if row and row.operand is Operand.MANY and not row.negative else None
        )
        if isinstance(one, Compare) and single is not None:
            yield from (
                fold(f"{one.fact.text} {single.words} {print_literal(value)}") for value in one.values
            )
        else:
            yield _told(one)


def _parts(condition: Condition, joint: type[And | Or]) -> Iterator[Condition]:
    if isinstance(condition, joint):
        for part in condition.parts:
            yield from _parts(part, joint)
    else:
        yield condition


def _told(condition: Condition) -> str:
    return fold(print_condition(condition))
