"""Work in a thread beside the event loop, that nobody waits for longer than he wants to.

The threads of `asyncio.to_thread` would not do: one that never comes back keeps the loop, and then the process, from
ending.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from typing import Generic, TypeVar

T = TypeVar("T")
MOST = 32
"""Threads that nobody waits for any more, and that have not come to an end."""


class Overdue(Exception):
    """It takes longer than allowed. The message is a sentence without its full stop."""


class ThreadRunner:
    """Runs work in threads of its own, which end with the process at the latest."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    async def run(self, work: Callable[[], T], limit: float, name: str) -> T:
        """What the work returns or raises. Raises Overdue after `limit` seconds; the thread then goes on alone."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        outcome = _Outcome(work)

        def tell() -> None:
            if not done.done():
                done.set_result(None)

        def go() -> None:
            outcome.run()
            with suppress(RuntimeError):  # The loop is closed: nobody waits.
                loop.call_soon_threadsafe(tell)

        self._start(go, name)
        await asyncio.wait({done}, timeout=limit)
        if not done.done():
            done.cancel()
            raise Overdue(f"{name} did not come to an end within {round(limit, 1):g} seconds")
        return outcome.get()

    def run_here(self, work: Callable[[], T], limit: float, name: str) -> T:
        """The same for who is in a thread already."""
        outcome = _Outcome(work)
        thread = self._start(outcome.run, name)
        thread.join(limit)
        if thread.is_alive():
            raise Overdue(f"{name} did not come to an end within {round(limit, 1):g} seconds")
        return outcome.get()

    def _start(self, work: Callable[[], None], name: str) -> threading.Thread:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) >= MOST:
            raise Overdue(f"{name} was not begun: {MOST} earlier ones have not come to an end")
        context = copy_context()
        thread = threading.Thread(target=context.run, args=(work,), daemon=True, name=f"flowrules: {name}")
        self._threads.append(thread)
        thread.start()
        return thread


class _Outcome(Generic[T]):
    """What became of a piece of work."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: T | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result = self._work()
        except BaseException as error:
            self._error = error

    def get(self) -> T:
        if isinstance(self._error, Exception) and not isinstance(self._error, StopIteration):
            raise self._error
        if self._error is not None:  # Raised as it is, it would end the task that waits, or the process.
            raise RuntimeError(f"{type(self._error).__name__} in a thread") from self._error
        return self._result  # type: ignore[return-value]
