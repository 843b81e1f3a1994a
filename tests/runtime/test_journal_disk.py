"""The journal's disk: a full one, a busy one, a process that dies at the worst moment, files that grow old."""

import asyncio
import json
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flowrules.control.clock import SystemClock, WoundClock
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal import Journal, read_journal, verify
from flowrules.runtime.journal.reader import CURRENT, journal_files
from flowrules.runtime.settings import Settings

STEP = {"call": "c1", "session": "s", "event": "m1", "rule": "r", "path": "1", "verb": "transfer", "key": "k"}


def settings(folder: Path, **changes: Any) -> Settings:
    return Settings(journal=folder, **{"journal_fsync": "never", **changes})


async def test_a_journal_that_never_rests_is_synced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = threading.Event()
    monkeypatch.setattr(os, "fdatasync", lambda file: synced.set())
    journal = Journal(settings(tmp_path, journal_fsync="interval"), SystemClock())
    async with asyncio.timeout(30):
        while not synced.is_set():
            journal.note("note", message="x")
            await asyncio.sleep(0.002)
    await journal.aclose()


async def test_a_disk_that_was_full_for_long_is_written_to_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowrules.runtime.journal.disk._MAX_BACKLOG", 10_000)
    journal = Journal(settings(tmp_path), SystemClock())
    await journal.commit("note", message="before")
    disk = journal._disk
    real, full = disk._file, os.open("/dev/full", os.O_WRONLY)
    disk._file = full
    for _ in range(20):
        for _ in range(20):
            journal.note("note", message="x" * 100)
        with pytest.raises(JournalError, match="No space left"):
            await journal.commit("note", message="it can't")
        assert len(disk._backlog) <= 10_000
    disk._file = real
    os.close(full)
    await journal.commit("note", message="after")
    assert journal.problem == ""
    await journal.aclose()
    entries = list(read_journal(tmp_path))
    assert entries[-1].fields["message"] == "after"
    # What found no room is missing, and the reader says where; what came first was kept.
    (gap,) = verify(tmp_path)
    assert "follows line" in gap.message
    assert [entry.seq for entry in entries[:-1]] == list(range(1, len(entries)))


async def test_a_second_death_before_the_first_was_settled_loses_no_intent(tmp_path: Path) -> None:
    journal = Journal(settings(tmp_path), SystemClock())
    journal.note("decided", **{name: STEP[name] for name in ("call", "session", "event")})
    journal.note("sending", **STEP, body={})
    await journal.aclose()
    await Journal(settings(tmp_path), SystemClock()).aclose()
    # That process was killed right after its first line.
    path = tmp_path / CURRENT
    kept, _, _ = path.read_bytes().partition(b'{"seq":5')
    path.write_bytes(kept)
    assert [json.loads(line)["kind"] for line in kept.splitlines()][-1] == "journal"

    third = Journal(settings(tmp_path), SystemClock())
    assert third.left["c1"].unknown_ending
    await third.aclose()
    assert verify(tmp_path) == ()
    receipts = [entry for entry in read_journal(tmp_path) if entry.kind == "receipt"]
    assert [(entry.step, entry.fields["status"]) for entry in receipts] == [
        (("c1", "s", "m1", "r", "1"), "unknown")
    ]
    await Journal(settings(tmp_path), SystemClock()).aclose()
    assert len([entry for entry in read_journal(tmp_path) if entry.kind == "receipt"]) == 1


async def test_half_a_key_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "journal.key").write_bytes(b"")
    journal = Journal(settings(tmp_path), SystemClock())
    digest = journal.masker.digest("4111")
    await journal.aclose()
    assert len((tmp_path / "journal.key").read_bytes()) == 64
    again = Journal(settings(tmp_path), SystemClock())
    assert again.masker.digest("4111") == digest
    await again.aclose()
    assert sorted(os.listdir(tmp_path)) == [CURRENT, "journal.key", "journal.lock"]


async def test_a_quiet_host_forgets_too(tmp_path: Path) -> None:
    """However little is written, a file is closed after a day, and deleted when it is too old."""
    clock = WoundClock(datetime.now(UTC))
    journal = Journal(settings(tmp_path, journal_keep_days=2), clock)
    await journal.commit("note", message="first")
    await clock.advance(25 * 3600)
    await journal.commit("note", message="second")
    await journal.commit("note", message="third")
    assert len(journal_files(tmp_path)) == 2
    await journal.aclose()

    for path in journal_files(tmp_path):
        old = (datetime.now(UTC) - timedelta(days=3)).timestamp()
        os.utime(path, (old, old))
    last = Journal(settings(tmp_path, journal_keep_days=2), SystemClock())
    await last.aclose()
    assert not any(entry.fields.get("message") == "first" for entry in read_journal(tmp_path))
    assert verify(tmp_path) == ()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b'{"seq":"x"}',
        b'{"seq":1,"prev":"","at":"","kind":"journal"}',
        b'{"seq":1,"prev":"","at":"","kind":"journal","calls":[]}',
        b'{"seq":1,"prev":"","at":"","kind":"journal","calls":{"c":7}}',
        b'{"seq":1,"prev":"","at":"","kind":"journal","calls":{"c":{"at":1,"decided":2,"unknown_ending":3}}}',
        b'{"seq":1,"prev":"","at":"","kind":"journal","intents":[7]}',
        b'{"seq":1,"prev":"","at":"","kind":"decided","event":7,"call":[]}',
        b'{"seq":1,"prev":"","at":"","kind":"sending"}',
        b'{"seq":1,"prev":"","at":"","kind":"receipt","status":{}}',
        b"\xff\xfe" + b"[" * 5_000,
        b'{"seq":1e400}',
    ],
)
async def test_whatever_stands_in_the_file_is_read_or_refused_in_words(tmp_path: Path, line: bytes) -> None:
    (tmp_path / CURRENT).write_bytes(line + b"\n")
    verify(tmp_path)
    try:
        await Journal(settings(tmp_path), SystemClock()).aclose()
    except JournalError as error:
        assert "journal" in str(error)  # noqa: PT017
