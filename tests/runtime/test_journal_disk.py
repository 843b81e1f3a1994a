"""The journal's disk: a full one, a busy one, a process that dies at the worst moment, files that grow old."""

import asyncio
import contextlib
import errno
import json
import os
import resource
import shutil
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flowrules.control.clock import ManualClock, SystemClock
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal import Journal, read_journal, recovery, verify
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
    async with asyncio.timeout(45):
        while not synced.is_set():
            journal.note("note", message="x")
            await asyncio.sleep(0.002)
    await journal.aclose()


async def test_a_disk_that_was_full_for_long_is_written_to_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_room: Any
) -> None:
    monkeypatch.setattr("flowrules.runtime.journal.writing.disk._MAX_BACKLOG", 10_000)
    journal = Journal(settings(tmp_path), SystemClock())
    await journal.commit("note", message="before")
    with no_room(tmp_path / CURRENT):
        for _ in range(20):
            for _ in range(20):
                journal.note("note", message="x" * 100)
            with pytest.raises(JournalError, match="File too large"):
                await journal.commit("note", message="it can't")
            assert len(journal._disk._backlog) <= 10_000
    await journal.commit("note", message="after")
    assert journal.problem == ""
    entries = list(read_journal(tmp_path))
    await journal.aclose()
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
    kept, _, _ = path.read_bytes().partition(b'{"seq":6')
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
    clock = ManualClock(datetime.now(UTC))
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


class Crowd:
    """As many files as this process may have open, so that it can open no other one."""

    def __enter__(self) -> None:
        self._usual = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._files = [os.open(os.devnull, os.O_RDONLY)]
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 1, self._usual[1])
        )
        with contextlib.suppress(OSError):
            while True:
                self._files.append(os.open(os.devnull, os.O_RDONLY))

    def __exit__(self, *_: object) -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, self._usual)
        for file in self._files:
            os.close(file)


async def test_without_a_descriptor_for_the_next_file_the_old_one_goes_on(tmp_path: Path) -> None:
    """No line goes into a descriptor that is somebody else's by now, and none is lost."""
    journal = Journal(settings(tmp_path, journal_max_bytes=4096), SystemClock())
    with Crowd():
        for number in range(20):
            await journal.commit("note", number=number, message="x" * 500)
        assert "a new one begun" in journal.warning
        assert "Too many open files" in journal.warning
    assert journal_files(tmp_path) == [tmp_path / CURRENT]
    await journal.commit("note", number=20)
    assert journal.problem == journal.warning == ""
    assert len(journal_files(tmp_path)) == 2
    await journal.aclose()
    notes = [entry.fields["number"] for entry in read_journal(tmp_path) if entry.kind == "note"]
    assert notes == list(range(21))
    assert verify(tmp_path) == ()


@pytest.mark.parametrize("call", ["rename", "fdatasync", "open", "ftruncate", "fstat"])
async def test_whatever_fails_when_a_file_is_closed_every_line_is_on_record_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """One step after the other fails, as on a disk that is torn off its cable, each for a while."""
    journal = Journal(settings(tmp_path, journal_max_bytes=4096), SystemClock())
    real = getattr(os, call)
    failing = False

    def breaks(*given: Any, **named: Any) -> Any:
        if failing and threading.current_thread().name == "flowrules-journal":
            raise OSError(errno.EIO, "Input/output error")
        return real(*given, **named)

    monkeypatch.setattr(os, call, breaks)
    written = []
    for number in range(60):
        failing = number % 20 in range(3, 12)
        try:
            await journal.commit("note", number=number, message="x" * 500)
            written.append(number)
        except JournalError as error:
            assert "Input/output error" in str(error)  # noqa: PT017
            assert journal.problem
    await journal.commit("note", number=60)
    assert journal.problem == ""
    await journal.aclose()
    notes = [entry.fields["number"] for entry in read_journal(tmp_path) if entry.kind == "note"]
    assert set(written) <= set(notes)
    assert notes == sorted(set(notes))
    assert len(journal_files(tmp_path)) > 2
    assert verify(tmp_path) == ()


