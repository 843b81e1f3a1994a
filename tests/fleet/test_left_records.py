"""A claim whose answer came late: the record is tried all the same, once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from flowrules.call.receipt import Receipt, Status
from flowrules.fleet import left_records, records
from flowrules.fleet.left_records import LeftRecords
from flowrules.fleet.records import Record
from flowrules.fleet.storage.database import Database


class Way:
    """Where records go: keeps their keys."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    async def send(self, record: Record) -> Receipt:
        self.sent.append(record.key)
        await asyncio.sleep(0)
        return Receipt(Status.ACCEPTED, attempts=1)


async def test_what_a_workflow_has_left_behind_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'fleet.sqlite'}", 10.0)
    await database.make_tables()
    way: Any = Way()
    left = LeftRecords(database, way, "b", 0.01)
    owed = Record("k1", "c1", "s", "e", "r", "1", "set_disposition", "{}", False, "a")
    await database.run(lambda connection: records.owe(database, connection, [owed]))
    await database.run(lambda connection: records.take_over(database, connection, "a"))
    claim = await left.claim("k1")
    await left.finish()
    assert way.sent == []  # Its workflow may still come.
    monkeypatch.setattr(left_records, "_ABANDONED", -1.0)
    await left.finish()
    # The workflow comes all the same, and so do other looks.
    await left.try_once("k1", claim)
    await left.finish()
    async with asyncio.timeout(45):
        while await database.run(lambda connection: records.tried_by(connection, "b")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert way.sent == ["k1"]
    database.close()
