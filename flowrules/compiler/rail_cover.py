"""Whether one guard rail holds wherever another one held: what an edit may put in its place without taking anything
away.

It errs on the side of no: of two conditions that are written differently nobody knows which is the wider one, unless
one has what the other has and more.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from flowrules.language.names import fold
from flowrules.language.nodes import And, Before, Compare, Condition, GuardWord, Never, Or, Step, VerbStep
from flowrules.language.operators import BY_OP, Operand, taking
from flowrules.language.printer import print_condition, print_literal, print_step

_Any = frozenset[str]
"""Conditions of which one is enough."""
_All = frozenset[str]
"""Conditions that must all hold."""


class Cover(NamedTuple):
    """A rail as a set of demands: it binds where one of each of `when` holds, and all of none of `unless`. `steps` are
    what it does, without the words that are said."""

    kind: type[Never | Before]
    verbs: frozenset[str]
    when: frozenset[_Any]
    unless: frozenset[_All]
    steps: tuple[str, ...]

    def holds_for(self, verb: str, other: "Cover") -> bool:
        """Whether over this verb the rail binds wherever the other one did, and does what it did."""
        return (
            self.kind is other.kind
            and verb in self.verbs
            and all(any(known <= asked for known in other.when) for asked in self.when)
            and all(any(known <= lifted for known in other.unless) for lifted in self.unless)
            and _in_order(other.steps, self.steps)
        )


def cover_of(rail: Never | Before) -> Cover:
    when: list[_Any] = []
    unless: list[_All] = []
    for guard in rail.guards:
        if guard.word is GuardWord.UNLESS:
            unless += [frozenset(map(_told, _parts(one, And))) for one in _parts(guard.condition, Or)]
        else:
            when += [frozenset(_choices(one)) for one in _parts(guard.condition, And)]
    steps = (rail.instead or ()) if isinstance(rail, Never) else rail.steps
    return Cover(
        type(rail),
        frozenset(verb.key for verb in rail.verbs),
        frozenset(when),
        frozenset(unless),
        tuple(map(_done, steps)),
    )


def is_kept(rail: Never | Before, rails: Iterable[Cover]) -> bool:
    """Whether for each verb that it stands over, one of these rails holds wherever it held."""
    old, others = cover_of(rail), tuple(rails)
    return all(any(other.holds_for(verb, old) for other in others) for verb in old.verbs)


def does_as_much(steps: Iterable[Step], as_before: Iterable[Step]) -> bool:
    """Whether steps do in this order what others did, and perhaps more; what is said in it does not count."""
    return _in_order(map(_done, as_before), map(_done, steps))


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


def _done(step: Step) -> str:
    return step.verb if isinstance(step, VerbStep) else fold(print_step(step))


def _in_order(some: Iterable[str], among: Iterable[str]) -> bool:
    rest = iter(among)
    return all(one in rest for one in some)
