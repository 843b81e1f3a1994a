"""An event loop that can tell when nothing is left to do at this moment: all that could run has run, and waits.

Whoever winds a clock by hand has to know that: a fixed number of turns of the loop may be too few for a long chain of
awaits, and are too many for a short one.
"""

import asyncio
import selectors
from collections.abc import Awaitable, Callable

_LONGEST_WIRE = 2.0
"""Seconds after which an answer on the wire is waited for no longer: whoever sent the request waits for the clock."""


class _Selector(selectors.DefaultSelector):
    """asyncio asks it for as long as it may wait: not at all, as long as anything is ready to run."""

    def __init__(self) -> None:
        super().__init__()
        self.waiter: asyncio.Future[None] | None = None
        self.expects: Callable[[], bool] = lambda: False

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.waiter is not None and (timeout is None or timeout > 0):
            found = super().select(_LONGEST_WIRE if self.expects() else 0)
            if not found:
                waiter, self.waiter = self.waiter, None
                if not waiter.done():
                    waiter.set_result(None)
            return found
        return super().select(timeout)


class QuietLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._idle = _Selector()
        super().__init__(self._idle)

    def expect(self, answers: Callable[[], bool]) -> None:
        """Where `answers` says that something is on the wire, it is not quiet yet."""
        self._idle.expects = answers

    async def quiet(self) -> None:
        """Wait until everything else waits: for a timer, a socket, or something that nobody does yet."""
        assert self._idle.waiter is None
        self._idle.waiter = self.create_future()
        await self._idle.waiter


def quiet() -> Awaitable[None]:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, QuietLoop)
    return loop.quiet()
