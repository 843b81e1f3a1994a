"""What waits until whoever types has stopped for a moment: everything but findings."""

import asyncio
from collections.abc import Callable


class Pause:
    """Calls `then` once nothing has asked for it for some seconds. For the event loop alone."""

    def __init__(self, seconds: float, then: Callable[[], None]) -> None:
        self._seconds = seconds
        self._then = then
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """It is due; a pause that goes on begins anew."""
        self.stop()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._go)

    def put_off(self) -> None:
        """Something was typed: what is due waits longer."""
        if self._timer is not None:
            self.begin()

    def stop(self) -> None:
        """It is not due any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go(self) -> None:
        self._timer = None
        self._then()
