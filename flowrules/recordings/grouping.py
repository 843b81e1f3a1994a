"""Rows of calls from files in which they stand in any order: JSON lines and CSV.

A small recording is read into memory at once. The rows of a larger one are written into parts first, by a digest of
their call's id, so that each part holds whole calls: a part is read into memory, and no more than a part. With `PARTS`
parts at most, a part has that share of the recording.
"""

import re
import zlib
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from flowrules.engine.event import BadEvent
from flowrules.recordings import line_columns
from flowrules.recordings.call import NotReplayed, Recorded
from flowrules.recordings.column_calls import ColumnCall, ColumnRows, Kept
from flowrules.recordings.layout import Layout, Role
from flowrules.recordings.lines import NO_JSON, Line, as_record, columns_of, read_lines
from flowrules.recordings.record import NO_CALL, BadRecording, call_of, unreadable
from flowrules.recordings.rows import Rows
from flowrules.recordings.told import TOO_MANY, Told, make_call
from flowrules.redaction import redact_json

PARTS = 256
"""Files that are open at a time."""
PART_BYTES = 16 * 1024 * 1024
"""How much text a part is to hold, where that many parts do."""
ONE_CALL_EACH = frozenset({"event", "known", "at", "time", "timestamp"})
"""A JSON line with nothing else, and no call's id, is a call of its own."""


class Row(NamedTuple):
    """A row that is not understood yet. `file`: the number of its file. `call`: the id of its call, '' where it names
    none; None: nobody has looked."""

    file: int
    line: Line
    call: str | None = None


class _Call(NamedTuple):
    """The rows of a call, and what was read of each: None where it is no record."""

    name: str
    rows: Sequence[Row]
    records: Sequence[Mapping[str, Any] | None]


