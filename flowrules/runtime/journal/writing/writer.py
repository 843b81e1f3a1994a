"""Writing the journal: one process, each line chained to the one before it."""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from flowrules.control.clock import Clock
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.chain import Chain, first_entries
from flowrules.runtime.journal.file import write_whole
from flowrules.runtime.journal.format import FORMAT
from flowrules.runtime.journal.masking import Masker, as_json
from flowrules.runtime.journal.open_calls import TELL_WHAT_IS_OPEN, LeftCall
from flowrules.runtime.journal.recovery import recover
from flowrules.runtime.journal.rules import RuleTexts
from flowrules.runtime.journal.writing.commit import Commit, Commits
from flowrules.runtime.journal.writing.disk import Disk, Lines
from flowrules.runtime.journal.writing.lock import FolderLock
from flowrules.runtime.settings import Settings

KEY = "journal.key"
SOON = 0.005
"""Seconds that a note may wait for others. A process that is killed in that time loses it, and with it nothing that was
sent: what a verb goes out for is committed with it."""
_MANY = 64
"""Notes that do not wait for more."""
_CHECKPOINT_EVERY = 8 * 1024 * 1024
"""Bytes after which what is open is put down anew. A start reads back no further."""
_A_DAY = timedelta(days=1)


class Journal:
    """An open journal. `note` writes soon, `commit` before it returns.

    An entry is what belongs to its kind, as JSON objects that are written as one. What is noted goes to the thread
    with the next entry that is committed, or a moment later: waking a thread costs more than writing a line.

    What the run before had sent without learning its fate is written down as unknown at once: it is never sent
    again.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Raises JournalError where the folder can't be used, or another engine writes there."""
        assert settings.journal is not None
        self.folder = folder = settings.journal
        self._lock = FolderLock(folder)
        self._loop: asyncio.AbstractEventLoop | None = None
        """That of the calls, once something was written from it."""
        self._key, self._keeps_key = b"", settings.journal_key is None
        with _told(folder), ExitStack() as undone:
            undone.callback(self._lock.release)
            self._claim()
            self._key = journal_key(folder, settings.journal_key)
            recovered = recover(folder, clock.now())
            self._disk = Disk(folder, settings, clock, recovered.seq, self._claim, self._heard)
            self._disk.start()
            undone.pop_all()
        self.masker = Masker(self._key, settings.mask)
        self._open = recovered.open
        self._clock = clock
        self._max_bytes = settings.journal_max_bytes
        self._chain = Chain(recovered.seq, recovered.prev)
        self._lines: list[bytes] = []
        self._commits = Commits()
        self._committed: list[Commit] = []
        """Who waits for what the disk has not been handed yet."""
        self._waking = False
        """The event loop will hand over by itself, within SOON."""
        self._in_file = self._disk.file.size
        self._since_checkpoint = 0
        self._last_checkpoint = 0
        """How many bytes it had."""
        self._asked = 0
        """What the disk's count of answers will be once it has begun the file that it was asked for last."""
        self._closing: asyncio.Future[None] | None = None
        self._begin(recovered.torn)

    @property
    def left(self) -> Mapping[str, LeftCall]:
        """The calls that are open, and those that ended not long ago: the platform may dial one again."""
        return self._open.calls

    def inherit(self, left: Mapping[str, LeftCall]) -> None:
        """Calls of which another journal tells, and that are this one's from now on: it is put down here, too."""
        if self._open.inherit(left):
            self._checkpoint()

    @property
    def problem(self) -> str:
        """Why it can't be written at present, so that no verb is sent, as a sentence; '' where it can."""
        if self._disk.problem:
            return f"the journal can't be written, so no verb is sent: {self._disk.problem}"
        if self._commits.given_up:
            return "the journal's disk does not answer, so no verb is sent"
        return ""

    @property
    def warning(self) -> str:
        """What else is wrong with it, while verbs are sent; '' where nothing is."""
        if self._disk.unclosed:
            return (
                f"the journal's file can't be closed and a new one begun, so it grows: {self._disk.unclosed}"
            )
        if self._disk.rules.problem:
            return (
                "the texts of the rules can't be kept beside the journal, so calls can't be replayed: "
                f"{self._disk.rules.problem}"
            )
        return ""

    def keep_rules(self, texts: RuleTexts) -> None:
        """Keep the texts of the rules that are live from now on. What keeps the disk from it is a problem, and stops no
        call."""
        self._put()
        self._disk.put(Lines(b"", self._chain.seq, rules=texts))

    def note(self, kind: str, **fields: Any) -> None:
        """Write an entry, in order, within SOON or with the next one that is committed."""
        self.note_json(kind, as_json(fields), about=fields)

    def note_json(self, kind: str, *objects: bytes, about: Mapping[str, Any]) -> None:
        """As `note`, for an entry that is JSON already. `about` are its fields, as far as they tell what is open."""
        if not self._waking:
            self._hand_over_soon()
        self._append(kind, objects, about)
        if len(self._lines) >= _MANY:
            self._hand_over()

    async def commit(self, kind: str, **fields: Any) -> None:
        """Write an entry, and wait until it would survive: the process's death, and with `fsync` always the
        machine's. Raises JournalError where it could not be written. Who is cancelled meanwhile is told when it is on
        record."""
        await self.commit_json(kind, as_json(fields), about=fields)

    async def commit_json(
        self, kind: str, *objects: bytes, about: Mapping[str, Any], at_most: float | None = None
    ) -> None:
        """As `commit`, for an entry that is JSON already. Where the disk has not answered after `at_most` seconds it is
        not waited for any longer, and JournalError is raised; the entry is written when the disk goes on."""
        if self._closing is not None:
            raise JournalError("the journal is closed")
        loop = asyncio.get_running_loop()
        commit = Commit(loop, at_most)
        self._append(kind, objects, about)
        if not self._committed:
            # All that is committed in this turn of the loop wakes the thread once.
            loop.call_soon(self._hand_over)
        self._committed.append(commit)
        self._commits.add(commit)
        await commit.wait()

    async def aclose(self) -> None:
        """Write what is left, with a checkpoint, and let the folder go. Whoever asks for it again waits for the same
        end."""
        if self._closing is None:
            self._checkpoint()
            # A future of the executor's, and no task: who cancels all tasks does not keep it from its end.
            self._closing = asyncio.get_running_loop().run_in_executor(None, self._stop)
        await asyncio.shield(self._closing)

    # --- inside ---

    def _stop(self) -> None:
        """In a thread: the disk may need long."""
        self._disk.stop()
        self._lock.release()

    def _claim(self) -> None:
        """Have the folder, and be the one that writes there. Again where somebody has removed it. Raises OSError and
        JournalError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock.acquire()
        if self._key and self._keeps_key:
            _keep_key(self.folder, self._key)

    def _begin(self, torn: bool) -> None:
        for kind, fields in first_entries(self._open, torn=torn):
            self.note(kind, **fields)
        self._hand_over()

    def _append(self, kind: str, objects: tuple[bytes, ...], about: Mapping[str, Any]) -> None:
        line = self._chain.line(kind, self._clock.now(), objects)
        if kind in TELL_WHAT_IS_OPEN:
            self._open.learn(kind, self._chain.at, about)
        self._lines.append(line)

    def _hand_over_soon(self) -> None:
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:  # In a thread, while the journal is opened: `_begin` hands over.
            return
        self._loop.call_later(SOON, self._wake)
        self._waking = True

    def _wake(self) -> None:
        self._waking = False
        self._hand_over()

    def _hand_over(self) -> None:
        """Give the thread what has been written so far, and with it, now and then, what is open."""
        self._put()
        opens = self._is_due()
        # Where very much is open, it is put down less often.
        much = self._since_checkpoint >= max(_CHECKPOINT_EVERY, 8 * self._last_checkpoint)
        if opens or much or self._disk.file.begun_anew:
            self._checkpoint(opens=opens)

    def _heard(self, forget: frozenset[str]) -> bool:
        """In the disk's thread: another process asks for a new file, and that ended calls are forgotten."""
        if self._loop is None or self._closing is not None:
            return False
        try:
            self._loop.call_soon_threadsafe(self._close_file, forget)
        except RuntimeError:  # The loop is closed.
            return False
        return True

    def _close_file(self, forget: frozenset[str]) -> None:
        if self._closing is None:
            self._open.forget(forget)
            self._checkpoint(opens=True, asked=True)

    def _put(self, *, opens: bool = False, asked: bool = False) -> None:
        if self._lines:
            waiting, self._committed = tuple(self._committed), []
            self._lines.append(b"")
            data = b"\n".join(self._lines)
            self._lines.clear()
            self._in_file += len(data)
            self._since_checkpoint += len(data)
            self._disk.put(Lines(data, self._chain.seq, waiting, opens, asked))

    def _is_due(self) -> bool:
        """Whether the file is to be closed: it is large, or a day old, so that it can be forgotten in time. Where that
        was asked for, and could not be done yet, the disk tries again by itself."""
        if self._disk.answers < self._asked or self._disk.unclosed:
            return False
        # A file holds more than what it begins with, however much is open.
        return (
            self._in_file > max(self._max_bytes, 4 * self._last_checkpoint)
            or self._clock.now() - self._disk.file.began >= _A_DAY
        )

    def _checkpoint(self, *, opens: bool = False, asked: bool = False) -> None:
        """Put down what is open: whoever starts reads from here. `opens`: as the first line of a new file; `asked`: for
        another process."""
        self._put()
        self._disk.file.begun_anew = False
        self._open.forget_old(self._clock.now())
        self._append("checkpoint", (as_json({"format": FORMAT, **self._open.as_json()}),), {})
        if opens:
            self._asked = self._disk.answers + 1
            self._in_file = 0
        self._last_checkpoint = len(self._lines[-1])
        self._put(opens=opens, asked=asked)
        self._since_checkpoint = 0


@contextmanager
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


def journal_key(folder: Path, given: SecretStr | None) -> bytes:
    """What masked values are digested with in this folder, which has a key from then on. Raises OSError."""
    if given is not None:
        return given.get_secret_value().encode()
    path = folder / KEY
    if not path.exists() or not path.stat().st_size:
        _keep_key(folder, secrets.token_hex(32).encode())
    return path.read_bytes()


def _keep_key(folder: Path, key: bytes) -> None:
    """Write the key down, where it is not. Whole or not at all: what an empty key digests, anybody can digest."""
    path = folder / KEY
    if path.exists() and path.stat().st_size:
        return
    write_whole(path, key)
