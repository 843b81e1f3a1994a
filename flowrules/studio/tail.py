"""The end of a journal that somebody else writes: what was written since it was looked at last. Nothing is written."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from flowrules.runtime.journal.format import check_format
from flowrules.runtime.journal.reader import CURRENT, Entry, closed_files, entry_of, read_file

FIRST = 512 * 1024
"""Bytes before the end that are read the first time."""
MOST = 8 * 1024 * 1024
"""Bytes that are read at a time."""


class Tail:
    """Follows `journal.jsonl` of a folder over its ends: a file that is full gets another name, and a new one is begun.
    The folder, and the file, may come later."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None
        self._left = b""
        self._seq = 0
        """The number of the last line."""

    def read(self) -> list[Entry]:
        """What is new, oldest first. Raises OSError; JournalError for what a newer version wrote."""
        found = [*self._rest()]
        if self._has_moved():
            before = self._file is not None
            if before:
                found += self._rest()  # What was written before the file got its other name.
            self.close()
            if before:
                found += self._closed_since()
            self._open(at_end=not before)
            found += self._rest()
        for entry in found:
            check_format(entry)
        return found

    def close(self) -> None:
        """Follow no more."""
        if self._file is not None:
            self._file.close()
        self._file, self._left = None, b""

    # --- inside ---

    def _has_moved(self) -> bool:
        try:
            there = (self._folder / CURRENT).stat()
        except FileNotFoundError:
            return False
        return self._file is None or not os.path.samestat(there, os.fstat(self._file.fileno()))

    def _open(self, *, at_end: bool) -> None:
        with suppress(FileNotFoundError):
            self._file = (self._folder / CURRENT).open("rb")
            size = os.fstat(self._file.fileno()).st_size
            if at_end and size > FIRST:
                self._file.seek(size - FIRST)
                self._file.readline()  # The rest of a line.

    def _rest(self) -> Iterator[Entry]:
        """The whole lines that the file has more than before."""
        if self._file is None:
            return
        size = os.fstat(self._file.fileno()).st_size
        if size < self._file.tell():
            # A line that a process left torn was cut off.
            self._file.seek(size)
            self._left = b""
        data = self._left + self._file.read(MOST)
        *lines, self._left = data.split(b"\n")
        for line in lines:
            entry = entry_of(line) if line.strip() else None
            if entry is not None:
                self._seq = entry.seq
                yield entry

    def _closed_since(self) -> Iterator[Entry]:
        """What stands in files that were begun and closed since the last look."""
        last = self._seq
        for path in closed_files(self._folder):
            number = path.stem.rpartition("-")[2]
            if number.isdecimal() and int(number) > last:
                for line in read_file(path):
                    if line.entry is not None and line.entry.seq > last:
                        self._seq = line.entry.seq
                        yield line.entry
