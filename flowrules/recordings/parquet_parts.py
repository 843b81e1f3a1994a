"""Which rows of Parquet files belong together.

Where the rows of each call follow one another, in a file or from one file to the next, the files are read as they
stand, in ranges that begin and end between calls. To know that, the column with the calls' ids is read once before;
kept of it are eight bytes a call. Where the rows of a call are scattered, all rows are written into parts first, by a
digest of their call's id: a part is read into memory and put in order there.
"""

import zlib
from array import array
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from flowrules.recordings.arrow import arrow
from flowrules.recordings.cells import texts
from flowrules.recordings.columns import CALL, FILE, ROW, Damage, Lost
from flowrules.recordings.layout import Layout
from flowrules.recordings.parquet_rows import Range, Table
from flowrules.recordings.record import BadRecording, call_id

RANGE_ROWS = 200_000
"""Rows of a range, and of a part, as far as calls allow."""
MOST_PARTS = 256
"""Files that are open at a time."""
_SCAN_ROWS = 65_536
_MOST_LOST = 100_000
"""Calls whose ids are kept of damaged rows."""
_LOOK_EVERY = 100_000
"""Calls after which it is looked whether one has come twice."""

Piece = tuple[Range, ...] | Damage
Files = Sequence[tuple[Path, str]]
"""Files, and what they are called in messages."""


def pieces(files: Files, layout: Layout) -> list[Piece] | None:
    """The rows in ranges of whole calls; None where the rows of some call do not follow one another. Raises OSError,
    ParquetMissing and BadRecording."""
    scan = _Scan()
    for path, name in files:
        with Table(path, name, layout) as table:
            scan.begin(path, name)
            for found in table.read([_source(table)], size=_SCAN_ROWS):
                if isinstance(found, Damage):
                    scan.damage(found)
                elif not scan.take(table.pa, _ids(table, found[1])):
                    return None
            scan.end()
    return scan.pieces() if scan.each_comes_once() else None


