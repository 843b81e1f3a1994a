"""Never more requests than the platform allows, however it counts.

The platform allows 10 requests a second for each call, and a tenant key 600 a minute; where its windows begin, and
whether they are windows at all, nobody says. A request arrives at some moment between its start and its end here.
So a request may start once fewer than `limit` others are under way or ended less than one period ago: then no
stretch of one period, wherever it begins, can hold more than `limit` arrivals, whatever the network did to each.
Fixed windows, sliding windows and buckets of that size are all satisfied by that.
"""

import asyncio
import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from flowrules.control.clock import Clock, within

SLACK = 0.02
"""Seconds added to each period: two machines' clocks do not run at quite the same speed, and timers are coarse."""
_SWEEP_EVERY = 4096


class Window:
    """At most `limit` arrivals in any `period` (seconds). Period 0: at most so many under way at once."""

    __slots__ = ("_clock", "_ended", "_freed", "_limit", "_lock", "_period", "_under_way")

    def __init__(self, clock: Clock, limit: int, period: float) -> None:
        self._clock = clock
        self._limit = limit
        self._period = period
        self._under_way = 0
        self._ended: deque[float] = deque()
        self._freed: asyncio.Event | None = None
        self._lock = asyncio.Lock()

    @property
    def idle(self) -> bool:
        """Nobody is in it, nobody waits, and nothing of the last period is left."""
        return not self._under_way and not self._lock.locked() and not self._recent()

    def enter_now(self) -> bool:
        """Take a place if there is one at this moment and nobody waits for it."""
        if self._lock.locked() or self._wait():
            return False
        self._under_way += 1
        return True

    async def enter(self, until: float) -> bool:
        """Wait for a place: first come, first served. False: there is none before `until` (monotonic)."""
        async with self._lock:
            while wait := self._wait():
                left = until - self._clock.monotonic()
                if wait == math.inf:
                    self._freed = asyncio.Event()
                    if not await within(self._clock, left, self._freed.wait()):
                        return False
                elif wait > left:
                    return False
                else:
                    await self._clock.sleep(wait)
            self._under_way += 1
            return True

    def leave(self, *, sent: bool) -> None:
        """The request is over. One that was not sent does not count."""
        self._under_way -= 1
        if sent and self._period:
            self._ended.append(self._clock.monotonic())
        if self._freed is not None:
            self._freed.set()

    def _wait(self) -> float:
        """Seconds until a request may start; infinite: not before one that is under way has ended."""
        recent = self._recent()
        over = self._under_way + recent - self._limit
        if over < 0:
            return 0
        if over >= recent:
            return math.inf
        return max(1e-6, self._ended[over] + self._period - self._clock.monotonic())

    def _recent(self) -> int:
        if not self._ended:
            return 0
        since = self._clock.monotonic() - self._period
        while self._ended and self._ended[0] <= since:
            self._ended.popleft()
        return len(self._ended)


class Turn:
    """A request's place. Set `sent` as soon as it goes out; call `over` when it has ended."""

    __slots__ = ("_windows", "sent")

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self.sent = False

    def over(self) -> None:
        for window in self._windows:
            window.leave(sent=self.sent)


class Pacer:
    """A window for each call, one for the tenant key, and so many lines for all.

    However much one call has to say, at most one of its requests waits at the common windows, where requests are
    served in the order they come: calls take turns.
    """

    def __init__(
        self, clock: Clock, per_second: int = 10, tenant_per_minute: int = 600, lines: int = 100
    ) -> None:
        self._clock = clock
        self._per_second = per_second
        self._calls: dict[str, _Call] = {}
        self._tenant = Window(clock, tenant_per_minute, 60 + SLACK)
        self._lines = Window(clock, lines, 0)
        self._until_sweep = _SWEEP_EVERY

    def turn_now(self, call_id: str, *, tenant: bool = False) -> Turn | None:
        """A turn, if there is one at this moment."""
        call = self._call(call_id)
        entered: list[Window] = []
        if call.queue.locked():
            return None
        for window in self._windows(call, tenant):
            if not window.enter_now():
                Turn(entered).over()
                return None
            entered.append(window)
        return Turn(entered)

    async def turn(self, call_id: str, until: float, *, tenant: bool = False) -> Turn | None:
        """Wait for a turn; None where there is none before `until` (monotonic)."""
        call = self._call(call_id)
        entered: list[Window] = []
        got = False
        async with call.queue:
            try:
                for window in self._windows(call, tenant):
                    if not await window.enter(until):
                        return None
                    entered.append(window)
                got = True
            finally:
                if not got:
                    Turn(entered).over()
        return Turn(entered)

    def _windows(self, call: "_Call", tenant: bool) -> tuple[Window, ...]:
        return (call.window, self._tenant, self._lines) if tenant else (call.window, self._lines)

    def _call(self, call_id: str) -> "_Call":
        self._until_sweep -= 1
        if not self._until_sweep:
            self._until_sweep = _SWEEP_EVERY
            for gone in [name for name, call in self._calls.items() if call.idle]:
                del self._calls[gone]
        call = self._calls.get(call_id)
        if call is None:
            window = Window(self._clock, self._per_second, 1 + SLACK)
            call = self._calls[call_id] = _Call(window, asyncio.Lock())
        return call


@dataclass(frozen=True, slots=True)
class _Call:
    window: Window
    queue: asyncio.Lock

    @property
    def idle(self) -> bool:
        return self.window.idle and not self.queue.locked()
