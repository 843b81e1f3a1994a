"""The watch goes on: listeners that raise, gates and checks that never end, circles of links, edits that hide."""

import asyncio
import errno
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from flowrules import source
from flowrules.runtime.engine import Engine
from flowrules.runtime.loop import supervision
from flowrules.runtime.loop.supervision import keep_running
from flowrules.runtime.loop.thread_runner import Overdue, ThreadRunner
from flowrules.runtime.rules import preparing
from flowrules.runtime.rules import rulebook as book_of_rules
from flowrules.runtime.rules.reload import watch
from flowrules.runtime.rules.rulebook import LoadStatus, RuleBook
from flowrules.runtime.settings import Mode, Settings

PINNED = 1_700_000_000


def rule(queue: str) -> str:
    return f"on intent=sales transfer queue {queue}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "rules" / "main.rules"
    made.parent.mkdir()
    made.write_text(rule("q0"))
    return made


def shown(book: RuleBook) -> str:
    return "".join(file.source.text for file in book.current.checked.files)


@asynccontextmanager
async def watched(book: RuleBook) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(watch(book))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def save(path: Path, text: str) -> None:
    path.write_text(text)


class Rude(BaseException):
    """What some libraries raise past `except Exception`."""


@pytest.mark.parametrize("raised", [ValueError, RuntimeError, asyncio.CancelledError, Rude, GeneratorExit])
async def test_a_listener_that_raises_ends_nothing(
    path: Path, eventually: Any, raised: type[BaseException]
) -> None:
    told: list[Any] = []

    def listener(*_: object) -> None:
        raise raised("the host's own")

    settings = Settings(mode=Mode.SHADOW, check_apart=False)
    async with Engine(path.parent, settings=settings) as engine:
        engine.rules.subscribe(listener)
        engine.subscribe(listener)
        engine.rules.subscribe(told.append)
        call = engine.call("c1")
        for queue in ("q1", "q2", "q3"):
            save(path, rule(queue))
            await eventually(lambda queue=queue: shown(engine.rules) == rule(queue))
        outcome = await call.event(intent="sales")
        assert [str(step) for step in outcome.steps] == ["transfer withheld"]
        assert [outcome.status for outcome in told] == [LoadStatus.LIVE] * 3
        assert engine.health().counters["listeners_broken"] >= 4
        assert engine.health().problems == ()


async def test_what_watch_tells_may_raise_as_well(path: Path, eventually: Any) -> None:
    book = RuleBook.load(path)

    def loaded(outcome: object) -> None:
        raise asyncio.CancelledError

    task = asyncio.create_task(watch(book, loaded))
    for queue in ("q1", "q2"):
        save(path, rule(queue))
        await eventually(lambda queue=queue: shown(book) == rule(queue))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("raised", [ValueError, RuntimeError, asyncio.CancelledError, Rude])
async def test_a_watch_that_breaks_is_a_problem_and_begins_again(
    path: Path, eventually: Any, raised: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.2)
    breaks = [raised("one"), raised("two")]
    real = RuleBook.reload

    async def reload(book: RuleBook) -> Any:
        if breaks:
            raise breaks.pop()
        return await real(book)

    monkeypatch.setattr(RuleBook, "reload", reload)
    book = RuleBook.load(path)
    async with watched(book) as task:
        await eventually(lambda: book.problems)
        assert "are not seen" in book.problems[0]
        assert raised.__name__ in book.problems[0]
        save(path, rule("q1"))
        await eventually(lambda: shown(book) == rule("q1"))
        await eventually(lambda: not book.problems)
        assert not task.done()


