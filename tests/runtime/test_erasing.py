"""Callers are erased, old files are forgotten: on real files, beside a live engine, and killed in the middle."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flowrules.control.clock import ManualClock
from flowrules.engine.event import Source
from flowrules.reporting import report
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal import Journal, read_journal, verify
from flowrules.runtime.journal.exporting import kept_of
from flowrules.runtime.journal.reader import closed_files
from flowrules.runtime.journal.replaying.replay import replay
from flowrules.runtime.journal.retention.callers import Caller, Found, calls_of
from flowrules.runtime.journal.retention.erasures import LOG, pending
from flowrules.runtime.journal.retention.keeping import Erased, erase, retain
from flowrules.runtime.journal.writing.lock import FolderLock
from flowrules.runtime.journal.writing.requests import REQUEST
from flowrules.runtime.settings import Settings
from tests.journal_schema import faults

RULES = """rule "Sales"
  on intent=sales when lead.vip is yes
  wait 1 second
  transfer queue sales
end
on said contains "refund" log "{said}"
on intent=x hold then unhold
"""
NUMBERS = ("+919812345678", "+14155550123")


def find(folder: Path, who: str, *facts: str, key: bytes | None = None, now: datetime | None = None) -> Any:
    return lambda: calls_of(folder, Caller(who, facts, key), (), now or datetime.now(UTC))


def everything(folder: Path) -> str:
    return "\n".join(f"{path.name}\n{path.read_text()}" for path in sorted(folder.iterdir()))


async def play(seat: Any, folder: Path, number: str, **changes: Any) -> Any:
    """A call of somebody, over."""
    lead = {"name": f"Lead {number[-2:]}", "phone": number}
    table = await seat(RULES, open_call={"lead": lead}, journal=folder, **changes)
    await table.call.event(intent="x", event_id=f"event of {number[-4:]}", phone=number)
    await table.call.event(said="I want a refund", source=Source.CALLER)
    await table.call.event(intent="sales")
    await table.call.close()
    await table.engine.aclose()
    return table


async def test_a_caller_is_gone_and_the_journal_is_whole(seat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    first, second = [await play(seat, folder, number) for number in NUMBERS]
    before, entries = report(folder), sum(1 for _ in read_journal(folder))
    kept = list(kept_of(folder, [first.call.call_id]))
    assert {entry["kind"] for entry in kept} >= {
        "call",
        "decided",
        "sending",
        "receipt",
        "checkpoint",
        "ended",
    }
    done = erase(folder, find(folder, "+91 98123 45678"), datetime.now(UTC))
    assert done == Erased(calls=1, lines=len(kept), open=0, later=0)
    left = everything(folder)
    for word in (NUMBERS[0], NUMBERS[0][3:], first.call.call_id, "event of 5678", "Lead 78"):
        assert word not in left, word
    assert NUMBERS[1] in left
    assert list(kept_of(folder, [first.call.call_id])) == []
    assert verify(folder) == ()
    assert faults(folder) == []
    after = report(folder)
    assert (after.totals, after.verbs, after.waits, after.known) == (
        before.totals,
        before.verbs,
        before.waits,
        before.known,
    )
    assert after.unknown_facts == before.unknown_facts
    assert after.erased == len(kept)
    assert [one.call for one in replay(folder)] == [second.call.call_id]
    assert all(one.is_equal for one in replay(folder))
    # A process goes on with it, and what is erased does not come back.
    await play(seat, folder, "+81312345678")
    assert verify(folder) == ()
    assert first.call.call_id not in everything(folder)
    assert sum(1 for _ in read_journal(folder)) > entries
    again = erase(folder, find(folder, NUMBERS[1]), datetime.now(UTC))
    assert again.calls == 1
    assert verify(folder) == ()
    assert erase(folder, find(folder, NUMBERS[1]), datetime.now(UTC)) == Erased(0, 0, 0, 0)


async def test_a_caller_whose_facts_are_masked_is_found(seat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    table = await play(seat, folder, NUMBERS[0], mask=("lead.phone", "caller.number", "phone"))
    assert NUMBERS[0] not in everything(folder)
    key = (folder / "journal.key").read_bytes()
    assert find(folder, NUMBERS[0])().over == frozenset()
    assert find(folder, NUMBERS[0], key=key)().over == {table.call.call_id}
    assert find(folder, NUMBERS[0], "lead.phone", key=key)().over == {table.call.call_id}
    assert find(folder, "Lead 78", "lead.phone", key=key)().over == frozenset()


async def test_what_was_tampered_with_is_found(seat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    await play(seat, folder, NUMBERS[0])
    (folder / "copy").mkdir()
    whole = (folder / "journal.jsonl").read_bytes()
    erase(folder, find(folder, NUMBERS[0]), datetime.now(UTC))
    (path,) = closed_files(folder)
    erased, log = path.read_bytes(), (folder / LOG).read_bytes()

    def problems() -> set[str]:
        return {problem.message for problem in verify(folder)}

    path.write_bytes(erased.replace(b'"verb":"hold"', b'"verb":"mute"', 1))
    assert "this line was erased, and changed since" in problems()
    path.write_bytes(whole)
    assert f"this line was erased, says {LOG}, and stands here" in problems()
    path.write_bytes(erased)
    assert problems() == set()
    (folder / LOG).unlink()
    assert f"this line was erased, and {LOG} does not say so" in problems()
    (folder / LOG).write_bytes(log.replace(b'"prev":""', b'"prev":"0"'))
    assert "the line before this one was changed, or this one" in problems()
    (folder / LOG).write_bytes(log)


async def test_a_caller_is_erased_while_an_engine_writes(seat: Any, tmp_path: Path, eventually: Any) -> None:
    """Its file is closed, the live call goes on, and nothing that it writes is lost."""
    folder = tmp_path / "journal"
    gone = await play(seat, folder, NUMBERS[0])
    table = await seat(RULES, open_call={"lead": {"phone": NUMBERS[1]}}, journal=folder)
    ended = table.engine.call("ended", facts={"lead": {"phone": NUMBERS[0]}})
    await ended.event(intent="nothing", event_id="its event")
    await ended.close()
    # What sends nothing is written by another thread, a moment later.
    await eventually(lambda: len(find(folder, NUMBERS[0])().over) == 2)
    stopped = asyncio.Event()

    async def go_on() -> int:
        count = 0
        while not stopped.is_set():
            await table.call.event(intent="x", event_id=f"n{count}")
            count += 1
        return count

    going = asyncio.create_task(go_on())
    done = await asyncio.to_thread(erase, folder, find(folder, NUMBERS[0]), datetime.now(UTC))
    refused = await asyncio.to_thread(erase, folder, find(folder, NUMBERS[1]), datetime.now(UTC))
    stopped.set()
    count = await going
    assert (done.calls, done.open, done.later) == (2, 0, 0)
    assert (refused.calls, refused.lines, refused.open) == (0, 0, 1)
    assert not (folder / REQUEST).exists()
    await table.call.close()
    await table.engine.aclose()
    left = everything(folder)
    for word in (gone.call.call_id, NUMBERS[0], '"ended"', "its event"):
        assert word not in left.replace('"kind":"ended"', "").replace('"status":"ended"', "").replace(
            '"ended":true', ""
        ), word
    assert verify(folder) == ()
    assert faults(folder) == []
    decided = [
        entry
        for entry in read_journal(folder)
        if entry.kind == "decided" and entry.call == table.call.call_id
    ]
    assert {f"n{number}" for number in range(count)} <= {entry.event for entry in decided}


async def test_an_idle_engine_begins_a_new_file_when_it_is_asked(seat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    table = await seat(RULES)
    await table.call.close()
    done = await asyncio.to_thread(
        erase, folder, lambda: Found(frozenset({table.call.call_id}), frozenset()), datetime.now(UTC)
    )
    assert done.lines > 0
    assert len(closed_files(folder)) == 1
    await table.engine.aclose()
    assert verify(folder) == ()
    assert table.call.call_id not in everything(folder)


async def test_an_engine_that_does_not_answer_changes_nothing(seat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    await play(seat, folder, NUMBERS[0])
    before = everything(folder)
    lock = FolderLock(folder)
    lock.acquire()
    try:
        with pytest.raises(JournalError, match="did not begin a new file"):
            erase(folder, find(folder, NUMBERS[0]), datetime.now(UTC), patience=0.05)
    finally:
        lock.release()
    assert everything(folder).replace("journal.keeping\n\n", "") == before


async def journal_of(folder: Path, days: int, clock: ManualClock) -> None:
    """A journal of several days, a file each, with a call each day whose caller is always the same."""
    journal = Journal(Settings(journal=folder, journal_fsync="never", journal_keep_days=None), clock)
    for day in range(days):
        of = {"call": f"call-{day}", "session": clock.now().isoformat()}
        journal.note("call", **of, mode="live", revision="r", facts={"lead.phone": NUMBERS[0]})
        for number in range(20):
            step = {**of, "event": f"e{number}", "rule": "r", "path": "1", "verb": "hold", "key": None}
            journal.note("sending", **step, body={"secret": NUMBERS[0]})
            journal.note(
                "receipt",
                **step,
                status="accepted",
                reason=None,
                attempts=1,
                may_have_acted=False,
                message=None,
            )
        journal.note("ended", **of, why="over")
        await journal.commit("note", message="another day")
        await clock.advance(86_500)
        await journal.commit("note", message="morning")
        moment = clock.now().timestamp()
        for path in closed_files(folder)[-1:]:
            os.utime(path, (moment, moment))
    await journal.aclose()


KILLED = """
import os, random, shutil, signal, sys, time
from datetime import UTC, datetime
from pathlib import Path
from flowrules.runtime.journal.retention.callers import Caller, calls_of
from flowrules.runtime.journal.retention import keeping

