"""The tenant key's requests, shared: never more in a minute than there are, and whole again after it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flowrules.control.pace import MINUTE, SLACK
from flowrules.fleet import budget
from flowrules.fleet.budget import SharedWindow
from flowrules.fleet.storage.database import Database


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        return self.at


class Timed(Database):
    """A database whose time is the test's."""

    at = 0.0

    def now(self, connection: object) -> float:
        return self.at


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Timed]:
    it = Timed(f"sqlite:///{tmp_path / 'fleet.sqlite'}", 10.0)
    await it.make_tables()
    yield it
    it.close()


async def ask(database: Timed, host: str, requests: int) -> tuple[str, int]:
    return await database.run(lambda connection: budget.ask(database, connection, host, requests, 10, 5.0))


async def test_no_more_is_granted_than_there_is_however_many_ask_at_once(database: Timed) -> None:
    granted = await asyncio.gather(*(ask(database, f"h{number}", 4) for number in range(6)))
    assert sorted(size for _, size in granted) == [0, 0, 0, 2, 4, 4]


async def test_what_a_dead_host_had_is_whole_again_when_none_of_it_can_lie_in_the_last_minute(
    database: Timed,
) -> None:
    assert (await ask(database, "dies", 10))[1] == 10
    whole_at = budget.VALID + 5.0 + MINUTE + SLACK
    database.at = whole_at - 0.001
    assert (await ask(database, "lives", 10))[1] == 0
    database.at = whole_at + 0.001
    assert (await ask(database, "lives", 10))[1] == 10


async def test_what_was_used_is_whole_a_minute_after_and_what_was_not_at_once(database: Timed) -> None:
    name, _ = await ask(database, "a", 10)
    database.at = 3.0
    await database.run(lambda connection: budget.give_back(database, connection, {name: 4}))
    assert (await ask(database, "b", 10))[1] == 6
    database.at = 3.0 + MINUTE
    assert (await ask(database, "b", 10))[1] == 0
    database.at = 3.0 + MINUTE + SLACK + 0.001
    assert (await ask(database, "c", 10))[1] == 4


def test_a_request_begins_within_its_grant_and_no_later() -> None:
    clock, wanted = Clock(), []
    window = SharedWindow(clock, 10, lambda: wanted.append(1))
    assert window.wait() == float("inf")
    assert wanted
    window.granted("g", 2, clock.at + budget.VALID)
    for sent in (True, False):
        assert window.wait() == 0
        window.enter()
        window.leave(sent=sent)
    assert not window.take_over().grants  # One is left of it.
    clock.at += budget.VALID
    assert window.wait() == float("inf")
    assert window.take_over().grants == {"g": 1}


def test_a_grant_is_not_given_back_while_a_request_of_it_is_under_way() -> None:
    clock = Clock()
    window = SharedWindow(clock, 10, lambda: None)
    window.granted("g", 1, clock.at + budget.VALID)
    assert window.wait() == 0
    window.enter()
    clock.at += 100
    assert not window.take_over().grants
    window.leave(sent=True)
    assert window.take_over().grants == {"g": 1}
