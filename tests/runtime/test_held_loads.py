"""Saves that take guard rails away while calls are live: held, named, and the ways on."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import LoadStatus, RuleBook
from flowrules.runtime.settings import Mode, Settings

MAIN = "on intent=sales transfer queue sales\non intent=bye hangup\non intent=z set_disposition Z\n"
RAILS = "# Rails\nnever transfer when opted_out is yes\n"
RAIL = "never transfer when opted_out is yes"

Break = Callable[[Path], None]


def empty(rails: Path) -> None:
    rails.write_text("")


def cut_off(rails: Path) -> None:
    rails.write_text("# Rails\n")


def rename_away(rails: Path) -> None:
    rails.rename(rails.with_name("rails.rules~"))


def take_away(rails: Path) -> None:
    rails.unlink()


def end_in_another_way(rails: Path) -> None:
    rails.rename(rails.with_name("rails.rules.txt"))


def empty_the_folder(rails: Path) -> None:
    for file in rails.parent.iterdir():
        file.unlink()


def mount_something_else(rails: Path) -> None:
    """The mount point is there and what was mounted is not."""
    folder = rails.parent
    folder.rename(folder.with_name("unmounted"))
    folder.mkdir()
    (folder / "main.rules").write_text(MAIN)


def point_the_link_elsewhere(rails: Path) -> None:
    other = rails.parent.with_name("other")
    other.mkdir()
    (other / "rails.rules").write_text("# nothing yet\n")
    rails.unlink()
    rails.symlink_to(other / "rails.rules")


def lose_the_links_end(rails: Path) -> None:
    rails.unlink()
    rails.symlink_to("nowhere")


def make_a_folder_of_it(rails: Path) -> None:
    rails.unlink()
    rails.mkdir()


def make_a_pipe_of_it(rails: Path) -> None:
    rails.unlink()
    os.mkfifo(rails)


def half_a_line(rails: Path) -> None:
    rails.write_text("# Rails\nnever transfer when opted_out")


def weaken(rails: Path) -> None:
    rails.write_text(RAILS.replace("yes\n", "yes unless vip is yes\n"))


def put_back(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "rails.rules").write_text(RAILS)
    (folder / "main.rules").write_text(MAIN)


BREAKS = [
    empty, cut_off, rename_away, take_away, end_in_another_way, empty_the_folder, mount_something_else,
    point_the_link_elsewhere, lose_the_links_end, make_a_folder_of_it, make_a_pipe_of_it, half_a_line, weaken,
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "rules"
    made.mkdir()
    (made / "main.rules").write_text(MAIN)
    (made / "rails.rules").write_text(RAILS)
    return made


@pytest.fixture
async def engine(folder: Path) -> AsyncIterator[Engine]:
    async with Engine(
        folder, settings=Settings(mode=Mode.SHADOW, check_apart=False, settle_time=60)
    ) as running:
        yield running


async def transfer_of_one_who_opted_out(engine: Engine) -> list[str]:
    call = engine.call(os.urandom(4).hex())
    await call.event(opted_out=True)
    outcome = await call.event(intent="sales")
    await call.close()
    return [str(step) for step in outcome.steps]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda one: one.__name__)
async def test_a_rail_is_never_lost_by_a_save(
    engine: Engine, folder: Path, eventually: Any, broken: Break
) -> None:
    live = engine.rules.revision
    broken(folder / "rails.rules")
    await eventually(lambda: engine.health().warnings)
    assert engine.rules.revision == live
    assert await transfer_of_one_who_opted_out(engine) == ["transfer refused because forbidden"]
    assert engine.rules.last is not None
    assert engine.rules.last.status in (LoadStatus.HELD, LoadStatus.REFUSED)
    (problem,) = engine.health().warnings
    assert "rails.rules" in problem
    if engine.rules.last.status is LoadStatus.HELD:
        assert any(one.startswith(RAIL) for one in engine.rules.last.lost)
        assert RAIL in problem
        assert engine.counters["reloads_held"] == 1
        assert engine.counters["reloads_refused"] == 0
    put_back(folder)
    await eventually(lambda: not engine.health().warnings)


async def test_a_file_that_moved_or_was_renamed_loses_nothing(
    engine: Engine, folder: Path, eventually: Any
) -> None:
    outcomes: list[Any] = []
    engine.rules.subscribe(outcomes.append)
    (folder / "guards").mkdir()
    (folder / "rails.rules").rename(folder / "guards" / "first.rules")
    await eventually(lambda: len(engine.rules.current.checked.files) == 2 and outcomes)
    assert outcomes[-1].status is LoadStatus.LIVE
    assert await transfer_of_one_who_opted_out(engine) == ["transfer refused because forbidden"]


async def test_a_promise_that_is_gone_or_weaker_waits(folder: Path) -> None:
    promise = 'promise "People keep their word" never transfer when opted_out is yes'
    edited(folder, f"{RAILS}{promise}\n# end\n")
    book = RuleBook.load(folder, settle_time=None)
    at = f"({folder.as_posix()}/rails.rules, line 3)"
    for other, lost in (("", "promise"), (f"{promise} unless vip is yes\n", "a part of the promise")):
        edited(folder, f"{RAILS}{other}# end\n")
        outcome = await book.reload()
        assert outcome.status is LoadStatus.HELD
        assert outcome.lost == (f'{lost} "People keep their word" {at}',)
    edited(folder, f"{RAILS}{promise} or owed is yes\n# end\n")
    assert (await book.reload()).status is LoadStatus.LIVE


def edited(folder: Path, text: str) -> None:
    (folder / "rails.rules").write_text(text)


async def test_what_is_left_as_it_is_goes_live_after_a_while(folder: Path, eventually: Any) -> None:
    settings = Settings(mode=Mode.SHADOW, settle_time=0.3)
    async with Engine(folder, settings=settings) as engine:
        outcomes: list[Any] = []
        engine.rules.subscribe(outcomes.append)
        edited(folder, "# Rails\n# nobody opts out any more\n")
        await eventually(lambda: len(outcomes) == 2)
        held, live = outcomes
        assert (held.status, live.status) == (LoadStatus.HELD, LoadStatus.LIVE)
        assert held.settles_at is not None
        assert held.lost == (f"{RAIL} ({folder.as_posix()}/rails.rules, line 2)",)
        assert f"{held.settles_at:%H:%M:%S} UTC" in held.message
        assert engine.rules.revision == held.revision == live.revision
        assert engine.health().warnings == ()
        assert await transfer_of_one_who_opted_out(engine) == ["transfer withheld"]


@pytest.mark.parametrize("broken", [empty, cut_off, take_away], ids=lambda one: one.__name__)
async def test_what_looks_unfinished_waits_until_it_is_accepted(folder: Path, broken: Break) -> None:
    book = RuleBook.load(folder, settle_time=0.01)
    broken(folder / "rails.rules")
    for _ in range(3):
        outcome = await book.reload()
        assert outcome.status is LoadStatus.HELD
        assert outcome.settles_at is None
        await asyncio.sleep(0.05)
    assert len(book.current.rails.never) == 1
    accepted = book.accept()
    assert accepted is not None
    assert accepted.status is LoadStatus.LIVE
    assert book.current.rails.never == ()
    assert (await book.reload()).status is LoadStatus.UNCHANGED
    assert book.problems == ()


async def test_another_edit_begins_the_wait_anew_and_listeners_are_told_once(folder: Path) -> None:
    book = RuleBook.load(folder, settle_time=3600)
    outcomes: list[Any] = []
    book.subscribe(outcomes.append)
    edited(folder, "# Rails\n# none\n")
    first = await book.reload()
    assert await book.reload() is first
    edited(folder, "# Rails\n# none at all\n")
    second = await book.reload()
    assert second.settles_at is not None
    assert first.settles_at is not None
    assert second.settles_at > first.settles_at
    assert outcomes == [first, second]
    edited(folder, RAILS)
    assert (await book.reload()).status is LoadStatus.UNCHANGED
    assert book.accept() is None


async def test_without_a_settle_time_everything_waits(folder: Path) -> None:
    book = RuleBook.load(folder, settle_time=None)
    edited(folder, "# none\n")
    outcome = await book.reload()
    assert (outcome.status, outcome.settles_at) == (LoadStatus.HELD, None)


async def test_who_does_not_want_to_be_asked_is_not(folder: Path) -> None:
    book = RuleBook.load(folder, hold_shrunken=False)
    take_away(folder / "rails.rules")
    assert (await book.reload()).status is LoadStatus.LIVE


async def test_an_unchanged_load_is_no_refused_one(engine: Engine, folder: Path, eventually: Any) -> None:
    text = (folder / "main.rules").read_text()
    (folder / "main.rules").write_text("on intent=x holt\n")
    await eventually(lambda: engine.counters["reloads_refused"] == 1)
    (folder / "main.rules").write_text(text)
    await eventually(lambda: engine.health().last_load.startswith("unchanged"))
    for _ in range(3):
        await engine.rules.reload()
    assert engine.counters["reloads_refused"] == 1
    assert engine.counters["reloads"] == 0
