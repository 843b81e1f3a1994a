"""Recordings of calls, on disk: which files belong to one, what each is, and in which pieces they are read.

A piece holds whole calls and is read by itself, by any process: it is data, and can be sent. Which pieces a recording
has depends on nothing but its files and its layout.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, assert_never
from zoneinfo import ZoneInfo

from flowrules import built
from flowrules.recordings import grouping
from flowrules.recordings.call import NotReplayed, Recorded
from flowrules.recordings.column_calls import ColumnCall, Kept
from flowrules.recordings.columns import DAMAGED, Damage, Lost
from flowrules.recordings.grouping import Grouping
from flowrules.recordings.journal_quick import JournalCall
from flowrules.recordings.journals import in_order, is_journal, read_sessions
from flowrules.recordings.layout import Layout
from flowrules.recordings.lines import is_lines
from flowrules.recordings.parquet_rows import Range
from flowrules.recordings.record import BadRecording
from flowrules.runtime.journal.folders import is_workers
from flowrules.runtime.journal.writing.lock import BUNDLES_LOCK, WORKERS_LOCK
from flowrules.runtime.rules.last_good import NAME as LAST_GOOD

PARQUET = (".parquet", ".pq")
_ROW_BYTES = 150
"""What a row of text is supposed to have, for saying how far a reading is."""
_EVENT_BYTES = 3_000
"""What a journal is supposed to hold for each event, with all that came of it."""
_PASSED_OVER = "its name ends in none of .parquet, .jsonl, .ndjson, .json, .csv, .tsv"

Files = tuple[tuple[Path, str], ...]
"""Files, and what they are called in messages."""


@dataclass(frozen=True, slots=True)
class Rows:
    """All rows of files that hold one a line."""

    files: Files


@dataclass(frozen=True, slots=True)
class RowsPart:
    """The calls of which the rows were written to `part`."""

    files: Files
    part: Path


@dataclass(frozen=True, slots=True)
class Ranges:
    """Rows of Parquet files."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class TablePart:
    """The calls of Parquet files of which the rows were written to `part`. `lost`: whose rows can't be read."""

    names: tuple[str, ...]
    part: Path
    lost: tuple[Lost, ...] = ()


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions that begin in the first of these files of a journal, which follow one another."""

    files: Files


Reads = Sessions | Rows | RowsPart | Ranges | TablePart | Damage


class Piece(NamedTuple):
    """`rows`: how many it has, or is supposed to have."""

    reads: Reads
    rows: int


Prepared = Callable[[int], object]
"""Is told of rows that were read to find out which belong together."""


def _tell_nobody(rows: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Recording:
    """`journals`: the files of each, oldest first. `unread`: files of a folder that are no recordings."""

    layout: Layout
    lines: Files = ()
    tables: Files = ()
    journals: tuple[Files, ...] = ()
    unread: tuple[NotReplayed, ...] = ()

    def identity(self) -> str:
        """A digest of which files there are and how they are read; it changes when a file does: by its size, its time,
        or what stands at its ends. Raises OSError."""
        digest = hashlib.sha256(repr((self.layout.mapped, self.layout.ignored)).encode())
        of_journals = (one for files in self.journals for one in files)
        for path, name in (*self.lines, *self.tables, *of_journals):
            found = path.stat()
            digest.update(repr((name, found.st_size, found.st_mtime_ns)).encode())
            with path.open("rb") as file:
                digest.update(file.read(_END))
                file.seek(max(0, found.st_size - _END))
                digest.update(file.read(_END))
        return digest.hexdigest()

    def pieces(self, folder: Path, prepared: Prepared = _tell_nobody) -> tuple[Piece, ...]:
        """What it is read in. Rows that are scattered are written into parts in `folder`, where the pieces find them.
        Raises OSError, ParquetMissing and BadRecording."""
        return (
            *self._pieces_of_journals(),
            *self._pieces_of_lines(folder, prepared),
            *self._pieces_of_tables(folder, prepared),
        )

    # --- inside ---

    def _pieces_of_journals(self) -> Iterator[Piece]:
        for files in self.journals:
            for number, (path, _) in enumerate(files):
                yield Piece(Sessions(files[number:]), path.stat().st_size // _EVENT_BYTES + 1)

    def _pieces_of_lines(self, folder: Path, prepared: Prepared) -> Iterator[Piece]:
        if not self.lines:
            return
        size = sum(path.stat().st_size * (8 if path.suffix == ".gz" else 1) for path, _ in self.lines)
        count = grouping.parts_for(size)
        rows = size // _ROW_BYTES // count + 1
        if count == 1:
            yield Piece(Rows(self.lines), rows)
            return
        for done in Grouping(self.lines, self.layout).into_parts(folder, count):
            prepared(done // _ROW_BYTES)
        for part in range(count):
            yield Piece(RowsPart(self.lines, grouping.part_path(folder, part)), rows)

    def _pieces_of_tables(self, folder: Path, prepared: Prepared) -> Iterator[Piece]:
        if not self.tables:
            return
        from flowrules.recordings import parquet_parts

        found = parquet_parts.pieces(self.tables, self.layout)
        if found is not None:
            for piece in found:
                if isinstance(piece, Damage):
                    yield Piece(piece, piece.rows)
                else:
                    yield Piece(Ranges(piece), sum(one.stop - one.start for one in piece))
            return
        count = parquet_parts.parts_for(parquet_parts.rows_of(self.tables, self.layout))
        rows, lost = 0, list[Lost]()
        for done in parquet_parts.into_parts(self.tables, self.layout, folder, count):
            if isinstance(done, tuple):
                damage, of_calls = done
                lost.append(of_calls)
                yield Piece(damage, damage.rows)
            else:
                prepared(done)
                rows += done
        names = tuple(name for _, name in self.tables)
        for part in range(count):
            path = parquet_parts.part_path(folder, part)
            yield Piece(TablePart(names, path, tuple(lost)), rows // count + 1)


_END = 65_536
"""Bytes of each end of a file that tell one from another."""


def open_recording(path: Path, layout: Layout) -> Recording:
    """The recording at a path: a file, or all files in a folder and in the folders in it. Raises OSError, and
    BadRecording where there is none."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and not _is_hidden(file, path))
        named = [(file, file.relative_to(path).as_posix()) for file in files]
    else:
        path.stat()
        named = [(path, path.name)]
    journals: dict[Path, list[Path]] = {}
    names = dict(named)
    for file, _ in named:
        if is_journal(file):
            journals.setdefault(file.parent, []).append(file)
    of_journals = {file for files in journals.values() for file in files}
    homes = {*journals, *(folder.parent for folder in journals if is_workers(folder))}
    homes |= {file.parent for file, _ in named if file.name == BUNDLES_LOCK}
    beside = [one for one in named if one[0].parent in homes and one[0] not in of_journals]
    rest = [one for one in named if one[0] not in of_journals and one[0].parent not in homes]
    lines = tuple(one for one in rest if is_lines(one[0]))
    tables = tuple(one for one in rest if one[0].suffix.lower() in PARQUET)
    known = {*lines, *tables}
    unread = [NotReplayed("", _PASSED_OVER, 0, name) for file, name in rest if (file, name) not in known]
    unread += [NotReplayed("", _BESIDE, 0, name) for file, name in beside if not _is_of_journals(file)]
    if not known and not journals:
        what = "no file" if path.is_dir() else "a file, but none"
        raise BadRecording(
            f"{path} holds {what} whose name ends in .parquet, .jsonl, .ndjson, .json, .csv or .tsv"
        )
    found = tuple(tuple((file, names[file]) for file in in_order(files)) for files in journals.values())
    return Recording(layout, lines, tables, found, tuple(unread))


