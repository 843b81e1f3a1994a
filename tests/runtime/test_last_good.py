"""A start whose rules on disk are broken runs on the rules that were live last, and says so."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.journal import read_journal, verify
from flowrules.runtime.rules import last_good
from flowrules.runtime.rules.rulebook import LoadStatus
from flowrules.runtime.settings import Mode, Settings

MAIN = "on intent=sales transfer queue sales\non intent=bye hangup\n"
RAILS = "# Rails\nnever transfer when opted_out is yes\n# end\n"


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    made = tmp_path / "rules"
    made.mkdir()
    (made / "main.rules").write_text(MAIN)
    (made / "rails.rules").write_text(RAILS)
    return made


@pytest.fixture
def start(rules: Path, tmp_path: Path) -> Callable[..., Engine]:
    def make(path: Path | None = None, **changes: Any) -> Engine:
        wanted = {"mode": Mode.SHADOW, "check_apart": False, "settle_time": None, **changes}
        return Engine(path or rules, settings=Settings(journal=tmp_path / "journal", **wanted))

    return make


def kept_file(rules: Path) -> Path:
    return rules.parent / "journal" / last_good.NAME


async def transferred(engine: Engine, **facts: object) -> list[str]:
    call = engine.call(os.urandom(4).hex())
    if facts:
        await call.event(facts=facts)
    outcome = await call.event(intent="sales")
    await call.close()
    return [str(step) for step in outcome.steps]


async def run_once(start: Callable[..., Engine], **changes: Any) -> str:
    async with start(**changes) as engine:
        assert engine.rules.fallback == ""
        return engine.rules.revision


def slip(rules: Path) -> None:
    (rules / "main.rules").write_text("on intent=sales tranfer queue sales\n")


def take_the_folder_away(rules: Path) -> None:
    shutil.rmtree(rules)


def empty_the_folder(rules: Path) -> None:
    for file in rules.iterdir():
        file.unlink()


def no_text(rules: Path) -> None:
    (rules / "rails.rules").write_bytes(b"\xff\xfe\x00never")


def failing_test(rules: Path) -> None:
    (rules / "main.rules").write_text(MAIN + 'test "sales"\n  on intent=sales\n  expect hangup\nend\n')


def mend(rules: Path) -> None:
    rules.mkdir(exist_ok=True)
    (rules / "rails.rules").write_text(RAILS)
    (rules / "main.rules").write_text(MAIN + "on intent=new hold\n")


BREAKS = [slip, take_the_folder_away, empty_the_folder, no_text, failing_test]


@pytest.mark.parametrize(
    ("broken", "apart"),
    [*((one, False) for one in BREAKS), (slip, True)],
    ids=[*(one.__name__ for one in BREAKS), "slip, checked apart"],
)
async def test_a_start_with_broken_files_runs_on_the_last_good_rules_until_they_are_mended(
    rules: Path, start: Callable[..., Engine], broken: Callable[[Path], None], apart: bool
) -> None:
    good = await run_once(start, check_apart=apart)
    broken(rules)
    async with start(check_apart=apart) as engine:
        health = engine.health()
        assert engine.rules.revision == good
        assert health.ready
        assert health.problems == ()
        assert any("the last good rules of 20" in one and good in one for one in health.warnings)
        assert any("the rules on disk are not live" in one for one in health.warnings)
        assert await transferred(engine) == ["transfer withheld"]
        assert await transferred(engine, opted_out=True) == ["transfer refused because forbidden"]
        mend(rules)
        async with asyncio.timeout(90):  # A process that checks has to start first.
            while engine.rules.revision == good:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert engine.rules.fallback == ""
        assert engine.health().warnings == ()
        mended = engine.rules.revision
    loads = [entry.fields for entry in read_journal(rules.parent / "journal") if entry.kind == "rules"]
    assert verify(rules.parent / "journal") == ()
    assert [(one["status"], one["revision"]) for one in loads[:2]] == [("live", good), ("live", good)]
    assert "last good" in loads[1]["message"]
    assert loads[2]["status"] in ("refused", "held")
    assert (loads[-1]["status"], loads[-1]["revision"]) == ("live", mended)
    kept = last_good.read(rules.parent / "journal", rules)
    assert kept is not None
    assert kept.revision == mended
    assert kept.load


async def test_the_same_texts_again_end_it_too(rules: Path, start: Callable[..., Engine], eventually: Any):
    await run_once(start)
    slip(rules)
    async with start() as engine:
        assert engine.rules.fallback
        (rules / "main.rules").write_text(MAIN)
        await eventually(lambda: not engine.rules.fallback)
        assert engine.health().warnings == ()


async def test_rules_that_lose_a_guard_rail_while_nothing_runs_are_held_at_the_start(
    rules: Path, start: Callable[..., Engine], eventually: Any
) -> None:
    good = await run_once(start)
    (rules / "rails.rules").unlink()
    async with start() as engine:
        assert engine.rules.revision == good
        assert engine.rules.last is not None
        assert engine.rules.last.status is LoadStatus.HELD
        assert await transferred(engine, opted_out=True) == ["transfer refused because forbidden"]
        assert engine.rules.accept() is not None
        assert engine.rules.fallback == ""
        assert await transferred(engine, opted_out=True) == ["transfer withheld"]
        accepted = engine.rules.revision
    assert await run_once(start) == accepted


async def test_what_is_held_at_the_start_settles_as_an_edit_does(
    rules: Path, start: Callable[..., Engine], eventually: Any
) -> None:
    await run_once(start)
    (rules / "rails.rules").write_text("# Nobody opts out any more\n# end\n")
    async with start(settle_time=0.3) as engine:
        assert engine.rules.fallback
        await eventually(lambda: not engine.rules.fallback)
        assert await transferred(engine, opted_out=True) == ["transfer withheld"]


async def test_where_nobody_watches_the_files_a_start_takes_what_is_on_disk(
    rules: Path, start: Callable[..., Engine]
) -> None:
    good = await run_once(start)
    (rules / "rails.rules").unlink()
    assert await run_once(start, watch=False) != good


async def test_rules_on_disk_that_are_fine_go_live_and_are_kept(rules: Path, start: Callable[..., Engine]):
    good = await run_once(start)
    (rules / "main.rules").write_text(MAIN + "on intent=new hold\n")
    newer = await run_once(start)
    assert newer != good
    kept = last_good.read(rules.parent / "journal", rules)
    assert kept is not None
    assert kept.revision == newer


async def test_a_host_may_forbid_it(rules: Path, start: Callable[..., Engine]) -> None:
    await run_once(start)
    slip(rules)
    with pytest.raises(RulesRefused):
        start(last_good=False)
    assert kept_file(rules).exists()
    shutil.rmtree(rules.parent / "journal")
    (rules / "main.rules").write_text(MAIN)
    await run_once(start, last_good=False)
    assert not kept_file(rules).exists()


async def test_without_a_run_before_a_broken_file_is_refused(rules: Path, start: Callable[..., Engine]):
    slip(rules)
    with pytest.raises(RulesRefused):
        start()
    shutil.rmtree(rules)
    with pytest.raises(FileNotFoundError):
        start()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def other_version(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"flowrules last good 1", b"flowrules last good 9"))


def open_to_all(path: Path) -> None:
    path.chmod(0o666)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [cut, flip, other_version, open_to_all, empty], ids=lambda one: one.__name__
)
async def test_a_file_that_is_not_whole_or_not_ours_is_not_used(
    rules: Path, start: Callable[..., Engine], damage: Callable[[Path], None]
) -> None:
    await run_once(start)
    damage(kept_file(rules))
    slip(rules)
    with pytest.raises(RulesRefused):
        start()
    # And it keeps nobody from starting, nor from keeping the next.
    (rules / "main.rules").write_text(MAIN)
    await run_once(start)
    assert last_good.read(rules.parent / "journal", rules) is not None


async def test_what_was_kept_for_other_files_is_not_used(
    rules: Path, start: Callable[..., Engine], tmp_path: Path
) -> None:
    await run_once(start)
    other = tmp_path / "other"
    other.mkdir()
    (other / "main.rules").write_text("on intent=sales tranfer\n")
    with pytest.raises(RulesRefused):
        start(other)


async def test_it_is_judged_by_the_limits_that_the_host_has_now(
    rules: Path, start: Callable[..., Engine]
) -> None:
    (rules / "main.rules").write_text("on intent=sales transfer number +919876543210\n")
    await run_once(start)
    slip(rules)
    with pytest.raises(RulesRefused):
        start(deny_numbers=("+91",))
    async with start() as engine:
        assert engine.rules.fallback


async def test_what_another_version_has_made_of_the_texts_is_made_anew(
    rules: Path, start: Callable[..., Engine]
) -> None:
    good = await run_once(start)
    kept = last_good.read(rules.parent / "journal", rules)
    assert kept is not None
    other = last_good.last_good_of(kept.sources, rules, "0" * 64, b"\xc1 nothing that can be read")
    last_good.write(rules.parent / "journal", other)
    slip(rules)
    async with start() as engine:
        assert engine.rules.revision == good
        assert await transferred(engine) == ["transfer withheld"]


async def test_rules_that_hold_a_token_are_not_written_down_and_what_was_before_is_gone(
    rules: Path, start: Callable[..., Engine], eventually: Any
) -> None:
    await run_once(start)
    token = "yt_cb_" + "0" * 4
    (rules / "main.rules").write_text(MAIN + f'on intent=t log "{token}"\n')
    async with start() as engine:
        await eventually(lambda: any("holds a token" in one for one in engine.health().warnings))
        assert engine.health().ready
    assert not kept_file(rules).exists()


async def test_a_disk_that_does_not_take_it_is_a_warning_and_leaves_no_older_one(
    rules: Path, start: Callable[..., Engine], eventually: Any, tmp_path: Path
) -> None:
    await run_once(start)
    async with start() as engine:
        (tmp_path / "journal" / f"{last_good.NAME}.new").mkdir()
        (rules / "main.rules").write_text(MAIN + "on intent=new hold\n")
        await eventually(lambda: any("are not kept for a restart" in one for one in engine.health().warnings))
        assert not kept_file(rules).exists()
        (tmp_path / "journal" / f"{last_good.NAME}.new").rmdir()
        (rules / "main.rules").write_text(MAIN + "on intent=newer hold\n")
        await eventually(lambda: not engine.health().warnings)
    assert kept_file(rules).exists()


async def test_the_clock_decides_nothing(rules: Path, start: Callable[..., Engine]) -> None:
    """A machine whose clock was years ahead has kept rules that are older than those on disk."""
    await run_once(start)
    os.utime(kept_file(rules), (4e9, 4e9))
    (rules / "main.rules").write_text(MAIN + "on intent=new hold\n")
    os.utime(rules / "main.rules", (1e9, 1e9))
    async with start() as engine:
        assert engine.rules.fallback == ""
        assert "new" in engine.rules.current.checked.files[0].source.text


async def test_it_is_for_its_owner_and_says_where_it_is_from(
    rules: Path, start: Callable[..., Engine]
) -> None:
    await run_once(start)
    assert kept_file(rules).stat().st_mode & 0o777 == 0o600
    assert str(rules).encode() in kept_file(rules).read_bytes()
