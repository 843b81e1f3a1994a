"""The journal's disk: one thread writes what it is handed, syncs it, and begins a new file where it is told to."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from flowrules.control.clock import Clock
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.file import CurrentFile
from flowrules.runtime.journal.rules import RulesFolder, RuleTexts
from flowrules.runtime.journal.writing.commit import Commit
from flowrules.runtime.journal.writing.requests import answer, asked
from flowrules.runtime.log import Log
from flowrules.runtime.settings import Fsync, Settings

_MAX_BACKLOG = 64 * 1024 * 1024
"""Bytes that are kept while the disk refuses them."""
_INTERVAL = 1.0
"""Seconds that a written line may stay unsynced, unless it is never to be synced."""
_LISTEN_EVERY = 0.5
"""Seconds between two looks for what another process asks for."""
_log = Log(__name__)


class Lines(NamedTuple):
    """Lines that go to the disk together; `last` is the number of the last one. `waiting` asked to be told. `opens`: it
    is one line, and a new file is to begin with it; `asked`: since another process has asked for one. `rules` are live
    from now on: their texts are to be kept."""

    data: bytes
    last: int
    waiting: tuple[Commit, ...] = ()
    opens: bool = False
    asked: bool = False
    rules: RuleTexts | None = None


class Disk:
    """The thread that writes. Lines that wait are written together, and synced once for all of them.

    `problem` says why nothing can be written, `unclosed` why the file could not be closed and goes on: all that is
    written is on record then, too.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        clock: Clock,
        last: int,
        claim: Callable[[], None],
        heard: Callable[[frozenset[str]], bool],
    ) -> None:
        """`heard` is told what another process asks for (`requests.py`), and says whether somebody can do it now."""
        self._folder = folder
        self._heard = heard
        self._look_at = 0.0
        """When requests are looked for (time.monotonic)."""
        self._request_heard = self._request_done = False
        self.file = CurrentFile(folder, settings.journal_keep_days, clock, claim)
        self.rules = RulesFolder(folder, settings.journal_keep_days, clock)
        self.rules.forget(self.file.began)
        self.problem = ""
        self.unclosed = ""
        self.answers = 0
        """How often it has begun a new file, or could not."""
        self._last = last
        """The number of the last line that was written."""
        self._fsync = settings.journal_fsync
        self._lines: queue.SimpleQueue[Lines | None] = queue.SimpleQueue()
        self._backlog = bytearray()
        self._dirty = False
        self._sync_at = 0.0
        """When what is dirty is to be synced (time.monotonic)."""
        self._thread = threading.Thread(target=self._run, name="flowrules-journal", daemon=True)

    @property
    def _file(self) -> int | None:
        """The descriptor that is written to."""
        return self.file.descriptor

    def start(self) -> None:
        """Raises RuntimeError where the system has no thread to give."""
        self._thread.start()

    def put(self, lines: Lines) -> None:
        if not self._thread.is_alive():
            # Nothing may wait for a thread that is gone: what is not on record is not sent. A fork has no threads.
            self.problem = (
                "the thread that writes has ended, or belongs to the process that this one was forked from"
            )
            _resolve(lines.waiting, self.problem)
            return
        self._lines.put(lines)

    def stop(self) -> None:
        self._lines.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch, going_on = self._next_batch()
            try:
                self._listen()
                if batch or not self._until_look_or_sync():
                    self._write_all(batch)
            except Exception as error:  # This thread goes on whatever happens: verbs wait for it.
                self._failed(error)
                _resolve([commit for lines in batch for commit in lines.waiting], self.problem)
        with suppress(OSError):
            self.file.sync()
        with suppress(OSError):
            self.file.close()

    def _next_batch(self) -> tuple[list[Lines], bool]:
        """What waits, as soon as something does or a sync is due; and whether there is more to come."""
        batch: list[Lines] = []
        try:
            lines = self._lines.get(timeout=self._until_look_or_sync())
            while lines is not None:
                batch.append(lines)
                if self._lines.empty():
                    break
                lines = self._lines.get_nowait()
            return batch, lines is not None
        except queue.Empty:  # It is time to sync, or to look for requests.
            return batch, True

    def _until_look_or_sync(self) -> float:
        sync = self._until_sync()
        return _LISTEN_EVERY if sync is None else min(sync, _LISTEN_EVERY)

    def _until_sync(self) -> float | None:
        """Seconds until the next sync is due; None: nothing waits for one."""
        return max(0.0, self._sync_at - time.monotonic()) if self._dirty else None

    def _listen(self) -> None:
        """Whether another process asks for something."""
        if self._request_heard or time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _LISTEN_EVERY
        calls = asked(self._folder)
        self._request_heard = calls is not None and self._heard(calls)

    def _write_all(self, batch: list[Lines]) -> None:
        if self.unclosed:
            self._begin_file()
            self.file.begun_anew |= not self.unclosed
        together: list[Lines] = []
        self.rules.catch_up()
        for lines in batch:
            if lines.rules is not None:
                self.rules.keep(lines.rules)
            if lines.opens:
                self._request_done |= lines.asked
                self._write(together)
                together = []
                self._begin_file()
            together.append(lines)
        self._write(together)

    def _write(self, batch: list[Lines]) -> None:
        waiting = [commit for lines in batch for commit in lines.waiting]
        for lines in batch:
            self._backlog += lines.data
        try:
            if self._backlog:
                self.file.append(self._backlog)
                if self.file.begun_anew:
                    self.rules.file_is_new()
                self._last = batch[-1].last if batch else self._last
            if batch and not self._dirty and self._fsync is not Fsync.NEVER:
                self._dirty, self._sync_at = True, time.monotonic() + _INTERVAL
            if self._dirty and ((waiting and self._fsync is Fsync.ALWAYS) or not self._until_sync()):
                self.file.sync()
                self._dirty = False
            self.problem = ""
        except (OSError, JournalError) as error:
            self._failed(error)
            if len(self._backlog) > _MAX_BACKLOG:
                # The oldest lines are kept. The newest will be missing in the chain, and the reader says so.
                del self._backlog[self._backlog.rfind(b"\n", 0, _MAX_BACKLOG) + 1 :]
        _resolve(waiting, self.problem)

    def _begin_file(self) -> None:
        """Begin a new file. Where that can't be done the old one goes on, and it is tried again before more is
        written."""
        problem = self.problem
        if not self._backlog:  # What waits belongs into the old file.
            try:
                began = self.file.began
                self.file.replace(self._last)
                self.rules.file_begins(began)
                self.rules.forget(self.file.began)
                problem = ""
                if self._request_done:
                    answer(self._folder)
                    self._request_heard = self._request_done = False
            except OSError as error:
                if not self.unclosed:
                    _complain("journal.not_rotated", error)
                problem = _in_words(error)
        self.unclosed = problem
        self.answers += 1

    def _failed(self, error: Exception) -> None:
        self._sync_at = time.monotonic() + _INTERVAL
        if not self.problem:
            _complain("journal.not_written", error)
        self.problem = _in_words(error)


def _in_words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error) or type(error).__name__


def _complain(event: str, error: Exception) -> None:
    """Log a trouble of the disk. A log that can't be written either must not end the thread that writes."""
    with suppress(Exception):
        _log.error(event, problem=_in_words(error))


def _resolve(waiting: Sequence[Commit], problem: str) -> None:
    if not waiting:
        return

    def wake() -> None:
        for commit in waiting:
            commit.answer(problem)

    with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
        waiting[0].loop.call_soon_threadsafe(wake)