source, root, what, times = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
NOW = datetime.fromisoformat(sys.argv[5])

def work(folder):
    if what == "erase":
        keeping.erase(folder, lambda: calls_of(folder, Caller("+919812345678"), (), NOW), NOW)
    else:
        keeping.retain(folder, 3, NOW)

whole, first = root / "whole", root / "first"
for folder in (first, whole):
    shutil.copytree(source, folder)
work(first)  # What is imported with the first run takes longer than all that the children do.

def in_a_child(folder):
    child = os.fork()
    if not child:
        work(folder)
        os._exit(0)
    return child

began = time.monotonic()
os.waitpid(in_a_child(whole), 0)
took = time.monotonic() - began
for number in range(times):
    folder = root / str(number)
    shutil.copytree(source, folder)
    child = in_a_child(folder)
    time.sleep(random.random() * took * 1.2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@pytest.mark.not_replayed
@pytest.mark.parametrize("what", ["erase", "retain"])
async def test_kill_9_in_the_middle_leaves_old_files_or_new_ones(tmp_path: Path, what: str) -> None:
    clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    source, root = tmp_path / "source", tmp_path / "killed"
    await journal_of(source, 6, clock)
    root.mkdir()
    when = clock.now() + timedelta(days=1)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(source), str(root), what, "15", when.isoformat(),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, stderr=subprocess.PIPE,
    )  # fmt: skip
    _, said = await child.communicate()
    assert child.returncode == 0, said

    def files(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in closed_files(folder)}

    old, new = files(source), files(root / "whole")
    assert verify(root / "whole") == ()
    assert new != old
    states = set()
    for number in range(15):
        folder = root / str(number)
        found = files(folder)
        current = {path.name for path in folder.glob("journal.jsonl")}
        assert len(found) + len(current) >= len(new)
        for name, data in found.items():
            assert data in (old.get(name), new.get(name), (source / "journal.jsonl").read_bytes()), name
        cut_short = "an erasure was cut short: the next one finishes it"
        assert {problem.message for problem in verify(folder)} <= {cut_short}
        states.add((len(pending(folder)), (folder / LOG).exists(), found == new))
        # Whoever runs it again gets what one that was not killed leaves.
        if what == "erase":
            erase(folder, find(folder, NUMBERS[0], now=when), when)
        else:
            retain(folder, 3, when)
        assert files(folder) == new
        assert pending(folder) == []
        assert verify(folder) == ()
    assert len(states) > 1, "some were killed in the middle"