@pytest.mark.parametrize("which", ["rename of the full file", "rename of the next one", "and back"])
async def test_names_that_can_not_be_swapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    journal = Journal(settings(tmp_path, journal_max_bytes=4096), SystemClock())
    real, names = os.rename, []

    def breaks(old: Any, new: Any, **named: Any) -> None:
        names.append((Path(old).name, Path(new).name))
        if len(names) < 8:
            moves_away, comes, back = Path(old).name == CURRENT, Path(old).name == "journal.next", False
            back = not moves_away and not comes
            if (
                (which == "rename of the full file" and moves_away)
                or (which != "rename of the full file" and comes)
                or (which == "and back" and back)
            ):  # fmt: skip
                raise OSError(errno.EACCES, "Permission denied")
        real(old, new, **named)

    monkeypatch.setattr(os, "rename", breaks)
    for number in range(40):
        await journal.commit("note", number=number, message="x" * 500)
    assert journal.problem == ""
    await journal.aclose()
    notes = [entry.fields["number"] for entry in read_journal(tmp_path) if entry.kind == "note"]
    assert notes == list(range(40))
    assert verify(tmp_path) == ()


async def test_where_open_files_can_not_be_renamed_they_are_closed_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowrules.runtime.journal.file._OPEN_FILES_STAY", True)
    journal = Journal(settings(tmp_path, journal_max_bytes=4096), SystemClock())
    for number in range(30):
        await journal.commit("note", number=number, message="x" * 500)
    await journal.aclose()
    assert len(journal_files(tmp_path)) > 3
    notes = [entry.fields["number"] for entry in read_journal(tmp_path) if entry.kind == "note"]
    assert notes == list(range(30))
    assert verify(tmp_path) == ()


