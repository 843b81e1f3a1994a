"""One record is sent by one host: every change of its state, against every other, in any order."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flowrules.fleet import records
from flowrules.fleet.errors import Unreachable
from flowrules.fleet.record_keeper import RecordKeeper, Verdict
from flowrules.fleet.records import Record
from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.states import RecordState
from flowrules.fleet.storage.tables import RECORDS


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    it = Database(f"sqlite:///{tmp_path / 'fleet.sqlite'}", 10.0)
    await it.make_tables()
    yield it
    it.close()


def record(key: str, host: str = "a") -> Record:
    return Record(key, "c1", "s", "e", "r", "1", "set_disposition", "{}", False, host)


async def state(database: Database, key: str) -> str | None:
    rows = sa.select(RECORDS.c.state).where(RECORDS.c.key == key)
    return await database.run(lambda connection: connection.execute(rows).scalar())


async def test_a_host_that_was_thought_dead_sends_nothing_that_was_taken_over(database: Database) -> None:
    keeper = RecordKeeper(database, "a")
    keeper.start()
    keeper.owe([record("k1"), record("k2")])
    assert await keeper.may_send(record("k1")) is Verdict.YES
    waiting, lost = await database.run(lambda connection: records.take_over(database, connection, "a"))
    assert (waiting, lost) == (["k2"], ["k1"])
    assert await keeper.may_send(record("k2")) is Verdict.TAKEN
    tried = [
        await database.run(lambda connection, by=by: records.begin_to_try(connection, "k2", by))
        for by in ("b", "c")
    ]
    assert [one is not None for one in tried] == [True, False]
    # It lives, and knows what became of the one that it was sending; the other one is another's.
    for key in ("k1", "k2"):
        keeper.settle(record(key), RecordState.DONE, "accepted")
    await keeper.stop()
    assert await state(database, "k1") == RecordState.DONE
    assert await state(database, "k2") == RecordState.TRYING


async def test_one_that_dies_while_it_tries_leaves_it_unknown(database: Database) -> None:
    await database.run(lambda connection: records.owe(database, connection, [record("k1")]))
    await database.run(lambda connection: records.take_over(database, connection, "a"))
    await database.run(lambda connection: records.begin_to_try(connection, "k1", "b"))
    assert (await database.run(lambda connection: records.take_over(database, connection, "b")))[1] == ["k1"]
    assert await state(database, "k1") == RecordState.UNKNOWN
    assert await database.run(lambda connection: records.begin_to_try(connection, "k1", "c")) is None


async def test_all_who_want_to_send_one_at_once_are_told_and_one_may(database: Database) -> None:
    keepers = [RecordKeeper(database, "a") for _ in range(8)]
    verdicts = await asyncio.gather(*(keeper.may_send(record("k1")) for keeper in keepers))
    assert sorted(verdict.name for verdict in verdicts) == ["TAKEN"] * 7 + ["YES"]


async def test_without_the_database_only_what_nobody_knows_of_is_sent(database: Database) -> None:
    keeper = RecordKeeper(database, "a")
    keeper.start()
    keeper.owe([record("known")])
    while await state(database, "known") is None:  # noqa: ASYNC110 (a database)
        await asyncio.sleep(0.01)
    database.down_since = 1.0
    keeper.owe([record("new")])
    assert await keeper.may_send(record("known")) is Verdict.ASK_LATER
    assert await keeper.may_send(record("new")) is Verdict.BEYOND
    assert await keeper.may_send(record("of a failure branch")) is Verdict.BEYOND
    keeper.settle(record("known"), RecordState.DROPPED, "unavailable")
    with pytest.raises(Unreachable):
        await state(database, "known")
    database.down_since = None
    await keeper.stop()
    assert await state(database, "known") == RecordState.DROPPED


async def test_what_the_database_has_refused_once_is_written_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = Database(f"sqlite:///{tmp_path / 'fleet.sqlite'}", 10.0)
    run, refused = database.run, 0

    async def deadlock(*arguments: Any, **options: Any) -> Any:
        nonlocal refused
        refused += 1
        if refused == 1:
            raise sa.exc.OperationalError("insert", {}, Exception("deadlock detected"))
        return await run(*arguments, **options)

    monkeypatch.setattr(database, "run", deadlock)
    keeper = RecordKeeper(database, "a")
    keeper.start()
    keeper.settle(record("k1"), RecordState.DONE, "accepted")  # And nothing else ever happens.
    async with asyncio.timeout(60):
        while await state(looked_at, "k1") != RecordState.DONE:  # noqa: ASYNC110 (a database)
            await asyncio.sleep(0.01)
    await keeper.stop()
    assert refused > 1
    looked_at.close()
