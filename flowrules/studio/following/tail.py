"""The end of a journal that somebody else writes: what was written since it was looked at last. Nothing is written, and
no file is held open between two looks: the engine may give it another name at any moment."""

import os
from collections.abc import Iterator
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
        self._file: os.stat_result | None = None
        """The file that was read last, and where the next line in it begins."""
        self._at = 0
        self._seq = 0
        """The number of the last line."""

    def read(self) -> list[Entry]:
        """What is new, oldest first. Raises OSError; JournalError for what a newer version wrote."""
        try:
            file = (self._folder / CURRENT).open("rb")
        except FileNotFoundError:
            return []
        with file:
            there = os.fstat(file.fileno())
            found: list[Entry] = []
            if self._file is None:
                self._at = _near_the_end(file, there.st_size)
            elif not os.path.samestat(self._file, there):
                first = entry_of(file.readline())
                if first is None:
                    return []  # It has only just been begun.
                self._at = 0
                if first.seq == 1:
                    self._seq = 0  # It is another journal.
                else:
                    found += self._closed_since()
            self._file = there
            found += self._rest(file, there.st_size)
        for entry in found:
            check_format(entry)
        return found

    # --- inside ---

    def _rest(self, file: BinaryIO, size: int) -> Iterator[Entry]:
        """The whole lines that the file has more than before."""
        self._at = min(self._at, size)  # A line that a process left torn is cut off when the next one begins.
        file.seek(self._at)
        data = file.read(MOST)
        end = data.rfind(b"\n") + 1
        self._at += end
        for line in data[:end].split(b"\n"):
            entry = entry_of(line) if line.strip() else None
            # It may have been closed since it was opened here, and be read already.
            if entry is not None and entry.seq > self._seq:
                self._seq = entry.seq
                yield entry

    def _closed_since(self) -> Iterator[Entry]:
        """What stands in files that were closed since the last look."""
        last = self._seq
        for path in closed_files(self._folder):
            number = path.stem.rpartition("-")[2]
            if number.isdecimal() and int(number) > last:
                for line in read_file(path):
                    if line.entry is not None and line.entry.seq > self._seq:
                        self._seq = line.entry.seq
                        yield line.entry


def _near_the_end(file: BinaryIO, size: int) -> int:
    if size <= FIRST:
        return 0
    file.seek(size - FIRST)
    file.readline()  # The rest of a line.
    return file.tell()