class _Scan:
    """Goes through the calls' ids, and cuts where a range is long enough."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._open: list[Range] = []
        """Ranges of the piece that grows."""
        self._rows = 0
        """How many rows they have."""
        self._path, self._name = Path(), ""
        self._row = self._start = 0
        """Of the file: rows so far, and where the range begins that grows."""
        self._call = ""
        self._cut = False
        self._seen = array("q")
        self._look_at = _LOOK_EVERY

    def begin(self, path: Path, name: str) -> None:
        self._path, self._name = path, name
        self._row = self._start = 0

    def take(self, pa: Any, ids: list[str]) -> bool:
        """False: a call has come twice."""
        call, seen, first = self._call, self._seen, self._row
        for number, name in enumerate(ids):
            if name == call:
                continue
            call = name
            if name:  # A row of no call ends the one before it.
                seen.append(hash(name))
                if self._rows + first + number - self._start >= RANGE_ROWS:
                    self._row = first + number
                    self._close()
        self._call, self._row = call, first + len(ids)
        if len(seen) >= self._look_at:
            self._look_at = 2 * len(seen)
            return self.each_comes_once()
        return True

    def damage(self, damage: Damage) -> None:
        self._call = ""
        self._grow(cut_after=True)
        self._close()
        self._pieces.append(damage)
        self._row += damage.rows
        self._start, self._cut = self._row, True

    def end(self) -> None:
        self._grow()

    def pieces(self) -> list[Piece]:
        self._close()
        return self._pieces

    def each_comes_once(self) -> bool:
        pa = arrow()
        return not self._seen or pa.compute.count_distinct(pa.array(self._seen, pa.int64())).as_py() == len(
            self._seen
        )

    def _grow(self, *, cut_after: bool = False) -> None:
        if self._row > self._start:
            self._open.append(
                Range(self._path, self._name, self._start, self._row, self._cut and not self._open, cut_after)
            )
            self._rows += self._row - self._start
            self._cut = False
        self._start = self._row

    def _close(self) -> None:
        self._grow()
        if self._open:
            self._pieces.append(tuple(self._open))
        self._open, self._rows = [], 0


def rows_of(files: Files, layout: Layout) -> int:
    """Raises OSError, ParquetMissing and BadRecording."""
    rows = 0
    for path, name in files:
        with Table(path, name, layout) as table:
            rows += table.rows
    return rows


def parts_for(rows: int) -> int:
    return max(1, min(MOST_PARTS, -(-rows // RANGE_ROWS)))


def part_path(folder: Path, part: int) -> Path:
    return folder / f"part-{part:04d}.arrow"


def into_parts(files: Files, layout: Layout, folder: Path, count: int) -> Iterator[int | tuple[Damage, Lost]]:
    """Write all rows into so many parts; yields how many rows were written, now and then, and what can't be read.
    Raises OSError, ParquetMissing and BadRecording."""
    pa = arrow()
    schema = _one_schema(files, layout)
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with ExitStack() as opened:
        writers = []
        for part in range(count):
            sink = opened.enter_context(part_path(folder, part).open("wb"))
            writers.append(opened.enter_context(pa.ipc.new_file(sink, schema, options=options)))
        for number, (path, name) in enumerate(files):
            with Table(path, name, layout) as table:
                for found in table.read(table.needed(), size=_SCAN_ROWS):
                    if isinstance(found, Damage):
                        yield found, _lost(table, found)
                        continue
                    first, batch = found
                    ids = _ids(table, batch)
                    places = [f"\0{number} {first + row}" for row in range(len(ids)) if not ids[row]]
                    numbers = [zlib.crc32((one or places.pop()).encode()) % count for one in ids]
                    whole = _with_ours(pa, batch, schema, ids, number, first)
                    for part, some in _parted(pa, whole, numbers):
                        writers[part].write_batch(some)
                    yield batch.num_rows


def _lost(table: Table, damage: Damage) -> Lost:
    """Whose rows these are: by the column with the calls' ids, which may be whole, or else by the file's own index."""
    calls: set[str] = set()
    source = _source(table)
    for found in table.read([source], damage.first, damage.first + damage.rows, _SCAN_ROWS):
        if isinstance(found, Damage) or len(calls) > _MOST_LOST:
            between = table.ids_between(source, damage.first) if table.columns.call else None
            return Lost() if between is None else Lost(None, *(one.strip() for one in between))
        calls.update(_ids(table, found[1]))
    return Lost(frozenset(calls - {""}))


def _parted(pa: Any, rows: Any, parts: list[int]) -> Iterator[tuple[int, Any]]:
    """Rows by their parts; those of a part keep their order."""
    numbers = pa.array(parts, pa.int32())
    order = pa.compute.sort_indices(numbers)
    rows, encoded = rows.take(order), pa.compute.run_end_encode(numbers.take(order))
    start = 0
    for part, stop in zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True):
        yield part, rows.slice(start, stop - start)
        start = stop


def _with_ours(pa: Any, batch: Any, schema: Any, ids: list[str], file: int, first: int) -> Any:
    """Rows in the schema of all files, with where they stand."""
    count = batch.num_rows
    ours = {
        CALL: pa.array(ids, pa.string()),
        FILE: pa.array([file] * count, pa.int32()),
        ROW: pa.array(range(first, first + count), pa.int64()),
    }
    columns = []
    for field in schema:
        if field.name in ours:
            columns.append(ours[field.name])
        elif field.name in batch.schema.names:
            columns.append(batch.column(field.name).cast(field.type))
        else:
            columns.append(pa.nulls(count, field.type))
    return pa.record_batch(columns, schema=schema)


def _one_schema(files: Files, layout: Layout) -> Any:
    """The columns of all files. Raises BadRecording where one can't be the same in all."""
    pa = arrow()
    schemas = []
    for path, name in files:
        with Table(path, name, layout) as table:
            needed = set(table.needed())
            # The kinds of texts differ from file to file, and are one kind here.
            schemas.append(pa.schema([_plain(pa, field) for field in table.schema if field.name in needed]))
    try:
        schema = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException as error:
        raise BadRecording(
            f"a column is of another kind in another file: {str(error).splitlines()[0]}"
        ) from None
    for name, kind in ((CALL, pa.string()), (FILE, pa.int32()), (ROW, pa.int64())):
        schema = schema.append(pa.field(name, kind))
    return schema


def _plain(pa: Any, field: Any) -> Any:
    kind = field.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.field(field.name, pa.string() if pa.types.is_large_string(kind) else kind)


def _source(table: Table) -> str:
    """The column in which the calls' ids stand, or that holds it."""
    return table.columns.call or table.columns.call_in.partition(".")[0]


def _ids(table: Table, batch: Any) -> list[str]:
    """The call's id of each row; '' where there is none."""
    pa, columns = table.pa, table.columns
    column = batch.column(_source(table))
    if not columns.call:
        for name in columns.call_in.split(".")[1:]:
            column = pa.compute.struct_field(column, name)
    found = texts(pa, column, str.strip)
    if found is None:
        return [call_id(value) for value in column.to_pylist()]
    made, numbers = found
    made[-1] = ""
    return [made[number] for number in numbers]
