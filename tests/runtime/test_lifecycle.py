"""An engine's life: started once, closed in order whatever fails, cancelled at any moment, forked."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.call.outcome import EventStatus
from flowrules.control.clock import SystemClock
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import JournalError, NotRunning
from flowrules.runtime.journal import Journal, read_journal, verify
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.sandbox import Fault, Sandbox

RULES = "on intent=go hold\non call_ended set_disposition done\n"


def token(number: int) -> SecretStr:
    return SecretStr(f"yt_cb_{number:026d}")


def engine_on(folder: Path, **changes: Any) -> Engine:
    wanted: dict[str, Any] = {"journal": folder, "journal_fsync": "never", "watch": False, **changes}
    return Engine(RuleBook.from_text(RULES), settings=Settings(**wanted))


@pytest.mark.parametrize("mode", list(Mode))
async def test_an_engine_that_was_not_started_takes_no_call(mode: Mode) -> None:
    engine = Engine(RuleBook.from_text(RULES), settings=Settings(mode=mode))
    with pytest.raises(NotRunning, match="async with"):
        engine.call("c1", token=token(1))
    with pytest.raises(NotRunning, match="async with"):
        engine.call_from({"type": "metadata", "call_id": "c1"})
    assert any("was not started" in problem for problem in engine.health().problems)
    await engine.aclose()
    with pytest.raises(NotRunning, match="is closed"):
        engine.call("c1", token=token(1))


async def test_it_is_started_once_and_closed_as_often_as_anybody_likes(tmp_path: Path) -> None:
    engine = engine_on(tmp_path, mode="dry_run")
    async with engine:
        with pytest.raises(NotRunning, match="runs already"):
            await engine.__aenter__()
        engine.call("c1")
        await asyncio.gather(engine.aclose(), engine.aclose())
        await engine.aclose()
        with pytest.raises(NotRunning, match="is closed"):
            engine.call("c2")
    async with engine:
        assert engine.health().problems == ()
        engine.call("c1")
    assert [entry.kind for entry in read_journal(tmp_path)].count("ended") == 2
    assert verify(tmp_path) == ()


async def test_two_engines_on_one_folder_are_told_apart_in_words(tmp_path: Path) -> None:
    async with engine_on(tmp_path, mode="dry_run"):
        with pytest.raises(JournalError, match=r"another engine writes the journal .* a folder of its own"):
            async with engine_on(tmp_path, mode="dry_run"):
                pass
    async with engine_on(tmp_path, mode="dry_run"):
        pass


@pytest.mark.parametrize("turns", range(12))
async def test_a_start_that_is_cancelled_lets_the_folder_go(tmp_path: Path, turns: int) -> None:
    starting = asyncio.ensure_future(engine_on(tmp_path, mode="dry_run").__aenter__())
    for _ in range(turns):
        await asyncio.sleep(0.001)
    starting.cancel()
    ends = await asyncio.gather(starting, return_exceptions=True)
    if isinstance(ends[0], Engine):  # It was faster.
        await ends[0].aclose()
    async with engine_on(tmp_path, mode="dry_run") as engine:
        assert engine.health().problems == ()


async def test_one_that_is_closed_while_it_starts_is_closed_when_it_has(tmp_path: Path) -> None:
    engine = engine_on(tmp_path, mode="dry_run")
    starting = asyncio.ensure_future(engine.__aenter__())
    await asyncio.sleep(0)
    await engine.aclose()
    assert starting.done()
    with pytest.raises(NotRunning, match="is closed"):
        engine.call("c1")
    await Journal(Settings(journal=tmp_path), SystemClock()).aclose()


async def test_a_start_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="https"):
        await engine_on(tmp_path, base_url="http://control.example.com").__aenter__()
    rules = tmp_path / "a.rules"
    rules.write_text(RULES)
    engine = engine_on(tmp_path / "j", mode="dry_run")
    engine.rules.subscribe = None  # type: ignore[assignment,method-assign]
    with pytest.raises(TypeError):
        await engine.__aenter__()
    async with engine_on(tmp_path / "j", mode="dry_run"):
        pass


async def test_clean_up_goes_to_its_end_whatever_fails_in_it(sandbox: Sandbox, tmp_path: Path) -> None:
    engine = engine_on(tmp_path, base_url=sandbox.base_url)
    await engine.__aenter__()
    opened = [await sandbox.open_call() for _ in range(3)]
    calls = [engine.call_from(one.metadata) for one in opened]
    control = engine._control

    def breaks() -> None:
        raise RuntimeError("it breaks")

    async def breaks_too(why: str = "") -> Any:
        raise LookupError("so does this")

    engine._changes.end_of_loads = breaks
    calls[1].close = breaks_too  # type: ignore[method-assign]
    with pytest.raises(ExceptionGroup) as caught:
        await engine.aclose()
    assert caught.value.subgroup(RuntimeError) is not None
    assert caught.value.subgroup(LookupError) is not None
    assert [sandbox.acted(one.call_id) for one in opened] == [["set_disposition"], [], ["set_disposition"]]
    assert control is not None
    assert engine._control is None
    await Journal(Settings(journal=tmp_path), SystemClock()).aclose()
    assert engine.calls == {}


@pytest.mark.parametrize("busy", [0, 1, 4])
async def test_who_cancels_all_tasks_loses_no_end_of_a_call(
    sandbox: Sandbox, tmp_path: Path, eventually: Any, busy: int
) -> None:
    sandbox.add_faults(*(Fault(kind="slow", verb="hold", seconds=20) for _ in range(busy)))
    opened = [await sandbox.open_call() for _ in range(8)]
    before = asyncio.all_tasks()
    live = asyncio.Event()

    async def program() -> None:
        async with engine_on(tmp_path, base_url=sandbox.base_url) as engine:
            calls = [engine.call_from(one.metadata) for one in opened]
            for call in calls[:busy]:
                call.post(intent="go")
            await eventually(lambda: sum(len(sandbox.ledger(one.call_id)) for one in opened) == busy)
            live.set()
            await asyncio.Event().wait()

    running = asyncio.create_task(program())
    await live.wait()
    mine = asyncio.current_task()
    for task in asyncio.all_tasks() - before - {mine}:
        if "uvicorn" not in repr(task.get_coro()):
            task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ["set_disposition" in sandbox.acted(one.call_id) for one in opened] == [True] * 8
    entries = list(read_journal(tmp_path))
    assert sum(entry.kind == "ended" for entry in entries) == 8
    receipts = [
        entry.fields["status"]
        for entry in entries
        if entry.kind == "receipt" and entry.fields["verb"] == "hold"
    ]
    assert receipts == ["unknown"] * busy
    assert verify(tmp_path) == ()


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # anyio's, of a task not begun.
@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_a_close_that_is_cancelled_in_its_course_goes_to_its_end(
    sandbox: Sandbox, tmp_path: Path, turns: int
) -> None:
    """Everything of it is cancelled at once, at one moment after the other; what it had on the wire may be lost."""
    opened = [await sandbox.open_call() for _ in range(4)]
    before = asyncio.all_tasks()
    engine = engine_on(tmp_path, base_url=sandbox.base_url)
    await engine.__aenter__()
    for one in opened:
        engine.call_from(one.metadata)
    closing = asyncio.create_task(engine.aclose())
    for _ in range(turns):
        await asyncio.sleep(0)
    done = closing.done()
    for task in asyncio.all_tasks() - before - {asyncio.current_task()}:
        if "uvicorn" not in repr(task.get_coro()):
            task.cancel()
    if turns == 0:  # It had not even begun.
        with pytest.raises(asyncio.CancelledError):
            await closing
        await engine.aclose()
    elif not done:
        with pytest.raises(asyncio.CancelledError):
            await closing
    entries = list(read_journal(tmp_path))
    assert sum(entry.kind == "ended" for entry in entries) == 4
    receipts = [entry for entry in entries if entry.kind == "receipt"]
    assert len(receipts) == 4
    assert {entry.fields["status"] for entry in receipts} <= {"accepted", "unknown"}
    assert verify(tmp_path) == ()
    await Journal(Settings(journal=tmp_path), SystemClock()).aclose()


async def test_a_second_cancellation_waits_for_nobody(
    sandbox: Sandbox, tmp_path: Path, eventually: Any
) -> None:
    sandbox.add_faults(Fault(kind="slow", verb="set_disposition", seconds=60))
    opened = await sandbox.open_call()
    engine = engine_on(tmp_path, base_url=sandbox.base_url, read_timeout=60, request_timeout=60)
    await engine.__aenter__()
    engine.call_from(opened.metadata)
    closing = asyncio.create_task(engine.aclose())
    await eventually(lambda: sandbox.ledger(opened.call_id))
    closing.cancel()
    await asyncio.sleep(0.05)
    assert not closing.done()
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(closing, 45)
    # The folder is free again.
    await Journal(Settings(journal=tmp_path), SystemClock()).aclose()


async def test_a_worker_that_is_cancelled_leaves_its_call_able_to_go_on(
    sandbox: Sandbox, tmp_path: Path, eventually: Any
) -> None:
    sandbox.add_faults(Fault(kind="slow", verb="hold", seconds=20))
    opened = await sandbox.open_call()
    async with engine_on(tmp_path, base_url=sandbox.base_url) as engine:
        call = engine.call_from(opened.metadata)
        first = call.post(intent="go")
        await eventually(lambda: sandbox.ledger(opened.call_id))
        workers = [task for task in asyncio.all_tasks() if task.get_name() == f"call {call.call_id}"]
        assert len(workers) == 1
        workers[0].cancel()
        outcome = await asyncio.wait_for(first, 45)
        assert outcome.status is EventStatus.ENDED
        assert [str(step) for step in outcome.steps] == ["hold unknown because timeout", "unhold dropped"]
        # One that never began is no worker that is busy for ever.
        second = call.post(intent="go")
        [task.cancel() for task in asyncio.all_tasks() if task.get_name() == f"call {call.call_id}"]
        assert (await asyncio.wait_for(second, 45)).status is EventStatus.ENDED
        third = await asyncio.wait_for(call.event(intent="go"), 45)
        assert [str(step) for step in third.steps] == ["hold accepted"]


def _hold_on(seconds: float) -> None:
    signal.alarm(int(seconds))
    signal.pause()


async def test_a_forked_child_keeps_no_folder_and_writes_no_line(tmp_path: Path) -> None:
    """Of the host's: a pool of processes that was forked while the engine ran, say."""
    engine = engine_on(tmp_path, mode="dry_run")
    await engine.__aenter__()
    call = engine.call("c1")
    child = multiprocessing.get_context("fork").Process(target=_hold_on, args=(60,), daemon=True)
    child.start()
    # The parent goes on as the only one that writes.
    await call.event(intent="go")
    with pytest.raises(JournalError, match="another engine"):
        Journal(Settings(journal=tmp_path), SystemClock())
    await engine.aclose()
    async with engine_on(tmp_path, mode="dry_run"):
        pass
    child.terminate()
    child.join()
    assert verify(tmp_path) == ()


