"""The programs in examples/, importable by name, and the sandbox."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from flowrules.sandbox import Sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def examples(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    known = set(sys.modules)
    yield EXAMPLES
    for path in EXAMPLES.glob("*.py"):
        if path.stem not in known:
            sys.modules.pop(path.stem, None)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running
