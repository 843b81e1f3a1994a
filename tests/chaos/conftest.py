"""Chaos runs that are small enough for a test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.chaos.run import Result, chaos_on
from flowrules.chaos.setup import Ground, Setup
from flowrules.sandbox import Sandbox

Play = Callable[..., Awaitable[Result]]


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    """`await play(seed=1, calls=10)`: a run on a sandbox in this process; its files are in tmp_path."""
    async with Sandbox() as sandbox:

        async def run(seed: int = 1, calls: int = 10, events: int = 3, **changes: Any) -> Result:
            setup = Setup.drawn(seed, calls, events=events, **changes)
            return await chaos_on(setup, Ground(sandbox.base_url, SecretStr(sandbox.tenant_key), tmp_path))

        yield run