@pytest.mark.not_replayed
async def test_old_files_are_forgotten_and_the_rest_is_whole(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    await journal_of(tmp_path, 6, clock)
    before = list(read_journal(tmp_path))
    files, size = retain(tmp_path, 3, clock.now())
    after = list(read_journal(tmp_path))
    oldest = (clock.now() - timedelta(days=3)).isoformat()
    assert files > 1
    assert size > 5_000
    assert after == before[-len(after) :]
    assert after[-1].at > oldest
    assert {entry.call for entry in before if entry.at < oldest} - {entry.call for entry in after} >= {
        "call-0",
        "call-1",
    }
    assert verify(tmp_path) == ()
    assert retain(tmp_path, 3, clock.now()) == (0, 0)
    # All of it is old one day: even the file that was written last goes, and a journal begins anew.
    erase(tmp_path, lambda: Found(frozenset({"call-5"}), frozenset()), clock.now())
    retain(tmp_path, 1, clock.now() + timedelta(days=9))
    assert list(read_journal(tmp_path)) == []
    await journal_of(tmp_path, 1, clock)
    assert next(read_journal(tmp_path)).seq == 1
    assert verify(tmp_path) == ()


@pytest.mark.not_replayed
async def test_an_engine_that_writes_is_asked_to_close_what_is_old(tmp_path: Path) -> None:
    clock = ManualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))
    journal = Journal(Settings(journal=tmp_path, journal_fsync="never", journal_keep_days=None), clock)
    await journal.commit("note", message="old")
    later = clock.now() + timedelta(days=5)
    files, _ = await asyncio.to_thread(retain, tmp_path, 3, later)
    assert files == 1
    await journal.commit("note", message="new")
    await journal.aclose()
    assert [entry.fields["message"] for entry in read_journal(tmp_path) if entry.kind == "note"] == ["new"]
    assert verify(tmp_path) == ()


def test_a_number_is_the_same_however_it_is_written() -> None:
    caller = Caller("+91 (98123) 456-78")
    for written in (
        "+919812345678",
        "919812345678",
        "00919812345678",
        919812345678,
        ["x", "+91 98123 45678"],
    ):
        assert caller.is_in({"lead.phone": written}), written
    for facts in (
        {"lead.phone": "+91981234567"},
        {"note": "+919812345678"},
        {"lead.phone": None},
        {"lead.id": "9"},
    ):
        assert not caller.is_in(facts), facts
    assert Caller("Asha").is_in({"lead.name": "ASHA"})
    assert Caller("x", ["Note"]).is_in({"note": "x"})


async def test_what_is_kept_of_a_caller_is_exported(seat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    tables = [await play(seat, folder, number) for number in NUMBERS]
    for table in tables:
        kept = list(kept_of(folder, [table.call.call_id]))
        own = [entry for entry in read_journal(folder) if entry.call == table.call.call_id]
        assert [one for one in kept if one.get("call")] == [dict(entry.fields) for entry in own]
        others = json.dumps(kept)
        assert not any(other.call.call_id in others for other in tables if other is not table)
