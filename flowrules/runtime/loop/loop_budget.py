"""The engine's share of the event loop: however much many calls have to do at once, the host's own tasks go on."""

import asyncio
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, ParamSpec, TypeVar

from flowrules.control.clock import Clock

SHARE = 0.0005
"""Seconds of work, of all calls together, after which the loop has to come round: three or four steps. Where it needs
long for what is the host's, the calls may have half as long: they would get next to nothing beside a host that is
busy."""
AT_MOST = 0.05
"""Seconds that they may have in one turn, whatever held the host up."""

P = ParamSpec("P")
T = TypeVar("T")
_Queue = deque["asyncio.Future[None]"]


class LoopBudget:
    """Lets work through step by step, a step being what a coroutine does between two waits: it can't be cut. Once the
    share is used up further steps queue, and the first of them come after all that was due before them."""

    __slots__ = (
        "_asked_at",
        "_clock",
        "_coming_round",
        "_put_off",
        "_queue",
        "_reported",
        "_room",
        "_usual",
        "_worked",
    )

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queue: _Queue = deque()
        self._put_off: _Queue = deque()
        """Who was called, and found the share used up."""
        self._coming_round = False
        self._asked_at = 0.0
        self._room = SHARE
        """Seconds of work until the loop has to come round."""
        self._worked = 0.0
        """Seconds of work since it did."""
        self._reported = 0.0
        """Seconds since then in which the host reported something."""
        self._usual = SHARE / 4
        """Seconds that a step takes, lately."""

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine, each of its steps within the share. What it waits for, what is thrown into it and how it
        ends are as without."""
        # A task's own coroutine has to be a native one: anyio looks at its state.
        return await self._steps(work)

    async def call(self, function: Callable[[], object]) -> None:
        """Call a function within the share."""

        async def step() -> None:
            function()

        await self._steps(step())

    def run_now(self, function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call a function in a step of the host's own. It does not wait, but what does may have to wait for it."""
        began = self._clock.monotonic()
        function(*args, **kwargs)
        self._reported += self._clock.monotonic() - began

    @types.coroutine
    def _steps(self, work: Coroutine[Any, Any, T]) -> Generator[Any, None, T]:
        thrown: BaseException | None = None
        try:
            while True:
                if self._worked >= self._room or self._reported >= SHARE or self._queue or self._put_off:
                    try:
                        yield from self._turn()
                    except asyncio.CancelledError as error:
                        thrown = error
                began = self._clock.monotonic()
                try:
                    awaited = work.send(None) if thrown is None else work.throw(thrown)
                except StopIteration as end:
                    result: T = end.value
                    return result
                finally:
                    took = self._clock.monotonic() - began
                    self._worked += took
                    self._usual += (took - self._usual) / 8
                thrown = None
                try:
                    yield awaited
                except GeneratorExit:
                    raise
                except BaseException as error:
                    thrown = error
        finally:
            work.close()

    def _turn(self) -> Generator[Any, None, None]:
        yield from self._place_in(self._queue)
        if self._reported >= SHARE:
            # Reports can't wait, so steps do; but not twice, for there may be no end of reports.
            yield from self._place_in(self._put_off)
        while self._worked >= self._room:
            yield from self._place_in(self._put_off)

    def _place_in(self, queue: _Queue) -> "asyncio.Future[None]":
        called = asyncio.get_running_loop().create_future()
        queue.append(called)
        self._have_it_come_round()
        return called

    def _have_it_come_round(self) -> None:
        if not self._coming_round:
            self._coming_round = True
            self._asked_at = self._clock.monotonic() - self._worked - self._reported
            loop = asyncio.get_running_loop()
            # A timer, for call_soon would let it in before timers that are due already.
            loop.call_at(loop.time(), self._has_come_round)

    def _has_come_round(self) -> None:
        self._coming_round = False
        others = self._clock.monotonic() - self._asked_at - self._worked - self._reported
        self._room = max(SHARE, min(others / 2, AT_MOST))
        self._worked = self._reported = 0.0
        steps = self._room / max(self._usual, 1e-6)
        while steps > 0 and (called := self._next()) is not None:
            called.set_result(None)
            steps -= 1
        if self._queue or self._put_off:
            self._have_it_come_round()

    def _next(self) -> "asyncio.Future[None] | None":
        for queue in (self._put_off, self._queue):
            while queue:
                called = queue.popleft()
                if not called.done():  # One that was cancelled while it waited has had its step.
                    return called
        return None
