"""How a command that runs on is ended: by Ctrl-C, by SIGTERM, which containers and service managers send, or by SIGHUP,
when its terminal goes.

All are one here. A process that is the first of its container (PID 1) is ended by none unless it says so.
"""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")
GRACE = 2.0
"""Seconds that are left for the clean-up after a second signal."""

_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
_HANG_UP = getattr(signal, "SIGHUP", None)


def run_until_stopped(main: Coroutine[Any, Any, T]) -> T:
    """As asyncio.run. SIGTERM does what Ctrl-C does: it cancels `main`, which cleans up. Raises KeyboardInterrupt after
    that; never in the middle of what happens to run, where it could be swallowed."""
    stopped = False

    async def supervised() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def stop() -> None:
            nonlocal stopped
            stopped = True
            task.cancel()

        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(stop)

        # Somebody who started this in the background has Ctrl-C ignored, and it stays so.
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        with _handled(handle, _SIGNALS[1:] if ignored else _SIGNALS):
            return await main

    try:
        return asyncio.run(supervised())
    except asyncio.CancelledError:
        if not stopped:
            raise
    raise KeyboardInterrupt


class Stop:
    """What signals have asked for so far. `asked`: to end in good order. `at_once`: a second one came; the task that
    was running when `heeded` began is cancelled soon."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.at_once = asyncio.Event()

    @contextmanager
    def heeded(self) -> Iterator[None]:
        loop, main = asyncio.get_running_loop(), asyncio.current_task()
        assert main is not None

        def cut_short() -> None:
            # One cancellation lets a clean-up come to its end; two do not.
            main.cancel()
            loop.call_soon(main.cancel)

        def come() -> None:
            if not self.asked.is_set():
                self.asked.set()
            elif not self.at_once.is_set():
                self.at_once.set()
                loop.call_later(GRACE, cut_short)

        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(come)

        # Not by the loop: on Windows none handles signals.
        with _handled(handle, _SIGNALS):
            yield


@contextmanager
def _handled(handler: Any, signals: tuple[signal.Signals, ...]) -> Iterator[None]:
    """Only the main thread may handle signals; in another one nothing is changed."""
    usual: dict[signal.Signals, Any] = {}
    try:
        for number in signals:
            if number == _HANG_UP and signal.getsignal(number) is signal.SIG_IGN:
                continue  # Somebody started this with nohup, to outlive the terminal.
            usual[number] = signal.signal(number, handler)
    except ValueError:
        pass
    try:
        yield
    finally:
        for number, before in usual.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)
