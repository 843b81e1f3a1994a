"""Writing the journal: one process, one thread for the disk, each line chained to the one before it."""

import asyncio
import contextlib
import fcntl
import os
import queue
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import SecretStr

from flowrules.control.clock import Clock
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.masking import Masker, as_json
from flowrules.runtime.journal.reader import CURRENT, closed_name, journal_files, link, read_file
from flowrules.runtime.journal.recovery import Recovered, recover
from flowrules.runtime.log import Log
from flowrules.runtime.settings import Fsync, Settings

FORMAT = 1
SOON = 0.005
"""Seconds that a note may wait for others. A process that is killed in that time loses it, and with it nothing that was
sent: what a verb goes out for is committed with it."""
_MANY = 64
"""Notes that do not wait for more."""
_MAX_BACKLOG = 64 * 1024 * 1024
"""Bytes that are kept while the disk refuses them."""
_INTERVAL = 1.0
"""Seconds that a written line may stay unsynced, unless it is never to be synced."""
_A_DAY = timedelta(days=1)
_OF_A_STEP = ("call", "session", "event", "rule", "path", "verb", "key")
_log = Log(__name__)


class _Lines(NamedTuple):
    """Lines that go to the disk together; `last` is the number of the last one. `waiting` asked to be told."""

    data: bytes
    last: int
    waiting: tuple[asyncio.Future[None], ...]


class Journal:
    """An open journal. `note` writes soon, `commit` before it returns.

    An entry is what belongs to its kind, as JSON objects that are written as one. What is noted goes to the thread
    with the next entry that is committed, or a moment later: waking a thread costs more than writing a line.

    What the run before had sent without learning its fate is written down as unknown at once: it is never sent
    again. `left` tells of the calls that had not ended, by their ids.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Raises JournalError where the folder can't be used, or another process writes there."""
        assert settings.journal is not None
        folder = settings.journal
        with _told(folder):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = _lock(folder)
        try:
            with _told(folder):
                key = _key(folder, settings.journal_key)
                recovered = recover(folder, clock.now())
                self._disk = _Disk(folder, settings, clock)
        except JournalError:
            os.close(self._lock)
            raise
        self.folder = folder
        self.masker = Masker(key, settings.mask)
        self.left = recovered.calls
        self._clock = clock
        self._seq, self._prev = recovered.seq, recovered.prev
        self._lines: list[bytes] = []
        self._waking = False
        """The event loop will hand over by itself, within SOON."""
        self._at = _Stamp()
        self._disk.start()
        self._begin(recovered)

    @property
    def problem(self) -> str:
        """What keeps it from writing at present; '' where nothing does."""
        return self._disk.problem

    def note(self, kind: str, **fields: Any) -> None:
        """Write an entry, in order, within SOON or with the next one that is committed."""
        self.note_json(kind, as_json(fields))

    def note_json(self, kind: str, *objects: bytes) -> None:
        """As `note`, for an entry that is JSON already."""
        if not self._waking:
            self._hand_over_soon()
        self._append(kind, objects)
        if len(self._lines) >= _MANY:
            self._hand_over()

    async def commit(self, kind: str, **fields: Any) -> None:
        """Write an entry, and wait until it would survive: the process's death, and with `fsync` always the
        machine's. Raises JournalError where it could not be written."""
        await self.commit_json(kind, as_json(fields))

    async def commit_json(self, kind: str, *objects: bytes) -> None:
        """As `commit`, for an entry that is JSON already."""
        written = asyncio.get_running_loop().create_future()
        self._append(kind, objects)
        self._hand_over(written)
        await written

    async def aclose(self) -> None:
        """Write what is left, and let the folder go."""
        self._hand_over()
        await asyncio.to_thread(self._disk.stop)
        os.close(self._lock)

    def _begin(self, recovered: Recovered) -> None:
        calls = {name: call.as_json() for name, call in recovered.calls.items()}
        # Should this process die before they are settled, the next one finds the intents here.
        intents = [{name: intent.fields.get(name) for name in _OF_A_STEP} for intent in recovered.intents]
        self.note("journal", format=FORMAT, torn=recovered.torn, calls=calls, intents=intents)
        for intent in intents:
            self.note(
                "receipt",
                **intent,
                status="unknown",
                reason="timeout",
                message="the process ended before the answer came",
                attempts=1,
                may_have_acted=True,
            )
        self._hand_over()

    def _append(self, kind: str, objects: tuple[bytes, ...]) -> None:
        self._seq += 1
        at = self._at.written(self._clock.now())
        head = f'{{"seq":{self._seq},"prev":"{self._prev}","at":"{at}","kind":"{kind}"'.encode()
        line = b",".join([head, *[members[1:-1] for members in objects if len(members) > 2]]) + b"}"
        self._prev = link(line)
        self._lines.append(line)

    def _hand_over_soon(self) -> None:
        try:
            asyncio.get_running_loop().call_later(SOON, self._wake)
        except RuntimeError:  # In a thread, while the journal is opened: `_begin` hands over.
            return
        self._waking = True

    def _wake(self) -> None:
        self._waking = False
        self._hand_over()

    def _hand_over(self, *waiting: asyncio.Future[None]) -> None:
        """Give the thread what has been written so far."""
        if self._lines:
            self._lines.append(b"")
            data = b"\n".join(self._lines)
            self._lines.clear()
            self._disk.put(_Lines(data, self._seq, waiting))


