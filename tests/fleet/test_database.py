"""The database, as those who wait for it and stop waiting see it."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from flowrules.fleet.storage.database import Database


@pytest.mark.parametrize("turns", range(8))
async def test_who_is_cancelled_as_the_answer_comes_is_cancelled(tmp_path: Path, turns: int) -> None:
    """A host that stops cancels its signs of life. One that went on after it would keep the host from stopping."""
    database = Database(f"sqlite:///{tmp_path / 'fleet.sqlite'}", 10.0)
    answers, answered = threading.Event(), threading.Event()

    def look() -> None:
        answers.wait()
        answered.set()

    try:
        asking = asyncio.create_task(database.call(look))
        await asyncio.sleep(0.05)
        answers.set()
        # The loop stands still until the thread is done, and then takes this many turns: at each of them the answer is
        # one step further on its way to who asked.
        answered.wait()
        time.sleep(0.05)  # noqa: ASYNC251 (the loop is to stand still)
        for _ in range(turns):
            await asyncio.sleep(0)
        had_ended = not asking.cancel()
        await asyncio.wait([asking])
        assert had_ended or asking.cancelled()
    finally:
        database.close()