_BESIDE = "it stands beside a journal, and is no part of it"


def _is_of_journals(file: Path) -> bool:
    """What a journal keeps beside its lines: the texts of rules, its key, its lock, the last good rules, bundles."""
    own = file.name.startswith(("rules-", "journal.", "rollout.")) or file.suffix == built.SUFFIX
    return own or file.name in (LAST_GOOD, WORKERS_LOCK)


def read_piece(reads: Reads, layout: Layout, zone: ZoneInfo) -> Iterator[Recorded]:
    """The calls of a piece. Times without an offset are `zone`'s. Raises OSError, ParquetMissing and BadRecording."""
    for call in read_columns(reads, layout, zone, columns=False):
        assert not isinstance(call, ColumnCall)
        yield call.made() if isinstance(call, JournalCall) else call


def read_columns(
    reads: Reads, layout: Layout, zone: ZoneInfo, *, columns: bool = True, done: bool = True
) -> Iterator[Kept]:
    """The same. Those of tables may stay columns, those of journals lines. `done`: what was done in the calls of
    journals is asked for, too."""
    match reads:
        case Sessions(files):
            return read_sessions(files, done=done)
        case Rows(files):
            whole = Grouping(files, layout)
            return whole.calls(whole.rows(), zone, columns=columns)
        case RowsPart(files, part):
            return Grouping(files, layout).calls(grouping.read_part(part), zone, columns=columns)
        case Damage(rows, place):
            return iter((NotReplayed("", DAMAGED, rows, place),))
        case Ranges(ranges):
            from flowrules.recordings.parquet_rows import read_ranges

            return read_ranges(ranges, layout, zone, columns=columns)
        case TablePart(names, part, lost):
            from flowrules.recordings.parquet_rows import read_part

            return read_part(part, names, layout, zone, lost, columns=columns)
        case _:
            assert_never(reads)


def _is_hidden(file: Path, folder: Path) -> bool:
    """Files that other programs leave beside data: `.DS_Store`, `_SUCCESS`."""
    return any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