class _Stamp:
    """`2026-04-06T09:00:00.125+00:00`. Most lines are of the same second as the one before them, and a second is put
    in words once."""

    __slots__ = ("_second", "_text")

    def __init__(self) -> None:
        self._second = datetime.min.replace(tzinfo=UTC)
        self._text = ""

    def written(self, now: datetime) -> str:
        since = now - self._second
        if since.days or since.seconds:
            self._second = now.replace(microsecond=0)
            self._text = self._second.astimezone(UTC).isoformat()[:19]
            since = now - self._second
        return f"{self._text}.{since.microseconds // 1000:03d}+00:00"


class _Disk:
    """The thread that writes. Lines that wait are written together, and synced once for all of them."""

    def __init__(self, folder: Path, settings: Settings, clock: Clock) -> None:
        self._folder = folder
        self._fsync = settings.journal_fsync
        self._max_bytes = settings.journal_max_bytes
        self._keep_days = settings.journal_keep_days
        self._clock = clock
        self._lines: queue.SimpleQueue[_Lines | None] = queue.SimpleQueue()
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

    def put(self, lines: _Lines) -> None:
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
        _sync_folder(self._folder)

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch: list[_Lines] = []
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

    def _write(self, batch: list[_Lines]) -> None:
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
                with contextlib.suppress(OSError):
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


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Whatever keeps a journal from being opened, as a JournalError."""
    try:
        yield
    except OSError as error:
        raise JournalError(f"the journal in {str(folder)!r} can't be opened: {error.strerror}") from error
    except (TypeError, ValueError, KeyError, AttributeError):
        raise JournalError(
            f"the journal in {str(folder)!r} holds a line that no process of ours wrote"
        ) from None


def _beginning(path: Path) -> datetime | None:
    """When the first line of a file was written."""
    first = next(read_file(path), None)
    return datetime.fromisoformat(first.entry.at) if first is not None and first.entry is not None else None


def _complain(event: str, error: OSError) -> None:
    """Log a trouble of the disk. A log that can't be written either must not end the thread that writes."""
    with contextlib.suppress(Exception):
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

    with contextlib.suppress(RuntimeError):  # The loop is closed: nobody waits any more.
        waiting[0].get_loop().call_soon_threadsafe(wake)


def _lock(folder: Path) -> int:
    lock = os.open(folder / "journal.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise JournalError(f"another process writes the journal in {str(folder)!r}") from None
    return lock


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _key(folder: Path, given: SecretStr | None) -> bytes:
    if given is not None:
        return given.get_secret_value().encode()
    path = folder / "journal.key"
    if not path.exists() or not path.stat().st_size:
        # Whole or not at all: what an empty key digests, anybody can digest.
        fresh = folder / "journal.key.new"
        handle = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    return path.read_bytes()
