"""Never more requests than the platform allows, however it counts.

The platform allows 10 requests a second for each call, and a tenant key 600 a minute; where its windows begin, and
whether they are windows at all, nobody says. A request arrives at some moment between its start and its end here.
So a request may start once fewer than `limit` others are under way or ended less than one period ago: then no
stretch of one period, wherever it begins, can hold more than `limit` arrivals, whatever the network did to each.
Fixed windows, sliding windows and buckets of that size are all satisfied by that.

Nothing here waits: `Pace.ask` tells whether a request may go now, and if not, when to ask again. `Pacer` waits for a
turn with asyncio; a simulation asks.
"""

import math
from collections import deque
from collections.abc import Callable, Sequence

from flowrules.control.monotonic import Monotonic

SLACK = 0.02
"""Seconds added to each period: two machines' clocks do not run at quite the same speed, and timers are coarse."""
MINUTE = 60.0
"""Seconds over which the tenant key's requests are counted."""
_SWEEP_EVERY = 4096


class Window:
    """At most `limit` arrivals in any `period` (seconds). Period 0: at most so many under way at once."""

    __slots__ = ("_clock", "_ended", "_limit", "_period", "_under_way", "freed", "waiting")

    def __init__(self, clock: Monotonic, limit: int, period: float) -> None:
        self._clock = clock
        self._limit = limit
        self._period = period
        self._under_way = 0
        self._ended: deque[float] = deque()
        self.waiting = 0
        """How many requests wait for a place here: they come before any that asks now."""
        self.freed: Callable[[], None] | None = None
        """Called when a place becomes free."""

    @property
    def idle(self) -> bool:
        """Nobody is in it, nobody waits, and nothing of the last period is left."""
        return not self._under_way and not self.waiting and not self._recent()

    def wait(self) -> float:
        """Seconds until a request may start; infinite: not before one that is under way has ended."""
        recent = self._recent()
        over = self._under_way + recent - self._limit
        if over < 0:
            return 0
        if over >= recent:
            return math.inf
        return max(1e-6, self._ended[over] + self._period - self._clock.monotonic())

    def enter(self) -> None:
        """Take the place that `wait` has found free."""
        self._under_way += 1

    def leave(self, *, sent: bool) -> None:
        """The request is over. One that was not sent does not count."""
        self._under_way -= 1
        if sent and self._period:
            self._ended.append(self._clock.monotonic())
        if self.freed is not None:
            self.freed()

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


class Pace:
    """A window for each call, one for the tenant key, and so many lines for all. `tenant` is the second one where other
    processes use the same key."""

    def __init__(
        self,
        clock: Monotonic,
        per_second: int = 10,
        tenant_per_minute: int = 600,
        lines: int = 100,
        tenant: Window | None = None,
    ) -> None:
        self._clock = clock
        self._per_second = per_second
        self._calls: dict[str, Window] = {}
        self._tenant = tenant or Window(clock, tenant_per_minute, MINUTE + SLACK)
        self._lines = Window(clock, lines, 0)
        self._until_sweep = _SWEEP_EVERY

    def ask(self, call_id: str, *, tenant: bool = False) -> Turn | float:
        """A turn, if this call may send at this moment, with the tenant key or without; else the seconds after which
        it is worth asking again. Infinite: not before a turn that somebody has is over, or a waiting request served."""
        windows = self._windows(call_id, tenant)
        wait = 0.0
        for window in windows:
            wait = max(wait, math.inf if window.waiting else window.wait())
        if wait:
            return wait
        for window in windows:
            window.enter()
        return Turn(windows)

    def _windows(self, call_id: str, tenant: bool) -> tuple[Window, ...]:
        """What a request must find a place in, in this order."""
        call = self._call(call_id)
        return (call, self._tenant, self._lines) if tenant else (call, self._lines)

    def _call(self, call_id: str) -> Window:
        self._until_sweep -= 1
        if not self._until_sweep:
            self._until_sweep = _SWEEP_EVERY
            for gone in [name for name, call in self._calls.items() if call.idle]:
                del self._calls[gone]
        call = self._calls.get(call_id)
        if call is None:
            call = self._calls[call_id] = Window(self._clock, self._per_second, 1 + SLACK)
        return call
