"""Durations, counted in constant memory."""

import math
from bisect import bisect_left

from flowrules.reporting.model import Bar, Spread

_GROWTH = math.log(1.05)
"""Each class is a twentieth wider than the one below: what is read from its middle is right to one part in forty."""
_LEAST = 0.001
_BARS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class Durations:
    """Seconds, in classes. Below a millisecond all are one."""

    __slots__ = ("_bars", "_classes", "_longest", "_total", "times")

    def __init__(self) -> None:
        self._classes: dict[int, int] = {}
        self._bars = [0] * (len(_BARS) + 1)
        self._total = self._longest = 0.0
        self.times = 0

    def add(self, seconds: float) -> None:
        """Less than none counts as none: two clocks told it."""
        seconds = max(seconds, 0.0)
        of = 0 if seconds <= _LEAST else math.ceil(math.log(seconds / _LEAST) / _GROWTH)
        self._classes[of] = self._classes.get(of, 0) + 1
        self._bars[bisect_left(_BARS, seconds)] += 1
        self._total += seconds
        self._longest = max(self._longest, seconds)
        self.times += 1

    def spread(self) -> Spread:
        return Spread(
            self.times,
            *(round(one, 3) for one in (self._total, self._up_to(0.5), self._up_to(0.95), self._longest)),
        )

    def bars(self) -> tuple[Bar, ...]:
        return tuple(map(Bar, (*_BARS, None), self._bars))

    def _up_to(self, share: float) -> float:
        left = math.ceil(share * self.times)
        for of in sorted(self._classes):
            left -= self._classes[of]
            if left <= 0:
                return min(_LEAST * math.exp((of - 0.5) * _GROWTH) if of else _LEAST, self._longest)
        return 0.0
