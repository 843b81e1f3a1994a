"""A column of a table as Python values, without an object made for each cell where cells are alike.

A column of texts is read as it stands in Parquet: its different texts once, and for each row the number of its text. So
a text is looked at, and made, once for all the rows of a batch that hold it.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flowrules.compiler.instants import to_instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_EPOCH = datetime(1970, 1, 1)
_QUARTER = 15 * 60 * 1_000_000
"""Microseconds. The clocks of all zones change at quarters of an hour."""


def is_plain(pa: Any, kind: Any) -> bool:
    """Whether a column of this type holds texts, yes and no, or numbers."""
    types = pa.types
    if types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_boolean(kind)
        or types.is_integer(kind)
        or types.is_floating(kind)
    )


def texts(pa: Any, column: Any, look: Callable[[str], Any]) -> tuple[list[Any], list[int]] | None:
    """Of a column of texts, what `look` makes of each different one, None behind the last; and for each row the number
    of its text. None for any other column."""
    types = pa.types
    if types.is_string(column.type) or types.is_large_string(column.type):
        column = column.dictionary_encode()
    if not types.is_dictionary(column.type):
        return None
    different = column.dictionary.to_pylist()
    if different and not isinstance(different[0], str):
        return None
    made = [None if text is None else look(text) for text in different]
    made.append(None)
    return made, _whole(pa, column.indices, len(different))


class Cells(NamedTuple):
    """A column's values, as `look` has made them: None for a row that holds nothing. `made` are the different ones and
    `numbers` which of them each row holds; no `numbers`: one for each row."""

    made: list[Any]
    numbers: list[int] | None

    def at(self, row: int) -> Any:
        return self.made[row if self.numbers is None else self.numbers[row]]

    def given(self) -> Iterable[tuple[int, Any]]:
        """The rows that hold something, and what."""
        made = self.made
        if self.numbers is None:
            return [(row, value) for row, value in enumerate(made) if value is not None]
        return [
            (row, value) for row, number in enumerate(self.numbers) if (value := made[number]) is not None
        ]

    def all_given(self) -> bool:
        """Whether every row holds something."""
        if self.numbers is None:
            return None not in self.made
        nothing = len(self.made) - 1
        return None not in self.made[:-1] and nothing not in self.numbers

    def is_same(self, start: int, stop: int) -> bool:
        """Whether rows hold the same."""
        held = self.made if self.numbers is None else self.numbers
        return held[start:stop].count(held[start]) == stop - start


def cells_of(pa: Any, column: Any, look: Callable[[Any], Any]) -> Cells:
    """A column of texts, yes and no, or numbers; of nulls, too."""
    found = texts(pa, column, look)
    if found is not None:
        return Cells(*found)
    if column.null_count == len(column):
        return Cells([None], [0] * len(column))
    values = _values(pa, column)
    return Cells([None if value is None else look(value) for value in values], None)


def _values(pa: Any, column: Any) -> list[Any]:
    """Yes and no, or numbers."""
    types, kind = pa.types, column.type
    if types.is_boolean(kind):
        return [
            None if number == _NEITHER else number == 1
            for number in _whole(pa, column.cast(pa.int8()), _NEITHER)
        ]
    if types.is_float32(kind) or types.is_float64(kind):
        # What is not a number holds nothing.
        return _listed(column.cast(pa.float64()).fill_null(float("nan")))
    if column.null_count == 0:
        return _listed(column)
    return list(column.to_pylist())


_NEITHER = 2


def moments(pa: Any, column: Any, zone: ZoneInfo) -> list[datetime | None] | None:
    """A column of timestamps as instants; without a zone of their own they are `zone`'s. None for any other column, and
    for times that no datetime can hold."""
    if not pa.types.is_timestamp(column.type):
        return None
    plain = column.type.tz is None
    microseconds = pa.timestamp("us") if plain else pa.timestamp("us", "UTC")
    values = _whole(pa, pa.compute.cast(column, microseconds, safe=False).cast(pa.int64()), _NO_TIME)
    try:
        if plain:
            return [None if us == _NO_TIME else _local(us, zone) for us in values]
        if min(values, default=0) >= 0 and max(values, default=0) < _TILL_2100:
            return [_from_seconds(us / 1_000_000, UTC) for us in values]
        return [None if us == _NO_TIME else _EPOCH + timedelta(microseconds=us) for us in values]
    except OverflowError:
        return None


_from_seconds = datetime.fromtimestamp
_NO_TIME = -(1 << 63)
_TILL_2100 = (1 << 32) * 1_000_000
"""Microseconds since 1970. Below that a float of seconds is nearer to the right microsecond than to any other."""


def _local(us: int, zone: ZoneInfo) -> datetime:
    """A local time, in microseconds since 1970 by its clock, as an instant."""
    offset = _offset(us // _QUARTER, zone)
    if offset is None:
        return to_instant(_PLAIN_EPOCH + timedelta(microseconds=us), zone)
    return _EPOCH + timedelta(microseconds=us - offset)


@lru_cache(maxsize=65_536)
def _offset(quarter: int, zone: ZoneInfo) -> int | None:
    """By how many microseconds a zone's clock is ahead throughout a quarter of an hour; None: it changes there, or near
    by."""
    offsets = set()
    for near in (quarter - 8, quarter, quarter + 1, quarter + 8):
        local = _PLAIN_EPOCH + timedelta(microseconds=near * _QUARTER)
        offsets.add((local - to_instant(local, zone).replace(tzinfo=None)) // timedelta(microseconds=1))
    return offsets.pop() if len(offsets) == 1 else None


def _whole(pa: Any, numbers: Any, instead: int) -> list[int]:
    """Whole numbers as a list; `instead` for null."""
    if numbers.null_count:
        if not pa.types.is_signed_integer(numbers.type):
            numbers = numbers.cast(pa.int64())
        numbers = numbers.fill_null(pa.scalar(instead, numbers.type))
    return _listed(numbers)


_FORMATS: dict[str, Any] = {
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
    "double": "d",
}


def _listed(numbers: Any) -> list[Any]:
    """Numbers without nulls, from Arrow's own memory: an object of Arrow's for each would take ten times as long."""
    form = _FORMATS.get(str(numbers.type))
    buffer = numbers.buffers()[1]
    if form is None or buffer is None:
        return list(numbers.to_pylist())
    start, count = numbers.offset, len(numbers)
    cells: Any = memoryview(buffer).cast("B").cast(form)
    return list(cells[start : start + count])
