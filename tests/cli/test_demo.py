"""`flowrules demo` as a newcomer runs it."""

import asyncio
import re
import sys

import pytest

from flowrules.cli.demo import EXPECTED


@pytest.mark.timeout(300)
async def test_the_demo_plays_the_whole_call_and_ends_well() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowrules", "demo",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(180):
        output, errors = await process.communicate()
    text = output.decode()
    assert process.returncode == 0, text + errors.decode()
    for told in (
        "token number 2",
        "refused because not_allowed",
        "refused: 1 error",
        "live: revision",
        "transfer accepted",
    ):
        assert told in text
    assert f"exactly the {len(EXPECTED)} verbs" in text
    assert not re.search(r"yt_(cb|live|test)_\w{6}", text + errors.decode())