FORKS_AND_DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from flowrules.control.clock import SystemClock
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal import Journal
from flowrules.runtime.settings import Settings

async def main():
    journal = Journal(Settings(journal=Path(sys.argv[1])), SystemClock())
    await journal.commit("note", message="the parent's")
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            asyncio.events._set_running_loop(None)
            asyncio.run(write(journal))
        finally:
            sys.stdout.flush()
            signal.pause()
    os.write(1, f"{child}\\n".encode())
    await asyncio.sleep(60)

async def write(journal):
    try:
        await journal.commit("note", message="the child's")
        print("written", flush=True)
    except JournalError as error:
        os.write(1, b"refused\\n")
    await journal.aclose()

asyncio.run(main())
"""


async def reopened(folder: Path) -> None:
    await Journal(Settings(journal=folder), SystemClock()).aclose()


def test_a_child_can_not_write_and_does_not_outlive_its_parents_lock(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", FORKS_AND_DIES, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process, process.stdout as told:
        words = {told.readline().strip() for _ in range(2)}
        process.kill()
    (child,) = (int(word) for word in words if word.isdigit())
    assert words == {str(child), "refused"}
    try:
        # The child lives, and holds nothing.
        os.kill(child, 0)
        asyncio.run(reopened(tmp_path))
    finally:
        os.kill(child, signal.SIGKILL)
    messages = [entry.fields["message"] for entry in read_journal(tmp_path) if entry.kind == "note"]
    assert messages == ["the parent's"]
    assert verify(tmp_path) == ()


async def test_draining_takes_no_new_calls_and_waits_for_the_old(tmp_path: Path) -> None:
    async with engine_on(tmp_path, mode="dry_run") as engine:
        call = engine.call("c1")
        assert not await engine.drain(0)
        with pytest.raises(NotRunning, match="shutting down"):
            engine.call("c2")
        assert any("shutting down" in problem for problem in engine.health().problems)
        draining = asyncio.ensure_future(engine.drain(60))
        await call.event(intent="go")
        assert not draining.done()
        await call.close()
        assert await draining
