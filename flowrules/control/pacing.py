"""Waiting for a turn, with asyncio. What may start, and when, `pace` tells."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from flowrules.control.clock import Clock, within
from flowrules.control.pace import Pace, Turn, Window


class Pacer(Pace):
    """However much one call has to say, at most one of its requests waits at the common windows, where requests are
    served in the order they come: calls take turns."""

    _clock: Clock

    def __init__(
        self,
        clock: Clock,
        per_second: int = 10,
        tenant_per_minute: int = 600,
        lines: int = 100,
        tenant: Window | None = None,
    ) -> None:
        super().__init__(clock, per_second, tenant_per_minute, lines, tenant)
        self._queues: dict[str | Window, _Queue] = {}

    def turn_now(self, call_id: str, *, tenant: bool = False) -> Turn | None:
        """A turn, if there is one at this moment and nobody of the same call waits for one."""
        if call_id in self._queues:
            return None
        turn = self.ask(call_id, tenant=tenant)
        return turn if isinstance(turn, Turn) else None

    async def turn(self, call_id: str, until: float, *, tenant: bool = False) -> Turn | None:
        """Wait for a turn; None where there is none before `until` (monotonic)."""
        entered: list[Window] = []
        got = False
        async with self._queued(call_id):
            try:
                for window in self._windows(call_id, tenant):
                    if not await self._enter(window, until):
                        return None
                    entered.append(window)
                got = True
            finally:
                if not got:
                    Turn(entered).over()
        return Turn(entered)

    async def _enter(self, window: Window, until: float) -> bool:
        """Wait for a place: first come, first served. False: there is none before `until`."""
        window.waiting += 1
        try:
            async with self._queued(window):
                while wait := window.wait():
                    left = until - self._clock.monotonic()
                    if wait == math.inf:
                        freed = asyncio.Event()
                        window.freed = freed.set
                        if not await within(self._clock, left, freed.wait()):
                            return False
                    elif wait > left:
                        return False
                    else:
                        await self._clock.sleep(wait)
                window.enter()
                return True
        finally:
            window.waiting -= 1

    @asynccontextmanager
    async def _queued(self, before: str | Window) -> AsyncIterator[None]:
        """Stand in a call's queue, or in the one before a window, until it is one's turn, and as its first then."""
        queue = self._queues.setdefault(before, _Queue())
        queue.standing += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.standing -= 1
            if not queue.standing:
                del self._queues[before]


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    standing: int = 0
