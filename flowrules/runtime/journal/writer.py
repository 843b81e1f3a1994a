"""Writing the journal: one process, each line chained to the one before it."""

import asyncio
import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from flowrules.control.clock import Clock
from flowrules.control.redaction import redact_json
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.disk import Disk, Lines
from flowrules.runtime.journal.masking import Masker, as_json
from flowrules.runtime.journal.reader import link
from flowrules.runtime.journal.recovery import Recovered, recover
from flowrules.runtime.settings import Settings

FORMAT = 1
SOON = 0.005
"""Seconds that a note may wait for others. A process that is killed in that time loses it, and with it nothing that was
sent: what a verb goes out for is committed with it."""
_MANY = 64
"""Notes that do not wait for more."""
_OF_A_STEP = ("call", "session", "event", "rule", "path", "verb", "key")


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
                self._disk = Disk(folder, settings, clock)
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
        # A rule's own text may hold one, whatever else is kept out at the edge.
        line = redact_json(line)
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
            self._disk.put(Lines(data, self._seq, waiting))


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


def _lock(folder: Path) -> int:
    lock = os.open(folder / "journal.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise JournalError(f"another process writes the journal in {str(folder)!r}") from None
    return lock


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
