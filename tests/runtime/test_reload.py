"""Edits of the rules while calls are live: every way of saving, broken and mended, shrunk and accepted."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowrules.control.clock import ManualClock
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.rules.reload import watch
from flowrules.runtime.rules.rulebook import LoadOutcome, LoadStatus, RuleBook
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Fault

ONE = "on intent=x hold\n"
TWO = "on intent=x mute\n"


def save_in_place(path: Path, text: str) -> None:
    path.write_text(text)


def save_in_two_steps(path: Path, text: str) -> None:
    with path.open("w") as file:
        file.flush()
        os.fsync(file.fileno())
        file.write(text[:5])
        file.flush()
        file.write(text[5:])


def save_by_rename(path: Path, text: str) -> None:
    other = path.with_name(f".{path.name}.swp")
    other.write_text(text)
    other.rename(path)


def save_by_delete_and_create(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def save_by_moving_the_old_away(path: Path, text: str) -> None:
    path.rename(path.with_name(path.name + "~"))
    path.write_text(text)


def save_by_symlink_swap(path: Path, text: str) -> None:
    """As mounted configuration does: a folder of the new texts, and a link that is swapped at once."""
    folder = path.parent / f"..{len(os.listdir(path.parent))}"
    folder.mkdir()
    (folder / path.name).write_text(text)
    link = path.parent / "..data_tmp"
    link.symlink_to(folder.name)
    link.rename(path.parent / "..data")
    if not path.is_symlink():
        path.unlink()
        path.symlink_to(Path("..data") / path.name)


WAYS = [
    save_in_place,
    save_in_two_steps,
    save_by_rename,
    save_by_delete_and_create,
    save_by_moving_the_old_away,
    save_by_symlink_swap,
]


class Watched:
    def __init__(self, path: Path, book: RuleBook) -> None:
        self.path, self.book = path, book
        self.outcomes: list[LoadOutcome] = []


Start = Callable[..., Any]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    tasks: list[asyncio.Task[None]] = []

    async def begin(text: str = ONE, *, folder: bool = True, **options: Any) -> Watched:
        path = tmp_path / "rules" / "main.rules"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        book = RuleBook.load(path.parent if folder else path, **options)
        watched = Watched(path, book)
        book.subscribe(watched.outcomes.append)
        tasks.append(asyncio.create_task(watch(book)))
        await asyncio.sleep(0.3)
        return watched

    yield begin
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def shown(book: RuleBook) -> str:
    return book.current.checked.files[0].source.text


@pytest.mark.parametrize("folder", [True, False])
@pytest.mark.parametrize("save", WAYS)
async def test_every_way_of_saving_goes_live(start: Start, eventually: Any, save: Any, folder: bool) -> None:
    watched = await start(folder=folder)
    for text in (TWO, ONE, TWO):
        save(watched.path, text)
        await eventually(lambda text=text: shown(watched.book) == text)
    assert all(outcome.status is not LoadStatus.HELD for outcome in watched.outcomes)


async def test_a_broken_edit_keeps_the_last_good_rules_and_says_what_is_wrong(
    start: Start, eventually: Any
) -> None:
    watched = await start()
    good = watched.book.current
    save_by_rename(watched.path, "on intent=x holt\n")
    await eventually(lambda: watched.outcomes)
    assert watched.book.current is good
    assert watched.book.last.status is LoadStatus.REFUSED
    assert "main.rules, line 1" in watched.book.last.message
    assert watched.book.last.findings
    save_by_rename(watched.path, ONE)
    await eventually(lambda: watched.book.last.status is not LoadStatus.REFUSED)
    save_by_rename(watched.path, TWO)
    await eventually(lambda: shown(watched.book) == TWO)


async def test_a_second_file_joins_and_leaves(start: Start, eventually: Any) -> None:
    watched = await start()
    other = watched.path.with_name("other.rules")
    other.write_text("on intent=y unhold\n")
    await eventually(lambda: len(watched.book.current.rules) == 2)
    other.unlink()
    await eventually(lambda: len(watched.book.current.rules) == 1)


async def test_a_folder_that_goes_away_and_comes_back(start: Start, eventually: Any) -> None:
    watched = await start()
    shutil.rmtree(watched.path.parent)
    await eventually(lambda: watched.outcomes)
    assert watched.book.last.status in (LoadStatus.REFUSED, LoadStatus.HELD)
    assert shown(watched.book) == ONE
    watched.path.parent.mkdir()
    watched.path.write_text(TWO)
    await eventually(lambda: shown(watched.book) == TWO)


async def test_rules_that_became_far_fewer_wait_for_a_second_look(start: Start, eventually: Any) -> None:
    many = "".join(f"on intent=i{n} hold\n" for n in range(9))
    watched = await start(many)
    save_by_rename(watched.path, TWO)
    await eventually(lambda: watched.outcomes)
    assert watched.book.last.status is LoadStatus.HELD
    assert shown(watched.book) == many
    assert watched.book.accept().status is LoadStatus.LIVE
    assert shown(watched.book) == TWO
    assert watched.book.accept() is None


async def test_the_gate_has_the_last_word(start: Start, eventually: Any) -> None:
    watched = await start(
        gate=lambda ruleset: "a test failed" if "mute" in ruleset.blocks[ruleset.rules[0].id].text else ""
    )
    save_by_rename(watched.path, TWO)
    await eventually(lambda: watched.outcomes)
    assert watched.book.last.message == "a test failed"
    assert shown(watched.book) == ONE


def test_a_book_does_not_begin_with_broken_rules(tmp_path: Path) -> None:
    with pytest.raises(RulesRefused) as raised:
        RuleBook.from_text("on intent=x holt\n")
    assert raised.value.findings
    with pytest.raises(FileNotFoundError):
        RuleBook.load(tmp_path / "nowhere")


async def test_saving_the_same_text_changes_nothing(start: Start) -> None:
    watched = await start()
    good = watched.book.current
    watched.path.write_text(ONE)
    await asyncio.sleep(0.5)
    assert watched.book.current is good
    assert (await watched.book.reload()).status is LoadStatus.UNCHANGED


async def test_a_plan_under_way_finishes_on_its_revision(
    seat: Any, start: Start, eventually: Any, sandbox: Any
) -> None:
    watched = await start("on intent=x hold then unhold then set_disposition old\n")
    table = await seat(watched.book)
    sandbox.add_faults(Fault(kind="slow", verb="unhold", seconds=0.3))
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.acted == ["hold", "unhold"])
    old = watched.book.revision
    watched.path.write_text("on intent=x mute\n")
    assert (await watched.book.reload()).status is LoadStatus.LIVE
    behind = await table.call.event(intent="x")
    first = await waiting
    assert (first.revision, behind.revision) == (old, watched.book.revision)
    assert table.acted == ["hold", "unhold", "set_disposition", "mute"]


async def test_counters_survive_a_reload_and_new_timers_are_armed(
    seat: Any, start: Start, eventually: Any
) -> None:
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    watched = await start('rule "once"\n  on intent=x\n  once per call\n  hold\nend\n')
    table = await seat(watched.book, clock=clock, watch=False)
    await table.call.event(intent="x")
    watched.path.write_text(
        'rule "once"\n  on intent=x\n  once per call\n  mute\nend\nafter 1 minute log "late"\nafter 1 second log "over"\n'
    )
    await clock.advance(30)
    await watched.book.reload()
    await table.call.event(intent="x")
    assert table.acted == ["hold"]
    await clock.advance(31)
    await eventually(lambda: table.acted == ["hold", "log"])
    assert table.sandbox.ledger(table.call.call_id)[-1].body["metadata"] == {"message": "late"}


TESTED = """
on intent=x {verb}
test "x holds"
  on intent=x
  expect hold
end
"""


async def test_rules_whose_own_tests_fail_do_not_go_live(tmp_path: Path) -> None:
    path = tmp_path / "main.rules"
    path.write_text(TESTED.format(verb="hold"))
    async with Engine(path, settings=Settings(mode="shadow", watch=False)) as engine:
        path.write_text(TESTED.format(verb="mute"))
        outcome = await engine.rules.reload()
        health = engine.health()
    assert outcome.status is LoadStatus.REFUSED
    assert 'the test "x holds"' in outcome.message
    assert health.warnings == (f"the rules on disk are not live: {outcome.message}",)
    assert health.last_load == f"refused: {outcome.message}"
    assert health.revision == engine.rules.revision != outcome.revision
    with pytest.raises(RulesRefused, match="does not pass"):
        Engine(path, settings=Settings(mode="shadow"))
    Engine(path, settings=Settings(mode="shadow", test_gate=False))
