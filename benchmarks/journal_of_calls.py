"""A journal of calls as an engine writes it: some are played live on the sandbox, each by itself, with a while between
its events; the rest of the calls are theirs, under other ids."""

import asyncio
import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from flowrules.control.clock import SystemClock
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Fsync, Settings
from flowrules.sandbox.server import Sandbox
from flowrules.sandbox.settings import Settings as OfSandbox

_CALL = re.compile(rb'"call":"([^"]*)"')
_SEQ = re.compile(rb'^\{"seq":\d+')


class _Ahead(SystemClock):
    """The machine's clock, put forward."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.by

    def monotonic(self) -> float:
        return super().monotonic() + self.by.total_seconds()


def write_journal(folder: Path, rules: str, calls: Iterable[list[dict[str, Any]]], times: int) -> None:
    """`calls`: the rows of each. Their lines are written so many `times`; the digests that chain them are those of the
    first time, which nobody who replays looks at."""
    live = folder / "live"
    live.mkdir(parents=True)
    asyncio.run(_play(live, rules, calls))
    lines = (live / "journal" / "journal.jsonl").read_bytes().splitlines(keepends=True)
    begins = next(number for number, line in enumerate(lines) if b'"kind":"call"' in line)
    whole = folder / "journal"
    whole.mkdir()
    with (whole / "journal.jsonl").open("wb") as file:
        seq = 0
        for time in range(times):
            for line in lines if not time else lines[begins:]:
                if b'"kind":"checkpoint"' not in line:
                    seq += 1
                    named = _CALL.sub(rb'"call":"\1-%d"' % time, line, count=1)
                    file.write(_SEQ.sub(b'{"seq":%d' % seq, named, count=1))


async def _play(folder: Path, rules: str, calls: Iterable[list[dict[str, Any]]]) -> None:
    path, clock = folder / "a.rules", _Ahead()
    path.write_text(rules)
    sandbox = Sandbox(OfSandbox(requests_per_second=1_000_000))
    await sandbox.start()
    try:
        settings = Settings(
            base_url=sandbox.base_url,
            journal=folder / "journal",
            journal_fsync=Fsync.NEVER,
            journal_max_bytes=1 << 40,
            watch=False,
            test_gate=False,
        )
        book = RuleBook.load(path, settle_time=None)
        async with Engine(book, settings=settings, clock=clock) as engine:
            for rows in calls:
                opened = await sandbox.open_call()
                told = {name: value for name, value in rows[0].items() if name.startswith("lead.")}
                call = engine.call(opened.call_id, token=SecretStr(opened.callback_token), facts=told)
                before = rows[0]["at"]
                for row in rows:
                    clock.by += row["at"] - before
                    before = row["at"]
                    await call.event(intent=row["intent"], balance=row["balance"])
                clock.by += timedelta(seconds=3)
                await call.close()
    finally:
        await sandbox.stop()
