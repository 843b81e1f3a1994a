"""An answer of the sandbox that waits for the test, where seconds that are "long enough" would race the machine."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from starlette.types import Receive

from flowrules.sandbox import Fault, Sandbox, delivery

_HELD = 3600.0
"""The seconds of a fault whose answer waits."""


@contextmanager
def held(sandbox: Sandbox, verb: str) -> Iterator[Callable[[], None]]:
    """The platform carries out the next request with this `verb`, and its answer waits until the yielded function is
    called, at the latest until the end."""
    let_go = asyncio.Event()
    by_the_clock = delivery._gone_within

    async def gone_before(seconds: float, receive: Receive) -> bool:
        if seconds != _HELD:
            return await by_the_clock(seconds, receive)
        return await _first(delivery._until_disconnected(receive), let_go.wait()) == 0

    delivery._gone_within = gone_before
    sandbox.add_faults(Fault(kind="slow", verb=verb, seconds=_HELD))
    try:
        yield let_go.set
    finally:
        let_go.set()
        delivery._gone_within = by_the_clock


async def _first(*works: Awaitable[object]) -> int:
    """Which of them is done first; the others are given up."""
    tasks = [asyncio.ensure_future(work) for work in works]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return next(number for number, task in enumerate(tasks) if task in done)
