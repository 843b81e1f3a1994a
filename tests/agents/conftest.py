"""Fixtures for agents under rules: engines on the sandbox, and the programs in examples/."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from flowrules import CallSession, Engine, Mode, RuleBook, Settings
from flowrules.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"

Call = Callable[[str], Awaitable[CallSession]]
Eventually = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    """`await call(rules)`: a call under a text of rules, in a run that sends nothing."""
    engines: list[Engine] = []

    async def make(rules: str) -> CallSession:
        engine = Engine(RuleBook.from_text(rules), settings=Settings(mode=Mode.DRY_RUN))
        engines.append(await engine.__aenter__())
        return engine.call(f"call-{len(engines)}")

    yield make
    for engine in engines:
        await engine.aclose()


@pytest.fixture
def eventually() -> Eventually:
    """Wait until something is so."""

    async def wait(condition: Callable[[], object]) -> None:
        for _ in range(6000):
            if condition():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("it did not come to be")

    return wait


@pytest.fixture
def examples(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of examples, whose modules can be imported by name."""
    monkeypatch.syspath_prepend(str(EXAMPLES))
    known = set(sys.modules)
    yield EXAMPLES
    for path in EXAMPLES.glob("*.py"):
        if path.stem not in known:
            sys.modules.pop(path.stem, None)