async def test_work_that_only_ends_begins_again_until_it_is_cancelled() -> None:
    runs: list[str] = []

    async def work() -> None:
        runs.append("run")

    task = asyncio.create_task(keep_running("work", work, runs.append))
    await asyncio.sleep(0.05)
    assert runs == ["run", "it came to an end"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("folder", [True, False])
async def test_a_path_that_becomes_a_circle_of_links_is_a_problem_until_it_is_none(
    path: Path, eventually: Any, folder: bool
) -> None:
    place = path.parent if folder else path
    aside = place.with_name("aside")
    book = RuleBook.load(place)
    async with watched(book) as task:
        place.rename(aside)
        place.symlink_to(place.name)
        await eventually(lambda: book.problems)
        assert shown(book) == rule("q0")
        place.unlink()
        aside.rename(place)
        save(path, rule("q1"))
        await eventually(lambda: shown(book) == rule("q1"))
        await eventually(lambda: not book.problems)
        assert not task.done()


@pytest.mark.parametrize("executable", [None, "", "/nowhere/python", "/bin/false"])
async def test_without_a_python_to_start_edits_are_checked_here(
    path: Path, monkeypatch: pytest.MonkeyPatch, executable: str | None
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    book = RuleBook.load(path, apart=True)
    save(path, rule("q1"))
    assert (await book.reload()).status is LoadStatus.LIVE
    save(path, "on intent=sales tranfer queue q\n")
    assert (await book.reload()).status is LoadStatus.REFUSED
    book.close()


async def test_a_program_that_embeds_python_is_not_started_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(subprocess, "Popen", None)
    book = RuleBook.load(path, apart=True)
    save(path, rule("q1"))
    assert (await book.reload()).status is LoadStatus.LIVE


def raising(error: BaseException) -> Callable[[object], str]:
    """A gate that fails from the second time on."""
    asked: list[object] = []

    def gate(rules: object) -> str:
        asked.append(rules)
        if len(asked) > 1:
            raise error
        return ""

    return gate


@pytest.mark.parametrize(
    "error", [ValueError("x"), asyncio.CancelledError("x"), Rude("x"), StopIteration("x"), SystemExit(3)]
)
async def test_a_gate_that_raises_is_an_objection(path: Path, error: BaseException) -> None:
    book = RuleBook.load(path, gate=raising(error))
    save(path, rule("q1"))
    outcome = await book.reload()
    assert outcome.status is LoadStatus.REFUSED
    assert type(error).__name__ in outcome.message
    assert shown(book) == rule("q0")


@pytest.mark.parametrize(("given", "status"), [(None, LoadStatus.LIVE), (True, LoadStatus.REFUSED)])
async def test_a_gate_that_gives_no_text(path: Path, given: Any, status: LoadStatus) -> None:
    answers: list[Any] = ["", given]
    book = RuleBook.load(path, gate=lambda rules: answers.pop(0))
    save(path, rule("q1"))
    assert (await book.reload()).status is status


async def test_a_gate_that_never_ends_is_a_problem_and_the_next_edit_is_live(
    path: Path, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(book_of_rules, "PATIENCE", 0.05)
    hung, let_go = threading.Event(), threading.Event()

    def gate(rules: Any) -> str:
        if "q1" in rules.checked.files[0].source.text:
            hung.set()
            let_go.wait()
        return ""

    switch = sys.getswitchinterval()
    book = RuleBook.load(path, gate=gate, time_limit=0.5)
    async with watched(book):
        save(path, rule("q1"))
        await eventually(hung.is_set)
        await eventually(lambda: any("under way" in problem for problem in book.problems))
        assert gc.isenabled()
        assert sys.getswitchinterval() == switch
        await eventually(lambda: book.last is not None and book.last.status is LoadStatus.REFUSED)
        assert "0.5 seconds" in book.problems[0]
        save(path, rule("q2"))
        await eventually(lambda: shown(book) == rule("q2"))
        assert book.problems == ()
    let_go.set()


async def test_texts_whose_gate_did_not_end_are_tried_again(
    path: Path, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparing, "TRY_AGAIN", 0.1)
    let_go = threading.Event()
    let_go.set()

    def gate(rules: object) -> str:
        let_go.wait()
        return ""

    book = RuleBook.load(path, gate=gate, time_limit=0.3)
    let_go.clear()
    async with watched(book):
        save(path, rule("q1"))
        await eventually(lambda: book.last is not None and book.last.status is LoadStatus.REFUSED)
        let_go.set()
        await eventually(lambda: shown(book) == rule("q1"))


HANGS = """
import asyncio, sys, time
from pathlib import Path
from flowrules import Engine, RuleBook, Settings

armed = []

def gate(rules):
    if armed:
        print("asked", flush=True)
        time.sleep(1000)
    return ""

async def main(path):
    book = RuleBook.load(path, gate=gate)
    armed.append(1)
    async with Engine(book, settings=Settings(mode="shadow")) as engine:
        path.write_text("on intent=sales hangup\\n")
        while book.problems == ():
            await asyncio.sleep(0.02)
        print("problem", flush=True)

asyncio.run(main(Path(sys.argv[1])))
print("ended", flush=True)
"""


def test_a_gate_that_never_ends_keeps_no_process_from_ending(path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", HANGS, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.stdout.split() == ["asked", "problem", "ended"], run.stderr
    assert run.returncode == 0


def process_of(book: RuleBook) -> Any:
    assert book._examiner.checker is not None
    return book._examiner.checker._process


async def test_a_checker_that_hangs_is_started_anew_and_the_edit_is_live(path: Path) -> None:
    book = RuleBook.load(path, apart=True, time_limit=6)
    try:
        save(path, rule("q1"))
        assert (await book.reload()).status is LoadStatus.LIVE
        first = process_of(book)
        os.kill(first.pid, signal.SIGSTOP)
        save(path, rule("q2"))
        assert (await book.reload()).status is LoadStatus.LIVE
        assert first.poll() is not None
        assert process_of(book).poll() is None
    finally:
        book.close()


async def test_the_start_of_a_checker_is_no_part_of_the_time_for_a_check(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine a process waits for a processor before it can read the first rule."""
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.sleep(6)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    book = RuleBook.load(path, apart=True, time_limit=3)
    try:
        save(path, rule("q1"))
        assert (await book.reload()).status is LoadStatus.LIVE
        assert process_of(book).poll() is None  # It gave the verdict: no thread of this process did.
    finally:
        book.close()


def asleep(rules: Any) -> str:
    """A gate that travels to the checker, and hangs there."""
    time.sleep(1000 if "q1" in rules.checked.files[0].source.text else 0)
    return ""


async def test_a_gate_that_hangs_in_the_checker_is_an_objection(path: Path) -> None:
    asleep.__module__ = "flowrules_gate_of_a_test"
    module = type(sys)(asleep.__module__)
    module.asleep = asleep  # type: ignore[attr-defined]
    place = path.parent.parent / "flowrules_gate_of_a_test.py"
    place.write_text(
        "import time\n\ndef asleep(rules):\n"
        "    time.sleep(1000 if 'q1' in rules.checked.files[0].source.text else 0)\n    return ''\n"
    )
    sys.modules[asleep.__module__] = module
    sys.path.insert(0, str(place.parent))
    book = RuleBook.load(path, gate=asleep, apart=True, time_limit=2)
    try:
        save(path, rule("q1"))
        outcome = await book.reload()
        assert outcome.status is LoadStatus.REFUSED
        assert "2 seconds" in outcome.message
        book._time_limit = 20
        save(path, rule("q2"))
        assert (await book.reload()).status is LoadStatus.LIVE
    finally:
        book.close()
        sys.path.remove(str(place.parent))
        del sys.modules[asleep.__module__]


async def test_threads_that_never_end_are_not_piled_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowrules.runtime.loop.thread_runner.MOST", 3)
    beside, let_go = ThreadRunner(), threading.Event()
    for _ in range(3):
        with pytest.raises(Overdue, match="did not come to an end within"):
            await beside.run(let_go.wait, 0.02, "it")
    with pytest.raises(Overdue, match="was not begun"):
        await beside.run(let_go.wait, 0.02, "it")
    let_go.set()
    await asyncio.sleep(0.05)
    assert await beside.run(lambda: 7, 1, "it") == 7


def in_place(path: Path, text: str) -> None:
    with path.open("r+") as file:
        file.write(text)
    os.utime(path, (PINNED, PINNED))


def with_its_time(path: Path, text: str) -> None:
    other = path.parent.with_name("other.rules")
    other.write_text(text)
    os.utime(other, (PINNED, PINNED))
    subprocess.run(["cp", "-p", other, path], check=True)


def by_rename_with_its_time(path: Path, text: str) -> None:
    other = path.parent.with_name("other.rules")
    other.write_text(text)
    os.utime(other, (PINNED, PINNED))
    other.rename(path)


@pytest.mark.parametrize("way", [in_place, with_its_time, by_rename_with_its_time])
async def test_an_edit_of_the_same_time_and_size_is_seen(
    path: Path, eventually: Any, way: Callable[[Path, str], None]
) -> None:
    os.utime(path, (PINNED, PINNED))
    book = RuleBook.load(path.parent)
    async with watched(book):
        for queue in ("q1", "q2", "q3"):
            way(path, rule(queue))
            await eventually(lambda queue=queue: shown(book) == rule(queue))
            assert os.stat(path).st_mtime == PINNED


async def test_an_edit_that_no_time_and_no_size_tells_of_is_seen_by_its_text(
    path: Path, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file system that keeps no such times: the entries look the same for ever."""
    monkeypatch.setattr("flowrules.runtime.rules.reload.of_entries", lambda folder: ("the same",))
    monkeypatch.setattr("flowrules.runtime.rules.reload.LOOK_AGAIN", 0.05)
    book = RuleBook.load(path.parent)
    async with watched(book):
        for queue in ("q1", "q2"):
            await asyncio.sleep(0.3)
            save(path, rule(queue))
            await eventually(lambda queue=queue: shown(book) == rule(queue))


async def test_an_edit_in_a_linked_folder_is_seen(path: Path, tmp_path: Path, eventually: Any) -> None:
    far = tmp_path / "far"
    far.mkdir()
    (far / "more.rules").write_text("on intent=more hangup\n")
    (path.parent / "sub").symlink_to(far)
    book = RuleBook.load(path.parent)
    async with watched(book):
        save(far / "more.rules", "on intent=even_more hangup\n")
        await eventually(lambda: "even_more" in shown(book))
        save(path.parent / "sub" / "again.rules", "on intent=again hangup\n")
        await eventually(lambda: "again" in shown(book))


async def test_mounted_configuration_with_nested_paths_is_swapped_at_once(
    tmp_path: Path, eventually: Any
) -> None:
    mount = tmp_path / "mount"

    def version(number: int) -> None:
        folder = mount / f"..{number}"
        (folder / "sub").mkdir(parents=True)
        for name in ("a.rules", "sub/b.rules"):
            (folder / name).write_text(f"on intent={name[0]}{number} transfer queue v{number}\n")
        (mount / "..data_tmp").symlink_to(folder.name)
        (mount / "..data_tmp").rename(mount / "..data")

    version(1)
    (mount / "a.rules").symlink_to("..data/a.rules")
    (mount / "sub").symlink_to("..data/sub")
    book = RuleBook.load(mount)
    assert len(book.current.rules) == 2
    seen: set[str] = set()
    book.subscribe(lambda outcome: seen.add(shown(book)))
    async with watched(book):
        for number in (2, 3):
            version(number)
            await eventually(lambda number=number: shown(book).count(f"queue v{number}") == 2)
    assert all(text.count("queue v2") in (0, 2) for text in seen)


async def test_a_file_that_could_not_be_read_for_a_moment_is_read_again(
    path: Path, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a network drive: the file is there all the time, with its size and its times, and its text is not."""
    monkeypatch.setattr(preparing, "TRY_AGAIN", 0.2)
    monkeypatch.setattr("flowrules.runtime.rules.reload.LOOK_AGAIN", 0.05)
    monkeypatch.setattr("flowrules.runtime.rules.reload.READ_AGAIN", 1_000_000)
    stale = [True]
    real = source._bytes

    def read_bytes(file: Path) -> bytes:
        if stale:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(file))
        return real(file)

    book = RuleBook.load(path.parent)
    told: list[Any] = []
    book.subscribe(told.append)
    monkeypatch.setattr(source, "_bytes", read_bytes)
    async with watched(book):
        save(path, rule("q1"))
        await eventually(lambda: told)
        await asyncio.sleep(1)
        assert [outcome.status for outcome in told] == [LoadStatus.REFUSED]
        stale.clear()
        await eventually(lambda: shown(book) == rule("q1"))
    assert [outcome.status for outcome in told] == [LoadStatus.REFUSED, LoadStatus.LIVE]
