"""Virtual time, and what is still to happen in it. Time jumps from one thing to the next."""

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
"""When every world begins."""
_MICROSECOND = timedelta(microseconds=1)
_SPREAD, _ALL = 0x9E3779B97F4A7C15, 1 << 64
"""Multiplied by the first modulo the second, numbers that are close lie far apart (Fibonacci hashing)."""


class Happening:
    """Something that is to happen at a moment, unless it is cancelled."""

    __slots__ = ("do",)

    def __init__(self, do: Callable[[], None]) -> None:
        self.do: Callable[[], None] | None = do

    def cancel(self) -> None:
        self.do = None


class World:
    """Things happen in the order of their times, which are whole microseconds. Of those of one moment, the one with the
    smaller lot is first: who draws the lots chooses the order. Who has none gets one of the moment and the `salt`.
    It is a clock for whoever takes one."""

    __slots__ = ("_micros", "_now", "_order", "_pending", "_salt", "happened")

    def __init__(self, salt: int) -> None:
        self.happened = 0
        self._salt = salt
        self._micros = 0
        self._now = START
        self._order = itertools.count()
        self._pending: list[tuple[int, float, int, Happening]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        """Seconds since START."""
        return self._micros / 1e6

    async def sleep(self, seconds: float) -> None:
        raise RuntimeError("nothing sleeps in virtual time: it is put down as a happening")

    def after(self, seconds: float, do: Callable[[], None], lot: float | None = None) -> Happening:
        """Have something done in so many seconds."""
        return self._put(self._micros + round(seconds * 1e6), do, lot)

    def at(self, when: datetime, do: Callable[[], None], lot: float | None = None) -> Happening:
        return self._put((when - START) // _MICROSECOND, do, lot)

    def run(self, at_most: int) -> bool:
        """Go on until nothing is left to happen. False: something always was, after so many things."""
        pending = self._pending
        while pending:
            micros, _, _, happening = heapq.heappop(pending)
            do = happening.do
            if do is None:
                continue
            self.happened += 1
            if self.happened > at_most:
                return False
            if micros != self._micros:
                self._micros = micros
                self._now = START + timedelta(microseconds=micros)
            do()
        return True

    def _put(self, micros: int, do: Callable[[], None], lot: float | None) -> Happening:
        happening = Happening(do)
        micros = max(micros, self._micros)
        if lot is None:
            lot = ((micros ^ self._salt) * _SPREAD % _ALL) / _ALL
        heapq.heappush(self._pending, (micros, lot, next(self._order), happening))
        return happening
