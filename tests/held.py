"""An answer of the sandbox that waits for the test, where seconds that are "long enough" would race the machine."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from starlette.types import Receive

from flowrules.sandbox import Fault, Sandbox, delivery

_numbers = itertools.count(3600)
"""The seconds of faults whose answers wait: each has a number of its own, by which it is known."""
_waiting: dict[float, asyncio.Event] = {}
_by_the_clock = delivery._gone_within


async def _gone_before(seconds: float, receive: Receive) -> bool:
    let_go = _waiting.get(seconds)
    if let_go is None:
        return await _by_the_clock(seconds, receive)
    return await _first(delivery._until_disconnected(receive), let_go.wait()) == 0


delivery._gone_within = _gone_before


@contextmanager
def held(sandbox: Sandbox, verb: str) -> Iterator[Callable[[], None]]:
    """The platform carries out the next request with this `verb`, and its answer waits until the yielded function is
    called, at the latest until the end. A request that comes after that is answered at once."""
    seconds = float(next(_numbers))
    let_go = _waiting[seconds] = asyncio.Event()
    sandbox.add_faults(Fault(kind="slow", verb=verb, seconds=seconds))
    try:
        yield let_go.set
    finally:
        let_go.set()


async def _first(*works: Awaitable[object]) -> int:
    """Which of them is done first; the others are given up."""
    tasks = [asyncio.ensure_future(work) for work in works]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return next(number for number, task in enumerate(tasks) if task in done)
