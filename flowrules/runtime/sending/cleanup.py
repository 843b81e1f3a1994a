"""Clean-up that goes to its end: whatever fails in one of its steps, and though whoever does it is cancelled.

The usual shutdown of an asyncio program cancels all tasks at once, the ones that clean up among them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

_LAST_CHANCE = 1.0
"""Seconds that each step may still take when the clean-up was cancelled a second time."""
_BEGINNINGS = 3
"""How often a step is begun that somebody cancels."""


class CleanUp:
    """`do` one step after the other, then `end`. The first cancellation is kept until `end` raises it; a second one
    says that nobody wants to wait: what a step has begun is left, and each further one has a moment."""

    def __init__(self) -> None:
        self._errors: list[Exception] = []
        self._cancelled: asyncio.CancelledError | None = None
        self._in_a_hurry = False

    async def do(self, step: Callable[[], Awaitable[object]]) -> None:
        """Do a step in a task of its own. What it raises, `end` raises."""
        for _ in range(_BEGINNINGS):
            task = asyncio.ensure_future(_run(step))
            await self._wait(task)
            if not task.done():
                task.cancel()
                self._errors.append(TimeoutError("the clean-up was cancelled before it came to its end"))
                return
            if not task.cancelled():
                if isinstance(error := task.exception(), Exception):
                    self._errors.append(error)
                return

    def end(self, message: str) -> None:
        """Raise what has gone wrong: the cancellation, else the one error, or all of them as a group."""
        if self._cancelled is not None:
            raise self._cancelled
        if len(self._errors) > 1:
            raise ExceptionGroup(message, self._errors)
        if self._errors:
            raise self._errors[0]

    async def _wait(self, task: "asyncio.Future[object]") -> None:
        while not task.done():
            try:
                await asyncio.wait([task], timeout=_LAST_CHANCE if self._in_a_hurry else None)
            except asyncio.CancelledError as error:
                self._in_a_hurry = self._cancelled is not None
                self._cancelled = error
            else:
                return


async def _run(step: Callable[[], Awaitable[object]]) -> object:
    return await step()


async def undisturbed(work: "asyncio.Future[Any]") -> None:
    """Wait until work is done, whoever cancels the waiting meanwhile. What became of it is for the caller to ask; a
    cancellation is raised when it is over."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


def swallow() -> None:
    """Whoever goes on after a cancellation says so to its task: what runs in it later is cancelled anew or not."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        task.uncancel()
