"""How late the event loop is: an alarm that rings twice a second, and says how much later than due."""

import asyncio
from collections.abc import Callable

EVERY = 0.5
"""Seconds."""


class LoopLag:
    def __init__(self, told: Callable[[float], None]) -> None:
        self._told = told
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._ring_at(loop, loop.time() + EVERY)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring_at(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._timer = loop.call_at(due, self._ring, loop, due)

    def _ring(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        self._told(max(0.0, now - due))
        self._ring_at(loop, now + EVERY)
