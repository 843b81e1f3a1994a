"""Time as an argument: the machine's clock, and one that tests wind by hand."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from flowrules.control.monotonic import Monotonic


class Clock(Monotonic, Protocol):
    """What everything in control and runtime that waits or looks at the time goes by."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Come back after so many seconds of this clock."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that stands still until it is wound.

    Sleepers wake in the order of their times, each at its own moment, and each gets a turn of the event loop before
    the clock goes on, so that what it starts (a further sleep, say) starts at that moment.
    """

    def __init__(self, at: datetime) -> None:
        self._start = at.astimezone(UTC)
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waker = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), waker))
        self._changed.set()
        await waker

    @property
    def next_wake(self) -> float | None:
        """Seconds until the next sleeper wakes; None: nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] - self._elapsed if self._sleepers else None

    async def sleeping(self, at_most: float = float("inf")) -> float:
        """Wait until somebody sleeps who wakes within `at_most` seconds; how long until then."""
        while (wake := self.next_wake) is None or wake > at_most:
            self._changed.clear()
            await self._changed.wait()
        return wake

    async def advance(self, seconds: float) -> None:
        """Wind the clock forward."""
        goal = self._elapsed + seconds
        await _settle()
        while (wake := self.next_wake) is not None and self._elapsed + wake <= goal:
            due, _, waker = heapq.heappop(self._sleepers)
            self._elapsed = due
            waker.set_result(None)
            await _settle()
        self._elapsed = goal
        await _settle()


async def _settle() -> None:
    """Let what was woken run: a chain of awaits takes a turn of the loop for each link."""
    for _ in range(20):
        await asyncio.sleep(0)


async def yield_to_loop() -> None:
    """Between two pieces of work: let the loop see to what is due meanwhile."""
    await asyncio.sleep(0)


async def within(clock: Clock, seconds: float, waiting: Awaitable[object]) -> bool:
    """Wait for something, so many seconds of this clock at most; whether it came in time. If not, it is cancelled."""
    return await first_completed(waiting, clock.sleep(seconds)) == 0


async def first_completed(*waiting: Awaitable[object]) -> int:
    """Wait until one of these is done; its number. The others are cancelled, and their ends awaited. What the one
    raised is raised."""
    tasks = [asyncio.ensure_future(one) for one in waiting]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        number = next(number for number, task in enumerate(tasks) if task.done())
        tasks[number].result()
        return number
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
