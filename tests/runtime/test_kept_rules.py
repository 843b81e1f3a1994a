"""The texts of the rules, kept beside the journal so that a call can be replayed."""

import asyncio
import os
import stat
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flowrules.control.clock import ManualClock, SystemClock
from flowrules.runtime.engine import Engine
from flowrules.runtime.journal import Journal, read_journal, rules, verify
from flowrules.runtime.journal.replaying.revisions import RulesMissing, read_rules
from flowrules.runtime.journal.rules import rules_path, texts_of
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(journal=folder, mode="dry_run", **{"journal_fsync": "never", **changes})


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("rules-*"))


async def test_an_engine_keeps_the_rules_it_goes_by(tmp_path: Path) -> None:
    written = tmp_path / "rules"
    written.mkdir()
    (written / "a.rules").write_bytes('on intent=x log "süß"\r\n'.encode("utf-16"))
    (written / "b.rules").write_bytes('\ufeffon intent=y log "y"\n'.encode())
    journal = tmp_path / "journal"
    async with Engine(written, settings=settings(journal, watch=False)) as engine:
        first = engine.rules.current
        (written / "b.rules").write_text('on intent=y log "z"\non intent=z log "z"\n')
        await engine.rules.reload()
        second = engine.rules.current
    assert first.revision != second.revision
    assert kept(journal) == sorted(f"rules-{one.revision}.json" for one in (first, second))
    for ruleset in (first, second):
        again = read_rules(journal, ruleset.revision, "agent")
        assert again.revision == ruleset.revision
        assert [rule.id for rule in again.rules] == [rule.id for rule in ruleset.rules]
        assert [file.source for file in again.checked.files] == [
            file.source for file in ruleset.checked.files
        ]
    if sys.platform != "win32":
        assert stat.S_IMODE(rules_path(journal, first.revision).stat().st_mode) == 0o600
    path = rules_path(journal, second.revision)
    path.write_text(path.read_text().replace("log", "say"))
    with pytest.raises(RulesMissing, match="somebody has changed it"):
        read_rules(journal, second.revision, "agent")
    named = [entry.fields["revision"] for entry in read_journal(journal) if entry.kind == "rules"]
    assert named == [first.revision, second.revision]


async def test_a_token_in_a_rule_is_not_kept(tmp_path: Path) -> None:
    book = RuleBook.from_text('on intent=x log "yt_live_abcdefghijklmnop"\n')
    async with Engine(book, settings=settings(tmp_path)):
        pass
    path = rules_path(tmp_path, book.revision)
    assert "yt_live_[redacted]" in path.read_text()
    assert "abcdefghijklmnop" not in path.read_text()
    with pytest.raises(RulesMissing, match="hold a token of the platform"):
        read_rules(tmp_path, book.revision, "agent")


async def test_a_disk_that_refuses_them_stops_no_call(
    seat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eventually: Any
) -> None:
    monkeypatch.setattr(rules, "_TRY_AGAIN", 0.0)
    book = RuleBook.from_text('on intent=x log "x"\n')
    journal = tmp_path / "journal"
    in_the_way = journal / f"rules-{book.revision}.json.new"
    in_the_way.mkdir(parents=True)
    table = await seat(book)
    await table.call.event(intent="x")
    assert table.acted == ["log"]
    (problem,) = table.engine.health().warnings
    assert problem.startswith(
        "the texts of the rules can't be kept beside the journal, so calls can't be replayed: "
    )
    in_the_way.rmdir()
    await table.call.event(intent="x")
    await eventually(lambda: not table.engine.health().warnings)
    assert read_rules(journal, book.revision, "agent").revision == book.revision


async def test_texts_are_forgotten_with_the_last_file_that_may_name_them(tmp_path: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    journal = await asyncio.to_thread(Journal, settings(tmp_path, journal_keep_days=2), clock)
    first, second = (texts_of(RuleBook.from_text(f'on intent=x log "{n}"\n').current) for n in "12")

    async def next_day() -> None:
        await clock.advance(25 * 3600)
        await journal.commit("note", message="a new day")
        await journal.commit("note", message="in a new file")

    journal.keep_rules(first)
    await journal.commit("note", message="first")
    await next_day()
    journal.keep_rules(second)
    await journal.commit("note", message="second")
    both = sorted(f"rules-{texts.revision}.json" for texts in (first, second))
    assert kept(tmp_path) == both
    await next_day()  # The file that is closed now may name both.
    await next_day()
    assert kept(tmp_path) == both, "the file that names the first rules is two days old, not older"
    await next_day()
    assert kept(tmp_path) == [f"rules-{second.revision}.json"]
    await journal.aclose()
    # A host that was off for long: the current file names what was live when it ended.
    later = ManualClock(clock.now() + timedelta(days=100))
    again = await asyncio.to_thread(Journal, settings(tmp_path, journal_keep_days=2), later)
    assert kept(tmp_path) == [f"rules-{second.revision}.json"]
    await again.aclose()
    assert all("file" not in str(problem) for problem in verify(tmp_path))


async def test_whoever_removes_the_folder_gets_the_live_rules_again(tmp_path: Path) -> None:
    journal = await asyncio.to_thread(Journal, settings(tmp_path / "j"), SystemClock())
    texts = texts_of(RuleBook.from_text('on intent=x log "x"\n').current)
    journal.keep_rules(texts)
    await journal.commit("note", message="x")
    for path in (tmp_path / "j").iterdir():
        os.unlink(path)
    (tmp_path / "j").rmdir()
    await journal.commit("note", message="y")
    assert read_rules(tmp_path / "j", texts.revision, "agent").revision == texts.revision
    await journal.aclose()


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"files":7,"redacted":false}', b'{"files":[],"redacted":false}']
)
def test_a_file_that_was_changed_is_no_rule_set(tmp_path: Path, data: bytes) -> None:
    rules_path(tmp_path, "abc").write_bytes(data)
    with pytest.raises(RulesMissing, match="somebody has changed it"):
        read_rules(tmp_path, "abc", "agent")
    for revision in ("gone", "../../etc/passwd"):
        with pytest.raises(RulesMissing, match="not beside the journal"):
            read_rules(tmp_path, revision, "agent")
