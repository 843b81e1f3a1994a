"""Sets of numbers as stretches of the line, ends in or out."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isinf


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`; an end that is open does not belong to it."""

    low: float
    high: float
    low_open: bool = False
    high_open: bool = False

    @property
    def is_empty(self) -> bool:
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def __contains__(self, number: float) -> bool:
        above = number > self.low or (number == self.low and not self.low_open)
        return above and (number < self.high or (number == self.high and not self.high_open))


Intervals = tuple[Interval, ...]
"""Apart from each other and in order."""

EVERYTHING: Intervals = (Interval(-inf, inf, True, True),)


def below(limit: float, inclusive: bool) -> Intervals:
    return (Interval(-inf, limit, True, not inclusive),)


def above(limit: float, inclusive: bool) -> Intervals:
    return (Interval(limit, inf, not inclusive, True),)


def between(low: float, high: float) -> Intervals:
    """Both ends belong to it."""
    return () if low > high else (Interval(low, high),)


def meet(one: Intervals, other: Intervals) -> Intervals:
    """What is in both."""
    return tuple(part for a in one for b in other if not (part := _meet(a, b)).is_empty)


def _meet(a: Interval, b: Interval) -> Interval:
    low = max(a.low, b.low)
    high = min(a.high, b.high)
    low_open = (a.low_open and a.low == low) or (b.low_open and b.low == low)
    high_open = (a.high_open and a.high == high) or (b.high_open and b.high == high)
    return Interval(low, high, low_open, high_open)


def complement(parts: Intervals) -> Intervals:
    """What is in none of them."""
    rest = EVERYTHING
    for part in parts:
        left = Interval(-inf, part.low, True, not part.low_open)
        right = Interval(part.high, inf, not part.high_open, True)
        outside = tuple(side for side in (left, right) if not side.is_empty and not _is_nothing(side))
        rest = meet(rest, outside)
    return rest


def _is_nothing(part: Interval) -> bool:
    return (isinf(part.high) and part.high < 0) or (isinf(part.low) and part.low > 0)


def is_within(one: Intervals, other: Intervals) -> bool:
    """Whether each stretch of one is in a stretch of the other."""
    return all(any(_holds(outer, inner) for outer in other) for inner in one)


def _holds(outer: Interval, inner: Interval) -> bool:
    low = inner.low > outer.low or (inner.low == outer.low and (inner.low_open or not outer.low_open))
    return low and (
        inner.high < outer.high or (inner.high == outer.high and (inner.high_open or not outer.high_open))
    )


def whole(parts: Intervals) -> Intervals:
    """The same set where only whole numbers count: open ends pulled in to the next whole number."""
    pulled = (
        Interval(
            part.low + 1 if part.low_open and not isinf(part.low) else part.low,
            part.high - 1 if part.high_open and not isinf(part.high) else part.high,
            isinf(part.low),
            isinf(part.high),
        )
        for part in parts
    )
    return tuple(part for part in pulled if not part.is_empty)


def sample(parts: Iterable[Interval]) -> float | None:
    """A number of the set, a plain one if there is one."""
    for part in parts:
        if isinf(part.low) and isinf(part.high):
            return 0
        if isinf(part.high):
            return part.low + 1 if part.low_open else part.low
        if isinf(part.low):
            return part.high - 1 if part.high_open else part.high
        for candidate in (part.low, float(int(part.low) + 1), part.high, (part.low + part.high) / 2):
            if candidate in part:
                return candidate
    return None
