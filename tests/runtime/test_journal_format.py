"""The journal's format: its schema holds every line that the engine writes, and older journals are read."""

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from flowrules.control.clock import SystemClock
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal import Journal, read_journal, story, verify
from flowrules.runtime.journal.format import FORMAT, schema
from flowrules.runtime.journal.replaying.replay import OLDER, replay
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from tests.journal_schema import KINDS, faults

KEPT = sorted((Path(__file__).parent / "journals").iterdir())
"""A journal of each format, written by the version that had it, which later versions have to read."""


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))


def test_a_journal_of_the_format_of_today_is_kept() -> None:
    assert [path.name for path in KEPT] == ["1", "1-before-checkpoints", "1-before-inputs", str(FORMAT)]


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.name)
async def test_a_journal_of_every_format_is_read_and_gone_on_with(kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    shutil.copytree(kept, folder)
    entries = list(read_journal(folder))
    assert verify(folder) == ()
    calls = [entry.call for entry in entries if entry.kind == "call"]
    assert len(calls) == 2
    for call in calls:
        told = list(story(folder, call))
        assert "hold accepted" in "\n".join(told)
        assert "the call is over" in told[-1]
    played = list(replay(folder))
    assert [one.call for one in played] == calls
    assert all(one.why_not == OLDER if "before" in kept.name else one.equal > 15 for one in played)
    journal = Journal(Settings(journal=folder, journal_fsync="never"), SystemClock())
    await journal.aclose()
    assert verify(folder) == ()
    assert sum(1 for _ in read_journal(folder)) == len(entries) + 2
    if kept.name == str(FORMAT):
        assert faults(folder) == []


def written(folder: Path, line: dict[str, Any]) -> Path:
    folder.mkdir()
    (folder / "journal.jsonl").write_text(json.dumps(line) + "\n")
    return folder


@pytest.mark.not_replayed
@pytest.mark.parametrize("kind", ["journal", "checkpoint"])
def test_what_a_newer_version_wrote_is_not_misread(tmp_path: Path, kind: str) -> None:
    line = {"seq": 1, "prev": "", "at": "2031-01-01T00:00:00.000+00:00", "kind": kind, "format": FORMAT + 1}
    folder = written(tmp_path / "journal", {**line, "calls": {}, "intents": []})
    for read in (verify, lambda folder: list(read_journal(folder)), lambda folder: list(replay(folder))):
        with pytest.raises(JournalError, match="newer version"):
            read(folder)
    with pytest.raises(JournalError, match="newer version"):
        Journal(Settings(journal=folder), SystemClock())


async def test_every_kind_of_line_fits_the_schema(tmp_path: Path) -> None:
    """One journal with all of them but those of an erasure."""
    rules = "on intent=x hold then unhold\non intent=bye hangup\n"
    live, other = RuleBook.from_text(rules), RuleBook.from_text('on intent=x log "other"\n')
    folder = tmp_path / "journal"
    settings = Settings(mode=Mode.DRY_RUN, journal=folder, journal_fsync="never", journal_max_bytes=4096)
    async with Engine(live, settings=settings, candidate=other) as engine:
        for number in range(3):
            call = engine.call(f"c{number}")
            for _ in range(40):
                call.bot_speaking()
                call.bot_finished()
            call.frame("no JSON")
            await call.event(intent="x", note="\ud83d")
            await call.event(intent="bye")
            await call.close()
        engine.put_on_record(
            "rollout",
            number=1,
            step="live",
            made="2026-01-05T10:00:00.000+00:00",
            digest="",
            revision="",
            share=0.0,
            author="ana",
            reason="",
        )
    kinds = {entry.kind for entry in read_journal(folder)}
    assert faults(folder) == []
    assert set(KINDS) - kinds == {"erased", "sending", "receipt"}
