"""The sandbox's clock: real time, plus whatever it has been wound forward."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache


class Alarm:
    """Something that is due at a moment. `cancel` may be called at any time, also after it rang."""

    __slots__ = ("_ring", "when")

    def __init__(self, when: float, ring: Callable[[], None]) -> None:
        self.when = when
        self._ring: Callable[[], None] | None = ring

    def cancel(self) -> None:
        self._ring = None

    def ring(self) -> None:
        ring, self._ring = self._ring, None
        if ring is not None:
            ring()

    @property
    def pending(self) -> bool:
        return self._ring is not None


class Clock:
    """Seconds since 1970 UTC. It never runs backwards.

    `running=False` stands still until it is wound: the choice of a test that counts requests in a window. `runs_by` is
    what it goes by while it runs: seconds that never run backwards.
    Alarms ring in order of time. Winding stops at each one on the way, so that what an alarm starts (a token's
    thirty minutes, say) starts at the alarm's own moment.
    """

    def __init__(
        self,
        *,
        running: bool = True,
        start: float | None = None,
        runs_by: Callable[[], float] = time.monotonic,
    ) -> None:
        self._running = running
        self._runs_by = runs_by
        self._origin = runs_by()
        self._base = self._start = time.time() if start is None else start
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def now(self) -> float:
        return self._base + (self._runs_by() - self._origin if self._running else 0.0)

    @property
    def wound(self) -> float:
        """Seconds by which it has been wound forward so far."""
        return self._base - self._start

    def advance(self, seconds: float) -> None:
        """Wind the clock forward. Raises ValueError for a negative amount."""
        if seconds < 0:
            raise ValueError("the clock can only be wound forward")
        goal = self.now() + seconds
        while self._alarms and self._alarms[0][0] <= goal:
            self._move_to(self._alarms[0][0])
            heapq.heappop(self._alarms)[2].ring()
        self._move_to(goal)
        self._arm()

    def call_at(self, when: float, ring: Callable[[], None]) -> Alarm:
        """Ring once when the clock reaches `when`, by itself or by being wound. Needs a running event loop."""
        alarm = Alarm(when, ring)
        heapq.heappush(self._alarms, (when, next(self._order), alarm))
        self._arm()
        return alarm

    def stop(self) -> None:
        """Forget every alarm."""
        self._alarms.clear()
        self._arm()

    def _move_to(self, moment: float) -> None:
        self._base += max(0.0, moment - self.now())

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._alarms and not self._alarms[0][2].pending:
            heapq.heappop(self._alarms)
        if self._alarms and self._running:
            delay = max(0.0, self._alarms[0][0] - self.now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._due)

    def _due(self) -> None:
        self._timer = None
        self.advance(0.0)


@lru_cache(maxsize=64)
def iso(moment: float) -> str:
    """`2026-05-18T10:04:48.102Z`, the form of the platform's replies."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
