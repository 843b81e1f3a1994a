"""Waking calls at their times: one task and one heap for all of them."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from contextlib import suppress

from flowrules.control.clock import Clock, first_completed
from flowrules.runtime.log import Log
from flowrules.runtime.loop.loop_budget import LoopBudget
from flowrules.runtime.loop.supervision import keep_running

_log = Log(__name__)
_SWEEP_FROM = 1_000
"""Cancelled scheduler are swept out once there are so many, and more of them than of the others."""

_INSTANT = 0.001
"""Seconds within which two moments are one: times of day have microseconds, and seconds as floats are rounded."""


class TimerHandle:
    """Something due at a moment. `cancel` may be called at any time."""

    __slots__ = ("_cancelled", "_clock", "at", "ring")

    def __init__(
        self, ring: Callable[[], None], at: float, clock: Clock, cancelled: Callable[[], None]
    ) -> None:
        self.ring: Callable[[], None] | None = ring
        self.at = at
        """When it is due (the clock's `monotonic`)."""
        self._clock = clock
        self._cancelled = cancelled

    @property
    def is_due(self) -> bool:
        """Whether its time has come, and it has not rung."""
        return self.ring is not None and self.at <= self._clock.monotonic() + _INSTANT

    def cancel(self) -> None:
        if self.ring is not None:
            self.ring = None
            self._cancelled()


class TimerScheduler:
    """`start` it in an event loop, and `stop` it."""

    def __init__(self, clock: Clock, share: LoopBudget) -> None:
        self._clock = clock
        self._share = share
        self._heap: list[tuple[float, int, TimerHandle]] = []
        self._order = itertools.count()
        self._idle = 0
        self._sooner = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.problem = ""
        """Why nothing rings at the moment; '' where all goes well."""

    def start(self) -> None:
        running = keep_running("the scheduler", self._run, self._report)
        self._task = asyncio.create_task(running, name="flowrules-scheduler")

    def _report(self, problem: str) -> None:
        self.problem = problem

    async def stop(self) -> None:
        self._heap.clear()
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    def after(self, seconds: float, ring: Callable[[], None]) -> TimerHandle:
        """Call `ring` in so many seconds. It must not block and not raise."""
        due = self._clock.monotonic() + max(0.0, seconds)
        alarm = TimerHandle(ring, due, self._clock, self._cancelled)
        heapq.heappush(self._heap, (due, next(self._order), alarm))
        if self._heap[0][2] is alarm:
            self._sooner.set()
        return alarm

    def _cancelled(self) -> None:
        self._idle += 1
        if self._idle > _SWEEP_FROM and self._idle * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].ring is not None]
            heapq.heapify(self._heap)
            self._idle = 0

    def _ring_next(self) -> None:
        _, _, alarm = heapq.heappop(self._heap)
        ring, alarm.ring = alarm.ring, None
        if ring is None:
            self._idle = max(0, self._idle - 1)
            return
        try:
            ring()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # One call's bug, whatever it raises; the others' timers go on.
            _log.exception("alarm.broken")

    async def _run(self) -> None:
        self.problem = ""
        while True:
            self._sooner.clear()
            now = self._clock.monotonic()
            while self._heap and (self._heap[0][2].ring is None or self._heap[0][0] <= now):
                await self._share.call(self._ring_next)
            if self._heap:
                await first_completed(
                    self._sooner.wait(), self._clock.sleep(self._heap[0][0] - self._clock.monotonic())
                )
            else:
                await self._sooner.wait()
