"""Fixtures for live calls: the sandbox, engines on it, calls in them."""

import asyncio
import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flowrules.control.client import ControlClient
from flowrules.control.clock import Clock, SystemClock
from flowrules.control.retry import Backoff
from flowrules.control.wire import Timeouts
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.sandbox import OpenedCall, Sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@dataclass
class Table:
    """An engine, a call in it, and the platform's side of that call."""

    engine: Engine
    call: CallSession
    opened: OpenedCall
    sandbox: Sandbox

    @property
    def acted(self) -> list[str]:
        return self.sandbox.acted(self.call.call_id)

    @property
    def requests(self) -> list[tuple[str | None, int | None]]:
        """Verb and status of each request that the platform saw."""
        return [(entry.verb, entry.status) for entry in self.sandbox.ledger(self.call.call_id)]


Seat = Callable[..., Awaitable[Table]]


@pytest.fixture
async def seat(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[Seat]:
    """Seat a call at rules: `await seat(text, **settings)`. Retries are quick, the journal is in tmp_path/journal."""
    async with AsyncExitStack() as stack:

        async def make(
            rules: str | RuleBook,
            *,
            clock: Clock | None = None,
            timeouts: Timeouts | None = None,
            open_call: dict[str, Any] | None = None,
            verbs: dict[str, Any] | None = None,
            voice: Any = None,
            **changes: Any,
        ) -> Table:
            clock = clock or SystemClock()
            wanted: dict[str, Any] = {"journal": tmp_path / "journal", "journal_fsync": "never", **changes}
            settings = Settings(base_url=sandbox.base_url, **wanted)
            control = None
            if settings.mode is Mode.LIVE:
                control = await stack.enter_async_context(
                    ControlClient(
                        sandbox.base_url,
                        clock=clock,
                        keys_enforced=settings.keys_enforced,
                        timeouts=timeouts or Timeouts(1, 0.5, 5),
                        backoff=Backoff(0.01, 0.05),
                    )
                )
            book = rules if isinstance(rules, RuleBook) else RuleBook.from_text(rules)
            engine = await stack.enter_async_context(
                Engine(book, settings=settings, control=control, clock=clock, verbs=verbs, voice=voice)
            )
            opened = await sandbox.open_call(**(open_call or {}))
            return Table(engine, engine.call_from(opened.metadata), opened, sandbox)

        yield make


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], Awaitable[None]]:
    """Wait until something is so."""

    async def wait(condition: Callable[[], object]) -> None:
        for _ in range(4000):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("it did not come to be")

    return wait


@pytest.fixture
def no_room() -> Callable[[Path], AbstractContextManager[None]]:
    """While it lasts, the system lets no file of this process grow beyond the size that this one has."""

    @contextmanager
    def limited(path: Path) -> Iterator[None]:
        usual, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (usual, hard))

    return limited
