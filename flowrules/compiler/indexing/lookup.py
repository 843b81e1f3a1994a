"""From a value to the rules that look for it: by text, number, yes or no, word, and bound."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from flowrules.compiler.guards import coerce
from flowrules.compiler.guards.guard_codegen import Facts, Test
from flowrules.compiler.guards.judges import domains, order_bound, phrase, plain_text
from flowrules.compiler.indexing.bucket import Bucket, Entry, Group, asked, gather, order_of, written_order
from flowrules.language import texts
from flowrules.language.names import fold
from flowrules.language.nodes import Literal, Op
from flowrules.language.operators import BY_OP, Family
from flowrules.language.values import Value

FEW = 24
"""Up to so many rules whose bound is passed are sorted out one by one; more of them are read in written order,
since one of the first will match."""


@dataclass(frozen=True, slots=True, eq=False)
class Thresholds:
    """Rules by the number that a value must reach, or must not pass."""

    limits: tuple[float, ...]
    entries: Group
    """Sorted by their limit."""
    ordered: Group
    """The same in written order."""

    def pick(self, start: int, end: int) -> Group:
        return written_order(self.entries[start:end]) if end - start <= FEW else self.ordered


@dataclass(frozen=True, slots=True, eq=False)
class ValueIndex:
    """What rules look for in one event key or fact. Texts are folded; `numbers` is asked for values that came as
    numbers, `text_numbers` for texts that are exactly one. `other` are rules to be asked one by one."""

    texts: Mapping[Value, Bucket]
    numbers: Mapping[Value, Bucket]
    text_numbers: Mapping[Value | None, Bucket]
    yes: Bucket
    no: Bucket
    words: Mapping[str, Bucket]
    above: Thresholds | None
    below: Thresholds | None
    carried: Bucket
    """Rules that ask only whether it is there, and not no."""
    other: Bucket
    plain: Mapping[Value, Bucket]
    """`texts` where nothing else is in use, so that what stands there is all; else nothing."""

    def gather(self, value: Value, facts: Facts, into: list[Group]) -> None:
        """Add the rules that a value can concern; the most selective come first."""
        if type(value) is str:
            if self.texts:
                bucket = self.texts.get(value) or self.texts.get(fold(value))
                if bucket is not None:
                    gather(bucket, facts, into)
                if self.plain:
                    return
            if self.words and not self.words.keys().isdisjoint(said := texts.keys(value)):
                for word in said:
                    bucket = self.words.get(word)
                    if bucket is not None:
                        gather(bucket, facts, into)
            if self.text_numbers:
                bucket = self.text_numbers.get(coerce.number(value))
                if bucket is not None:
                    gather(bucket, facts, into)
        elif type(value) is bool:
            gather(self.yes if value else self.no, facts, into)
        elif not isinstance(value, tuple):
            bucket = self.numbers.get(value)
            if bucket is not None:
                gather(bucket, facts, into)
        else:
            for one in value:
                self.gather(one, facts, into)
            return
        if self.above is not None or self.below is not None:
            number = value if type(value) is int else coerce.number(value)
            if number is not None:
                self._gather_bounds(number, into)
        if self.carried and not coerce.denied(value):
            gather(self.carried, facts, into)
        if self.other:
            gather(self.other, facts, into)

    def _gather_bounds(self, number: float, into: list[Group]) -> None:
        above, below = self.above, self.below
        if above is not None and number >= above.limits[0]:
            into.append(above.pick(0, bisect_right(above.limits, number)))
        if below is not None and number <= below.limits[-1]:
            into.append(below.pick(bisect_left(below.limits, number), len(below.limits)))


class ValueIndexBuilder:
    """Collects the entries of one key."""

    def __init__(self) -> None:
        self.texts: dict[str, list[Entry]] = {}
        self.numbers: dict[float, list[Entry]] = {}
        self.text_numbers: dict[float, list[Entry]] = {}
        self.yesno: dict[bool, list[Entry]] = {True: [], False: []}
        self.words: dict[str, list[Entry]] = {}
        self.above: list[tuple[float, Entry]] = []
        self.below: list[tuple[float, Entry]] = []
        self.carried: list[Entry] = []
        self.other: list[Entry] = []

    def add(
        self,
        entry: Entry,
        op: Op,
        values: tuple[Literal, ...],
        trigger: Callable[[], Test] | None = None,
    ) -> None:
        """File an entry under what a comparison looks for. `trigger` makes the test that is left to ask where the
        place alone proves nothing; None where something else does the asking."""
        place = place_of(op, values)
        if place is Place.VALUE and self._among(entry, values):
            return
        if place is Place.WORD:
            self._contains(entry, {phrase(value) for value in values}, trigger)
            return
        to_ask = asked(entry, trigger()) if trigger else entry
        if place in (Place.ABOVE, Place.BELOW) and (bound := lookup_bound(values)) is not None:
            (self.above if place is Place.ABOVE else self.below).append((bound, to_ask))
        else:
            self.other.append(to_ask)

    def _among(self, entry: Entry, values: tuple[Literal, ...]) -> bool:
        """Whether each of the values has a place of its own."""
        if len(values) == 1 and (word := plain_text(values[0])) is not None:
            self.texts.setdefault(word, []).append(entry)
            return True
        looked_for = domains(values)
        if any(read is coerce.clock or read is coerce.day for read, _ in looked_for):
            return False
        for read, bounds in looked_for:
            for bound in bounds:
                for place in self._places(read, bound):
                    if not place or place[-1] is not entry:
                        place.append(entry)
        return True

    def _places(self, read: coerce.Reader, bound: coerce.Comparable) -> Iterable[list[Entry]]:
        if isinstance(bound, bool):
            yield self.yesno[bound]
            if read is coerce.yesno:
                for spelled in coerce.YES_TEXTS if bound else coerce.NO_TEXTS:
                    yield self.texts.setdefault(spelled, [])
        elif isinstance(bound, int | float):
            yield self.numbers.setdefault(bound, [])
            if read is coerce.number:
                yield self.text_numbers.setdefault(bound, [])
        elif isinstance(bound, str):
            yield self.texts.setdefault(bound, [])

    def _contains(self, entry: Entry, phrases: set[str], trigger: Callable[[], Test] | None) -> None:
        """Each phrase under one of its words. A word alone is proven by its place."""
        to_ask = None
        for wanted in phrases:
            if (found := texts.key(wanted)) is None:
                continue
            key, is_proof = found
            if not is_proof and trigger and to_ask is None:
                to_ask = asked(entry, trigger())
            self.words.setdefault(key, []).append(entry if is_proof or to_ask is None else to_ask)

    def build(self, bucket: Callable[[Iterable[Entry]], Bucket]) -> ValueIndex:
        """`bucket` makes a bucket of entries."""
        rest = (self.numbers, self.text_numbers, *self.yesno.values(), self.words)
        texts: dict[Value, Bucket] = {key: bucket(entries) for key, entries in self.texts.items()}
        only = not any((*rest, self.above, self.below, self.carried, self.other))
        return ValueIndex(
            texts,
            {key: bucket(entries) for key, entries in self.numbers.items()},
            {key: bucket(entries) for key, entries in self.text_numbers.items()},
            bucket(self.yesno[True]),
            bucket(self.yesno[False]),
            {key: bucket(entries) for key, entries in self.words.items()},
            bounds_of(self.above),
            bounds_of(self.below),
            bucket(self.carried),
            bucket(self.other),
            texts if only else {},
        )


class Place(Enum):
    """Where a rule can be found by what a comparison must see: under its value, under a word, or among the bounds
    that a number is above or below of."""

    VALUE = auto()
    WORD = auto()
    ABOVE = auto()
    BELOW = auto()


def place_of(op: Op, values: tuple[Literal, ...]) -> Place | None:
    """Where a comparison can be looked up; None where each rule must be asked."""
    row = BY_OP[op]
    if row.negative:
        return None
    match row.family:
        case Family.AMONG:
            return Place.VALUE
        case Family.PHRASE:
            return Place.WORD
        case Family.ORDER:
            place = Place.ABOVE if op in (Op.GE, Op.GT) else Place.BELOW
            return None if lookup_bound(values) is None else place
        case Family.RANGE:
            return None if lookup_bound(values) is None else Place.ABOVE
        case Family.DIGITS | Family.AFFIX | Family.PRESENCE:
            return None
        case _:
            assert_never(row.family)


def lookup_bound(values: tuple[Literal, ...]) -> float | None:
    """The number by which a comparison of more and less can be looked up, where it has one."""
    bound = order_bound(values[0])
    if bound is None or bound[0] is not coerce.number or not isinstance(bound[1], int | float):
        return None
    return bound[1]


def bounds_of(found: list[tuple[float, Entry]]) -> Thresholds | None:
    if not found:
        return None
    found.sort(key=lambda pair: (pair[0], order_of(pair[1])))
    entries = tuple(entry for _, entry in found)
    return Thresholds(tuple(limit for limit, _ in found), entries, written_order(entries))
