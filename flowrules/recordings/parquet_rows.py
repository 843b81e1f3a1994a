"""Parquet files, read in ranges of rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flowrules.recordings.arrow import arrow
from flowrules.recordings.call import NotReplayed
from flowrules.recordings.column_calls import Kept
from flowrules.recordings.columns import CALL, FILE, ROW, Batch, Columns, Damage, Lost, columns_of
from flowrules.recordings.joined import Joined
from flowrules.recordings.journal_quick import JournalCall
from flowrules.recordings.layout import Layout
from flowrules.recordings.record import BadRecording

LACKS_ROWS = "rows of the recording can't be read, and some may be its own"
BATCH_ROWS = 8192
"""Rows that are read at a time."""


class Range(NamedTuple):
    """Rows of a file, from `start` up to `stop`, as they are counted from 0. `cut_before`, `cut_after`: the rows beside
    it can't be read, so that its first call, or its last, may lack some."""

    path: Path
    name: str
    start: int
    stop: int
    cut_before: bool = False
    cut_after: bool = False


class Table:
    """An open Parquet file, read by a layout. Use it as a context manager. `names` of the columns that are read."""

    def __init__(self, path: Path, name: str, layout: Layout) -> None:
        """Raises OSError, ParquetMissing and BadRecording."""
        self.pa = pa = arrow()
        self.name = name
        try:
            # A buffer for each column chunk: no more of the file is in memory than what is read at present.
            self._file = pa.parquet.ParquetFile(path, buffer_size=1 << 16, pre_buffer=False)
            self.schema = self._file.schema_arrow
        except FileNotFoundError:
            raise
        except (pa.ArrowException, OSError) as error:
            raise BadRecording(f"{name} can't be read as Parquet: {_first_line(error)}") from None
        try:
            self.columns: Columns = columns_of(pa, self.schema, layout)
        except BadRecording as error:
            raise BadRecording(f"{name}: {error}") from None
        metadata = self._file.metadata
        self.groups: list[int] = [
            metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)
        ]

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    @property
    def rows(self) -> int:
        return sum(self.groups)

    def needed(self) -> list[str]:
        """The columns that are read."""
        return [name for name in self.schema.names if name in self.columns.needed]

    def read(
        self, columns: Sequence[str], start: int = 0, stop: int | None = None, size: int = BATCH_ROWS
    ) -> Iterator[tuple[int, Any] | Damage]:
        """Batches of rows, each with the number of its first one. Of a row group that can't be read come those rows
        that can, and a Damage for the rest."""
        stop = self.rows if stop is None else stop
        begins = 0
        for number, count in enumerate(self.groups):
            ends = begins + count
            if begins < stop and ends > start:
                yield from self._group(number, columns, begins, max(start, begins), min(stop, ends), size)
            begins = ends

    def _group(
        self, number: int, columns: Sequence[str], begins: int, start: int, stop: int, size: int
    ) -> Iterator[tuple[int, Any] | Damage]:
        row = begins
        pa = self.pa
        try:
            batches = self._file.iter_batches(
                size, row_groups=[number], columns=list(columns), use_threads=False
            )
            for batch in batches:
                first, last = max(row, start), min(row + batch.num_rows, stop)
                if first < last:
                    yield first, batch.slice(first - row, last - first)
                row += batch.num_rows
                if row >= stop:
                    return
        except (pa.ArrowException, OSError, UnicodeDecodeError):
            pass
        if row < stop:
            first = max(row, start)
            yield Damage(stop - first, f"{self.name}, row group {number + 1}", first)

    def ids_between(self, column: str, row: int) -> tuple[str, str] | None:
        """The first and the last id that the file's own index names for the row group with this row; None where it does
        not tell."""
        begins = 0
        for number, count in enumerate(self.groups):
            begins += count
            if row < begins:
                group = self._file.metadata.row_group(number)
                chunks = (group.column(place) for place in range(group.num_columns))
                told = next((one.statistics for one in chunks if one.path_in_schema == column), None)
                if told is None or not told.has_min_max or told.null_count:
                    return None
                return (told.min, told.max) if isinstance(told.min, str) else None
        return None


def read_ranges(
    ranges: Sequence[Range], layout: Layout, zone: ZoneInfo, *, columns: bool = False
) -> Iterator[Kept]:
    """The calls of ranges that follow one another; `columns`: they may stay columns. Raises OSError, ParquetMissing and
    BadRecording."""
    joined = Joined(arrow(), layout, zone, columns=columns)
    return joined.calls(
        _range_batches(ranges, layout), cut_before=ranges[0].cut_before, cut_after=ranges[-1].cut_after
    )


def read_part(
    path: Path,
    names: Sequence[str],
    layout: Layout,
    zone: ZoneInfo,
    lost: Sequence[Lost] = (),
    *,
    columns: bool = False,
) -> Iterator[Kept]:
    """The calls of a part (`parquet_parts.py`), where the rows of some are `lost`. Raises OSError, ParquetMissing and
    BadRecording."""
    for call in Joined(arrow(), layout, zone, columns=columns).calls(_part_batches(path, names, layout)):
        assert not isinstance(call, JournalCall)
        if call.call_id and any(one.concerns(call.call_id) for one in lost):
            yield NotReplayed(call.call_id, LACKS_ROWS, call.events, call.origin)
        else:
            yield call


def _range_batches(ranges: Sequence[Range], layout: Layout) -> Iterator[tuple[Batch, Columns] | Damage]:
    for one in ranges:
        with Table(one.path, one.name, layout) as table:
            for found in table.read(table.needed(), one.start, one.stop):
                yield (
                    found
                    if isinstance(found, Damage)
                    else (Batch(found[1], found[0], (one.name,)), table.columns)
                )


def _part_batches(path: Path, names: Sequence[str], layout: Layout) -> Iterator[tuple[Batch, Columns]]:
    pa = arrow()
    with pa.memory_map(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    columns = columns_of(pa, table.schema, layout)
    table = table.sort_by([(CALL, "ascending"), (FILE, "ascending"), (ROW, "ascending")])
    for batch in table.to_batches(max_chunksize=BATCH_ROWS):
        yield Batch(batch, None, names), columns


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].strip()