class Grouping:
    """Reads rows of files, all of one layout. `files`: each with what it is called in messages."""

    def __init__(self, files: Sequence[tuple[Path, str]], layout: Layout) -> None:
        """Raises OSError, and BadRecording for a file in which no column names the call."""
        self._files = files
        self._layout = layout
        self._columns = [columns_of(path) for path, _ in files]
        named = (layout.call_column or "").rpartition(".")[2]
        column = re.escape(named.encode()) if named else rb"call_?id|call"
        self._id_in = re.compile(rb'"(?:' + column + rb')"\s*:\s*"([^"\\]+)"', re.IGNORECASE)
        for (_, name), columns in zip(files, self._columns, strict=True):
            if columns is not None:
                _check_columns(name, columns, layout)

    def rows(self) -> Iterator[Row]:
        """Every row, in order. Raises OSError."""
        for file, _, line in self._lines():
            yield Row(file, line)

    def into_parts(self, folder: Path, count: int) -> Iterator[int]:
        """Write all rows into so many parts; yields the bytes of the text that was read since the last time, now and
        then. Raises OSError."""
        with ExitStack() as open_files:
            parts = [
                open_files.enter_context(part_path(folder, part).open("wb", buffering=32 * 1024))
                for part in range(count)
            ]
            done = 0
            for file, columns, line in self._lines():
                number, data, why_not = line
                name = "" if why_not else self._name_of(data, columns)
                part = zlib.crc32((name or f"\0{file} {number}").encode()) % count
                told = _encode(name)
                parts[part].write(
                    b"%d %d %b\t%b\t%b\n" % (file, number, why_not.encode(), told, redact_json(data))
                )
                done += len(data) + 1
                if done > 1 << 20:
                    yield done
                    done = 0
            yield done

    def calls(self, rows: Iterable[Row], zone: ZoneInfo, *, columns: bool = False) -> Iterator[Kept]:
        """The calls of rows, each row of which is in them with all others of its call. A call comes when all rows are
        read, in the order of the first ones. `columns`: they may stay columns."""
        by_call: dict[str, list[Row]] = {}
        alone = 0
        for row in rows:
            name = row.call
            if name is None:
                name = "" if row.line.why_not else self._name_of(row.line.data, self._columns[row.file])
            if not name:
                alone += 1
                name = f"\0{alone}"
            by_call.setdefault(name, []).append(row)
        reader = Rows(self._layout, zone)
        while by_call:
            taken, count = list[_Call](), 0
            while by_call and count < line_columns.ROWS:
                name = next(iter(by_call))
                of_call = by_call.pop(name)
                taken.append(_Call(name, of_call, list(map(self._record, of_call))))
                count += len(of_call)
            made = self._in_columns(taken, reader) if columns else {}
            for number, one in enumerate(taken):
                call = made.get(number)
                if call is None:
                    yield from self._call(one, reader)
                else:
                    yield call

    # --- inside ---

    def _lines(self) -> Iterator[tuple[int, tuple[str, ...] | None, Line]]:
        """Every line, with the number of its file and the columns of that."""
        for number, (path, _) in enumerate(self._files):
            lines, columns = read_lines(path), self._columns[number]
            if columns is not None:
                next(lines, None)  # the names of the columns
            for line in lines:
                yield number, columns, line

    def _in_columns(self, calls: Sequence["_Call"], reader: Rows) -> dict[int, ColumnCall]:
        """Those of some calls that may stay columns, by their numbers."""
        shapes = Counter(tuple(one.records[0]) for one in calls if one.records[0] is not None)
        names = max(shapes, key=shapes.__getitem__, default=())
        alike = [
            number
            for number, one in enumerate(calls)
            if not one.name.startswith("\0")
            and len(one.rows) <= TOO_MANY
            and all(record is not None and tuple(record) == names for record in one.records)
        ]
        found, columns = dict[int, ColumnCall](), None
        while alike and not isinstance(columns, ColumnRows):
            ids, places, records = list[str](), list[str](), list[Mapping[str, Any]]()
            starts = [0]
            for number in alike:
                name, rows, read = calls[number]
                ids += [name] * len(rows)
                places += map(self._place, rows)
                records += [record for record in read if record is not None]
                starts.append(len(ids))
            columns = line_columns.as_columns(ids, records, places, reader)
            if isinstance(columns, ColumnRows):
                for number, (start, stop) in zip(alike, pairwise(starts), strict=True):
                    if (call := columns.call(start, stop)) is not None:
                        found[number] = call
            else:
                odd = {bisect(starts, row) - 1 for row in columns}
                alike = [number for place, number in enumerate(alike) if place not in odd]
        return found

    def _call(self, call: "_Call", reader: Rows) -> Iterator[Recorded]:
        told: list[Told] = []
        name, rows, records = call
        for row, record in zip(rows, records, strict=True):
            if record is None and not name.startswith("\0"):
                told.append(unreadable(NO_JSON, self._place(row)))
                continue
            if record is None:
                yield NotReplayed("", row.line.why_not or NO_JSON, 1, self._place(row))
                continue
            if name.startswith("\0"):
                name = self._place(row)
                if not ONE_CALL_EACH.issuperset(record) or not isinstance(record.get("event"), Mapping):
                    yield NotReplayed("", NO_CALL, 1, name)
                    continue
            one = reader.read(record)
            told.append(one._replace(place=self._place(row)) if one.why_not else one)
        if told:
            yield make_call(name, told, self._place(rows[0]))

    def _name_of(self, data: bytes, columns: tuple[str, ...] | None) -> str:
        """The id of a row's call; '' where it names none. Of a line that is damaged, what stands where it would be."""
        record = as_record(data, columns)
        if record is not None:
            return call_of(record, self._layout)
        found = self._id_in.search(data)
        return "" if found is None else found[1].decode("utf-8", "replace").strip()

    def _record(self, row: Row) -> Mapping[str, Any] | None:
        return None if row.line.why_not else as_record(row.line.data, self._columns[row.file])

    def _place(self, row: Row) -> str:
        name = self._files[row.file][1]
        return f"{name}, line {row.line.number}" if row.line.number else name


def _check_columns(name: str, columns: Sequence[str], layout: Layout) -> None:
    """Raises BadRecording."""
    for column in columns:
        try:
            layout.places(column)
        except BadEvent as error:
            raise BadRecording(
                f"{name}: the column {column} can't be read ({error}): map it, or ignore it"
            ) from None
    for role in (Role.CALL, Role.AT):
        column = layout.mapped.get(role, "")
        if column and column not in columns:
            missing = f"there is no column {column}"
        elif not column and all(layout.role_of(one).role is not role for one in columns):
            missing = f"no column is known to hold its {role}"
        else:
            continue
        listed = ", ".join(columns[:20])
        raise BadRecording(f"{name}: {missing}: --map {role}=COLUMN names it. The columns are {listed}")


def part_path(folder: Path, part: int) -> Path:
    return folder / f"part-{part:04d}"


def read_part(path: Path) -> Iterator[Row]:
    """The rows of a part. Raises OSError."""
    with path.open("rb") as file:
        for raw in file:
            head, name, data = raw.rstrip(b"\n").split(b"\t", 2)
            number, line, why_not = head.split(b" ", 2)
            yield Row(int(number), Line(int(line), data, why_not.decode()), _name(name))


_name = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode


def parts_for(size: int) -> int:
    """How many parts a recording of so many bytes has; 1: it need not be parted."""
    if size <= PART_BYTES // 8:
        return 1
    return min(PARTS, max(8, -(-size // PART_BYTES)))
