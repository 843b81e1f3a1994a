"""The journal's file: one thread writes it, syncs it, closes it when it is large or old, and forgets the oldest."""

import asyncio
import os
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from flowrules.control.clock import Clock
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.reader import CURRENT, closed_name, journal_files, read_file
from flowrules.runtime.log import Log
from flowrules.runtime.settings import Fsync, Settings

_MAX_BACKLOG = 64 * 1024 * 1024
"""Bytes that are kept while the disk refuses them."""
_INTERVAL = 1.0
"""Seconds that a written line may stay unsynced, unless it is never to be synced."""
_A_DAY = timedelta(days=1)
_log = Log(__name__)


class Lines(NamedTuple):
    """Lines that go to the disk together; `last` is the number of the last one. `waiting` asked to be told."""

    data: bytes
    last: int
    waiting: tuple[asyncio.Future[None], ...]


class Disk:
    """The thread that writes. Lines that wait are written together, and synced once for all of them."""

    def __init__(self, folder: Path, settings: Settings, clock: Clock) -> None:
        self._folder = folder
        self._fsync = settings.journal_fsync
        self._max_bytes = settings.journal_max_bytes
        self._keep_days = settings.journal_keep_days
        self._clock = clock
        self._lines: queue.SimpleQueue[Lines | None] = queue.SimpleQueue()
        self._backlog = bytearray()
        self._dirty = False
        self._sync_at = 0.0
        """When what is dirty is to be synced (time.monotonic)."""
        self._thread = threading.Thread(target=self._run, name="flowrules-journal", daemon=True)
        self.problem = ""
        self._open()
        self._forget()

    def start(self) -> None:
        self._thread.start()

    def put(self, lines: Lines) -> None:
        if not self._thread.is_alive():
            # Nothing may wait for a thread that is gone: what is not on record is not sent.
            self.problem = "the thread that writes has ended"
            _resolve(lines.waiting, self.problem)
            return
        self._lines.put(lines)

    def stop(self) -> None:
        self._lines.put(None)
        self._thread.join()

    def _open(self) -> None:
        self._file = os.open(
            self._folder / CURRENT, os.O_CREAT | os.O_APPEND | os.O_RDWR | os.O_CLOEXEC, 0o600
        )
        os.fchmod(self._file, 0o600)
        self._size = os.fstat(self._file).st_size
        if self._size and os.pread(self._file, 1, self._size - 1) != b"\n":
            # A line that a crash has torn stands alone, so that the next one can be read.
            os.write(self._file, b"\n")
            self._size += 1
        self._began = _beginning(self._folder / CURRENT) or self._clock.now()
        sync_folder(self._folder)

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch: list[Lines] = []
            try:
                lines = self._lines.get(timeout=self._until_sync())
                while lines is not None:
                    batch.append(lines)
                    if self._lines.empty():
                        break
                    lines = self._lines.get_nowait()
                going_on = lines is not None
            except queue.Empty:  # It is time to sync.
                pass
            self._write(batch)
            if batch and self._is_due():
                self._rotate(batch[-1].last)
        os.close(self._file)

    def _until_sync(self) -> float | None:
        """Seconds until the next sync is due; None: nothing waits for one."""
        return max(0.0, self._sync_at - time.monotonic()) if self._dirty else None

    def _is_due(self) -> bool:
        """Whether the file is to be closed: it is large, or a day old, so that it can be forgotten in time."""
        return self._size > self._max_bytes or self._clock.now() - self._began >= _A_DAY

    def _write(self, batch: list[Lines]) -> None:
        waiting = [future for lines in batch for future in lines.waiting]
        for lines in batch:
            self._backlog += lines.data
        try:
            self._append()
            if batch and not self._dirty and self._fsync is not Fsync.NEVER:
                self._dirty, self._sync_at = True, time.monotonic() + _INTERVAL
            if self._dirty and ((waiting and self._fsync is Fsync.ALWAYS) or not self._until_sync()):
                os.fdatasync(self._file)
                self._dirty = False
            self.problem = ""
        except OSError as error:
            self._sync_at = time.monotonic() + _INTERVAL
            if len(self._backlog) > _MAX_BACKLOG:
                # The oldest lines are kept. The newest will be missing in the chain, and the reader says so.
                del self._backlog[self._backlog.rfind(b"\n", 0, _MAX_BACKLOG) + 1 :]
            if not self.problem:
                _complain("journal.not_written", error)
            self.problem = error.strerror or str(error)
        _resolve(waiting, self.problem)

    def _append(self) -> None:
        """All of the backlog or none: what was written in part is taken back, to be tried again whole."""
        data = memoryview(bytes(self._backlog))
        done = 0
        try:
            while done < len(data):
                done += os.write(self._file, data[done:])
        except OSError:
            if done:
                with suppress(OSError):
                    os.ftruncate(self._file, self._size)
            raise
        self._size += done
        self._backlog.clear()

    def _rotate(self, seq: int) -> None:
        try:
            os.fdatasync(self._file)
            os.rename(self._folder / CURRENT, self._folder / closed_name(seq))
            os.close(self._file)
            self._open()
            self._forget()
        except OSError as error:
            _complain("journal.not_rotated", error)

    def _forget(self) -> None:
        """Delete closed files that are too old."""
        if self._keep_days is not None:
            oldest = (self._clock.now() - timedelta(days=self._keep_days)).timestamp()
            for path in journal_files(self._folder)[:-1]:
                if path.stat().st_mtime < oldest:
                    path.unlink()


def _beginning(path: Path) -> datetime | None:
    """When the first line of a file was written."""
    first = next(read_file(path), None)
    return datetime.fromisoformat(first.entry.at) if first is not None and first.entry is not None else None


def _complain(event: str, error: OSError) -> None:
    """Log a trouble of the disk. A log that can't be written either must not end the thread that writes."""
    with suppress(Exception):
        _log.error(event, problem=error.strerror or str(error))


def _resolve(waiting: Sequence[asyncio.Future[None]], problem: str) -> None:
    if not waiting:
        return

    def wake() -> None:
        for future in waiting:
            if future.done():
                continue
            if problem:
                future.set_exception(JournalError(f"the journal could not be written: {problem}"))
            else:
                future.set_result(None)

    with suppress(RuntimeError):  # The loop is closed: nobody waits any more.
        waiting[0].get_loop().call_soon_threadsafe(wake)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