@pytest.mark.parametrize("how", ["removed", "moved away", "another file in its place", "cut short"])
async def test_a_journal_that_somebody_took_away_is_begun_anew(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "journal"
    journal = Journal(settings(folder), SystemClock())
    await journal.commit("decided", **{name: STEP[name] for name in ("call", "session", "event")})
    await journal.commit("sending", **STEP, body={})
    key = (folder / "journal.key").read_bytes()
    if how == "removed":
        shutil.rmtree(folder)
    elif how == "moved away":
        folder.rename(tmp_path / "elsewhere")
    elif how == "another file in its place":
        (folder / "fresh").touch()
        (folder / "fresh").replace(folder / CURRENT)
    else:
        os.truncate(folder / CURRENT, 0)
    await journal.commit("note", message="after")
    assert journal.problem == ""
    # It is on record where the journal is looked for; nobody else can take the folder.
    assert [entry.fields["message"] for entry in read_journal(folder) if entry.kind == "note"] == ["after"]
    with pytest.raises(JournalError, match="another engine"):
        Journal(settings(folder), SystemClock())
    assert (folder / "journal.key").read_bytes() == key
    journal.note("receipt", **STEP, status="unknown")
    await journal.aclose()
    assert verify(folder) == ()
    again = Journal(settings(folder), SystemClock())
    # What was open is known all the same.
    assert again.left["c1"].decided == {"m1"}
    assert again.left["c1"].unknown_ending
    await again.aclose()


async def test_a_folder_that_can_not_be_had_again_withholds_until_it_can(tmp_path: Path) -> None:
    folder = tmp_path / "there" / "journal"
    journal = Journal(settings(folder), SystemClock())
    shutil.rmtree(tmp_path / "there")
    (tmp_path / "there").write_text("a file stands in the way")
    with pytest.raises(JournalError, match="could not be written"):
        await journal.commit("note", message="lost")
    assert "no verb is sent" in journal.problem
    (tmp_path / "there").unlink()
    await journal.commit("note", message="after")
    assert journal.problem == ""
    await journal.aclose()
    messages = [entry.fields["message"] for entry in read_journal(folder) if entry.kind == "note"]
    assert messages == ["lost", "after"]


async def test_a_folder_that_another_engine_took_meanwhile_stays_its(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    journal = Journal(settings(folder), SystemClock())
    shutil.rmtree(folder)
    other = Journal(settings(folder), SystemClock())
    with pytest.raises(JournalError, match="another engine writes"):
        await journal.commit("note", message="mine")
    await other.commit("note", message="theirs")
    await other.aclose()
    await journal.commit("note", message="mine at last")
    await journal.aclose()


async def test_a_start_reads_back_to_the_last_checkpoint_and_no_further(tmp_path: Path) -> None:
    live = tmp_path / "live"
    journal = Journal(settings(live, journal_max_bytes=50_000), SystemClock())
    await journal.commit("decided", call="alive", session="s", event="m1")
    await journal.commit("sending", **{**STEP, "call": "alive"}, body={})
    for number in range(400):
        await journal.commit("decided", call=f"c{number}", session="s", event="e" if number % 8 else "#1")
        await journal.commit("note", message="x" * 500)
        journal.note("ended", call=f"c{number}", session="s", why="over")
    # As if the process were killed now.
    await journal.commit("note", message="the last")
    killed = tmp_path / "killed"
    shutil.copytree(live, killed)
    *older, _ = journal_files(killed)
    assert len(older) > 2
    for path in older:  # Nobody looks there any more.
        path.write_bytes(b"no line of ours\n" * 10)
    after = Journal(settings(killed), SystemClock())
    assert after.left["alive"].decided == {"m1"}
    assert after.left["alive"].unknown_ending
    assert {name for name, call in after.left.items() if not call.ended} == {"alive"}
    await after.aclose()
    await journal.aclose()


async def test_much_that_is_written_is_no_more_to_read_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowrules.runtime.journal.writing.writer._CHECKPOINT_EVERY", 50_000)
    journal = Journal(settings(tmp_path), SystemClock())
    for _ in range(1_000):
        await journal.commit("note", message="x" * 500)
    read: list[bytes] = []
    real = recovery._learn
    monkeypatch.setattr(recovery, "_learn", lambda still_open, raw: (read.append(raw), real(still_open, raw)))
    recovery.recover(tmp_path, datetime.now(UTC))
    assert 0 < len(read) < 200
    read.clear()
    await journal.aclose()
    recovery.recover(tmp_path, datetime.now(UTC))
    assert len(read) == 1


WRITER = """
import asyncio, itertools, sys
from pathlib import Path
from flowrules.control.clock import SystemClock
from flowrules.runtime.journal import Journal
from flowrules.runtime.journal.writing import writer
from flowrules.runtime.settings import Settings

writer._CHECKPOINT_EVERY = 500

async def main(folder, first):
    journal = Journal(Settings(journal=folder, journal_fsync="never", journal_max_bytes=4096), SystemClock())
    left = {name: call for name, call in journal.left.items() if not call.ended}
    print("left", *sorted(f"{name}/{event}" for name, call in left.items() for event in call.decided), flush=True)
    for name in left:
        await journal.commit("ended", call=name, session="s", why="over")
    for number in itertools.count(first):
        await journal.commit("decided", call=f"c{number}", session="s", event="m")
        print("decided", f"c{number}", flush=True)
        if number % 4:
            await journal.commit("ended", call=f"c{number}", session="s", why="over")
            print("ended", f"c{number}", flush=True)

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
"""


async def test_kill_9_at_any_moment_of_a_checkpoint_leaves_what_is_open(tmp_path: Path) -> None:
    """Files are closed, and checkpoints written, every few lines; each process is killed in the middle of that."""
    number, surely_open, maybe_open = 0, set[str](), set[str]()
    for kill in range(8):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(tmp_path), str(number), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        first = (await process.stdout.readline()).decode().split()
        assert first[0] == "left"
        left = {name.partition("/")[0] for name in first[1:]}
        assert surely_open <= left <= surely_open | maybe_open
        told = [await process.stdout.readline() for _ in range(60 + 13 * kill)]
        process.kill()
        told += (await process.stdout.read()).splitlines(keepends=True)
        surely_open = set()
        for line in told:
            if line.endswith(b"\n"):
                _, name = line.decode().split()
                number = int(name[1:]) + 1
                surely_open ^= {name}
        await process.wait()
        # What it did between its last words and its death nobody can tell.
        unsure = {f"c{number - 1}", f"c{number}"}
        surely_open -= unsure
        maybe_open = unsure
        number += 1
        assert verify(tmp_path) == ()
    assert len(journal_files(tmp_path)) > 5


async def test_what_is_committed_in_one_turn_of_the_loop_wakes_the_disk_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(settings(tmp_path), SystemClock())
    await journal.commit("note", message="before")
    handed, put = [], journal._disk.put
    monkeypatch.setattr(journal._disk, "put", lambda lines: (handed.append(lines), put(lines)))
    await asyncio.gather(*(journal.commit("note", message=f"{number}") for number in range(10)))
    assert [len(lines.waiting) for lines in handed] == [10]
    said = [entry.fields.get("message") for entry in read_journal(tmp_path)]
    assert said[-10:] == [f"{number}" for number in range(10)]
    await journal.aclose()


async def test_a_commit_of_the_moment_of_the_close_is_on_record(tmp_path: Path) -> None:
    journal = Journal(settings(tmp_path), SystemClock())
    committing = asyncio.create_task(journal.commit("note", message="the last one"))
    await asyncio.sleep(0)
    await journal.aclose()
    await committing
    assert verify(tmp_path) == ()
    assert b"the last one" in (tmp_path / CURRENT).read_bytes()
