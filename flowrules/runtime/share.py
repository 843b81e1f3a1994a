"""The engine's share of the event loop: however much many calls have to do at once, the host's own tasks go on."""

import asyncio
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from typing import Any, ParamSpec, TypeVar

from flowrules.control.clock import Clock

SHARE = 0.001
"""Seconds of work, of all calls together, after which the loop has to come round."""

P = ParamSpec("P")
T = TypeVar("T")


class LoopShare:
    """Lets work through step by step, a step being what a coroutine does between two waits: it can't be cut. Once SHARE
    is used up further steps queue, and the first of them comes after all that was due before it."""

    __slots__ = ("_clock", "_coming_round", "_queue", "_used")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used = 0.0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._coming_round = False

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

    def call_now(self, function: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call a function in a step of the host's own. It does not wait, but it counts."""
        began = self._clock.monotonic()
        function(*args, **kwargs)
        self._used += self._clock.monotonic() - began

    @types.coroutine
    def _steps(self, work: Coroutine[Any, Any, T]) -> Generator[Any, None, T]:
        thrown: BaseException | None = None
        try:
            while True:
                if self._used >= SHARE or self._queue:
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
                    self._took(self._clock.monotonic() - began)
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
        yield from self._called(self._queue.append)
        if self._used >= SHARE:
            # The host has reported something since. Once more, but not again: it might never leave room.
            yield from self._called(self._queue.appendleft)

    def _called(self, stand: Callable[["asyncio.Future[None]"], None]) -> "asyncio.Future[None]":
        called = asyncio.get_running_loop().create_future()
        stand(called)
        if self._used >= SHARE:
            self._have_it_come_round()
        return called

    def _took(self, seconds: float) -> None:
        self._used += seconds
        if self._queue:
            if self._used < SHARE:
                self._next()
            else:
                self._have_it_come_round()

    def _have_it_come_round(self) -> None:
        if not self._coming_round:
            self._coming_round = True
            loop = asyncio.get_running_loop()
            # A timer, for call_soon would let it in before timers that are due already.
            loop.call_at(loop.time(), self._has_come_round)

    def _has_come_round(self) -> None:
        self._coming_round = False
        self._used = 0.0
        self._next()

    def _next(self) -> None:
        while self._queue:
            called = self._queue.popleft()
            if not called.done():  # One that was cancelled while it waited has had its step.
                called.set_result(None)
                break
