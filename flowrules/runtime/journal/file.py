"""The file that a journal is written to at present: its descriptor is never anybody else's.

The next file is made, and open, before the one that is full gives its name away; where that can't be done, the old one
goes on. A file that somebody has removed, or put another one in the place of, is noticed before the next line is
written, and begun anew.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flowrules.control.clock import Clock
from flowrules.runtime.journal.reader import CURRENT, closed_name, journal_files, read_file

_NEXT = "journal.next"
"""The name of the file to come, until it is the current one."""
_APPEND = os.O_CREAT | os.O_APPEND | os.O_RDWR | getattr(os, "O_BINARY", 0)
_OPEN_FILES_STAY = sys.platform == "win32"
"""Whether a file that is open can't be renamed."""


class CurrentFile:
    """`size` in bytes; `began`: when its first line was written. `claim` makes sure that the folder is there, and is
    this process's, before a file in it is begun anew. `begun_anew`: it has been, and what it has to begin with is
    still to come."""

    def __init__(self, folder: Path, keep_days: int | None, clock: Clock, claim: Callable[[], None]) -> None:
        """Raises OSError."""
        self._folder = folder
        self._path = folder / CURRENT
        self._keep_days = keep_days
        self._clock = clock
        self._claim = claim
        self._torn = False
        self._file: int | None = None
        self.size = 0
        self.began = clock.now()
        self.begun_anew = False
        self._open()
        self.began = _beginning(self._path) or clock.now()
        self.forget()

    @property
    def descriptor(self) -> int | None:
        return self._file

    def append(self, lines: bytearray) -> None:
        """Write lines, and take those away that were written: all, or as many as there was room for. Part of a line
        does not stay. Raises OSError."""
        file = self._looked_at()
        if (
            self._torn
        ):  # Part of a line could not be taken back: it stands alone, so that the next can be read.
            os.write(file, b"\n")
            self._torn, self.size = False, self.size + 1
        data, written = bytes(lines), 0
        try:
            while written < len(data):
                written += os.write(file, memoryview(data)[written:])
        except OSError:
            whole = data.rfind(b"\n", 0, written) + 1
            if written > whole:
                try:
                    os.ftruncate(file, self.size + whole)
                except OSError:
                    self._torn = True
            written = whole
            raise
        finally:
            self.size += written
            del lines[:written]

    def sync(self) -> None:
        """Have the disk keep what was written. Raises OSError."""
        if self._file is not None:
            _sync(self._file)

    def replace(self, last: int) -> None:
        """Close the file, whose last line has this number, and begin the next one. Raises OSError; then the old one
        is the current one still, or, where even that can't be had, none is, and `append` opens one."""
        fresh = _opened(self._folder / _NEXT, os.O_TRUNC)
        try:
            self.sync()
        except OSError:
            os.close(fresh)
            raise
        if _OPEN_FILES_STAY:
            self.close()
            os.close(fresh)
            self._swap_names(last)
            old = None  # `append` opens the next one.
        else:
            try:
                self._swap_names(last)
            except OSError:
                os.close(fresh)
                raise
            old, self._file = self._file, fresh
        self.size, self.began, self._torn = 0, self._clock.now(), False
        if old is not None:
            with suppress(OSError):
                os.close(old)
        sync_folder(self._folder)
        self.forget()

    def close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def forget(self) -> None:
        """Delete closed files that are too old."""
        if self._keep_days is not None:
            oldest = (self._clock.now() - timedelta(days=self._keep_days)).timestamp()
            for path in journal_files(self._folder):
                if path.name != CURRENT and path.stat().st_mtime < oldest:
                    path.unlink()

    # --- inside ---

    def _open(self) -> None:
        file = _opened(self._path)
        try:
            self.size = os.fstat(file).st_size
            if self.size:
                os.lseek(file, -1, os.SEEK_END)
            # A line that a crash has torn stands alone, so that the next one can be read.
            self._torn = bool(self.size) and os.read(file, 1) != b"\n"
            sync_folder(self._folder)
        except OSError:
            os.close(file)
            raise
        self._file = file

    def _looked_at(self) -> int:
        """The file, if it still is what its name stands for; else one that is begun anew."""
        if self._file is None:
            self._claim()
            self._open()
        assert self._file is not None
        mine = os.fstat(self._file)
        try:
            theirs = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            theirs = None
        if theirs is None or not os.path.samestat(mine, theirs):
            self._claim()
            old = self._file
            self._open()
            with suppress(OSError):
                os.close(old)
            self.began, self.begun_anew = self._clock.now(), True
        else:
            self.size = mine.st_size  # Somebody may have cut it short.
        return self._file

    def _swap_names(self, last: int) -> None:
        closed = self._folder / closed_name(last)
        self._path.rename(closed)
        try:
            (self._folder / _NEXT).rename(self._path)
        except OSError:
            with suppress(OSError):
                closed.rename(self._path)
            raise


def _opened(path: Path, how: int = 0) -> int:
    file = os.open(path, _APPEND | how, 0o600)
    try:
        if sys.platform != "win32":
            os.fchmod(file, 0o600)
    except OSError:
        os.close(file)
        raise
    return file


def write_whole(path: Path, data: bytes) -> None:
    """Write a small file of its own, for its owner's eyes: whole or not at all. Raises OSError."""
    fresh = path.with_name(f"{path.name}.new")
    handle = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        if sys.platform != "win32":
            os.fchmod(handle, 0o600)
        file.write(data)
        file.flush()
        os.fsync(handle)
    fresh.replace(path)
    sync_folder(path.parent)


def _sync(file: int) -> None:
    """What was written, without the times of the file where the system makes a difference."""
    if sys.platform == "linux":
        os.fdatasync(file)
    else:
        os.fsync(file)


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder. Windows does by itself, and opens no folder."""
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _beginning(path: Path) -> datetime | None:
    """When the first line of a file was written."""
    first = next(read_file(path), None)
    if first is None or first.entry is None:
        return None
    moment = datetime.fromisoformat(first.entry.at)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
