"""What may be done to a journal by another process than its engine: erasing callers, and forgetting what is old.

Only closed files are touched. Where an engine writes, it is asked to begin a new file; where none does, the file is
closed here, and none can start meanwhile.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.file import sync_folder
from flowrules.runtime.journal.reader import CURRENT, Line, closed_files, closed_name, read_file
from flowrules.runtime.journal.recovery import last_line
from flowrules.runtime.journal.retention import erasing
from flowrules.runtime.journal.retention.callers import Found
from flowrules.runtime.journal.retention.erasures import LOG
from flowrules.runtime.journal.writing.lock import KEEPING, FolderLock
from flowrules.runtime.journal.writing.requests import REQUEST, answer, ask

PATIENCE = 30.0
"""Seconds in which an engine has begun a new file."""


@dataclass(frozen=True, slots=True)
class Erased:
    """`lines` that were replaced, of so many `calls`. `open`: calls that go on, which can't be erased yet. `later`:
    lines that the engine has written meanwhile."""

    calls: int
    lines: int
    open: int
    later: int


def erase(folder: Path, find: Callable[[], Found], now: datetime, patience: float = PATIENCE) -> Erased:
    """Erase the calls that `find` finds, those that go on left out. Raises OSError, and JournalError where another
    process erases, or the engine that writes does not answer."""
    with _alone(folder):
        erasing.finish(folder)
        found = find()
        if not found.over:
            return Erased(0, 0, len(found.open), 0)
        with _file_closed(folder, found.over, patience):
            lines = erasing.erase(folder, found.over, now)
        later = sum(line.entry is not None and line.entry.call in found.over for line in _current(folder))
    return Erased(len(found.over), lines, len(found.open), later)


def retain(folder: Path, days: int, now: datetime, patience: float = PATIENCE) -> tuple[int, int]:
    """Forget what is older than so many days: closed files whose last line is. How many files and bytes that were.
    Raises as `erase`."""
    oldest = (now - timedelta(days=days)).astimezone(UTC).isoformat(timespec="milliseconds")
    files = size = 0
    with _alone(folder):
        erasing.finish(folder)
        if _begins_before(folder, oldest):
            with _file_closed(folder, (), patience):
                pass
        # The oldest first: whatever stops this, what is left is the end of the journal without a gap.
        for path in closed_files(folder):
            last, _ = last_line([path])
            if last is None or last.at >= oldest:
                break
            size += path.stat().st_size
            path.unlink()
            files += 1
        if not closed_files(folder) and not (folder / CURRENT).exists():
            # The next process begins with line 1, which no record of erasures speaks of.
            (folder / LOG).unlink(missing_ok=True)
        _forget_rules(folder, now - timedelta(days=days))
        sync_folder(folder)
    return files, size


# --- inside ---


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else erases or forgets."""
    lock = FolderLock(folder, KEEPING)
    lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _file_closed(folder: Path, forget: Collection[str], patience: float) -> Iterator[None]:
    """All lines that were written before stand in closed files; if an engine writes, it forgets these calls, and else
    none starts as long as this lasts."""
    lock = FolderLock(folder)
    until = time.monotonic() + patience
    requested = False
    while True:
        try:
            lock.acquire()
            break
        except JournalError:
            if requested and not (folder / REQUEST).exists():
                yield
                return
            if not requested:
                ask(folder, forget)
                requested = True
            if time.monotonic() > until:
                answer(folder)
                raise JournalError(
                    f"the engine that writes the journal in {str(folder)!r} did not begin a new file within "
                    f"{patience:g} seconds: nothing was changed"
                ) from None
            time.sleep(0.02)
    try:
        answer(folder)
        _close(folder)
        yield
    finally:
        lock.release()


def _close(folder: Path) -> None:
    """Give the file that nobody writes the name of a closed one. The next process begins another."""
    current = folder / CURRENT
    last, _ = last_line([current]) if current.exists() else (None, False)
    if last is not None:
        current.rename(folder / closed_name(last.seq))
        sync_folder(folder)


def _current(folder: Path) -> Iterator[Line]:
    return read_file(folder / CURRENT) if (folder / CURRENT).exists() else iter(())


def _begins_before(folder: Path, oldest: str) -> bool:
    first = next(_current(folder), None)
    return first is not None and first.entry is not None and first.entry.at < oldest


def _forget_rules(folder: Path, before: datetime) -> None:
    """Texts of rules are as old as the last file that may name them (`rules.py`)."""
    first = next(_current(folder), None)
    if first is not None and first.entry is not None:
        before = min(before, datetime.fromisoformat(first.entry.at))
    for path in folder.glob("rules-*.json"):
        if path.stat().st_mtime < before.timestamp():
            path.unlink()
