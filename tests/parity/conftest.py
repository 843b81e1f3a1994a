"""What the parity tests share."""

import asyncio
from collections.abc import Iterator

import pytest

from .playing import quiet_runner


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for all stories of a module: to set one up takes as long as a story."""
    with quiet_runner() as runner:
        yield runner
