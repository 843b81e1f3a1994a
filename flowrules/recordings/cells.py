"""A column of a table as Python values, without an object made for each cell where cells are alike.

A column of texts is read as it stands in Parquet: its different texts once, and for each row the number of its text. So
a text is looked at, and made, once for all the rows of a batch that hold it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flowrules.recordings.arrow import arrow


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
    found = _encoded(pa, column, look, pa.types.is_string, pa.types.is_large_string)
    return None if found is None else (found[0], listed(found[1]))


def _encoded(
    pa: Any, column: Any, look: Callable[[Any], Any], *kinds: Callable[[Any], bool]
) -> tuple[list[Any], Any] | None:
    """Of a column of one of these kinds, what `look` makes of each different value, None behind the last; and for each
    row the number of its value, in Arrow. None for any other column."""
    if not pa.types.is_dictionary(column.type):
        if not any(is_kind(column.type) for is_kind in kinds):
            return None
        column = column.dictionary_encode()
    elif not any(is_kind(column.type.value_type) for is_kind in kinds):
        return None
    different = column.dictionary.to_pylist()
    made = [None if value is None else look(value) for value in different]
    made.append(None)
    return made, _filled(pa, column.indices, len(different))


class Cells:
    """A column's values, as `look` has made them: None for a row that holds nothing. `made` are the different ones and
    `column`, of Arrow's, which of them each row holds; None: one for each row. `numbers`: the same as a list."""

    __slots__ = ("_numbers", "column", "made")

    def __init__(self, made: list[Any], column: Any = None) -> None:
        self.made = made
        self.column = column
        self._numbers: list[int] | None = None

    @property
    def numbers(self) -> list[int] | None:
        if self._numbers is None and self.column is not None:
            self._numbers = listed(self.column)
        return self._numbers

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
        return None not in self.made[:-1] and _most(self.column) < nothing

    def is_same(self, start: int, stop: int) -> bool:
        """Whether rows hold the same."""
        held = self.made if self.numbers is None else self.numbers
        return held[start:stop].count(held[start]) == stop - start


def cells_of(pa: Any, column: Any, look: Callable[[Any], Any]) -> Cells:
    """A column of texts, yes and no, or numbers; of nulls, too."""
    types = pa.types
    found = _encoded(pa, column, look, types.is_string, types.is_large_string, types.is_integer)
    if found is not None:
        return Cells(*found)
    if column.null_count == len(column):
        return Cells([None], pa.array([0] * len(column), pa.int32()))
    values = _values(pa, column)
    return Cells([None if value is None else look(value) for value in values])


def _values(pa: Any, column: Any) -> list[Any]:
    """Yes and no, or numbers."""
    types, kind = pa.types, column.type
    if types.is_boolean(kind):
        return [
            None if number == _NEITHER else number == 1
            for number in whole(pa, column.cast(pa.int8()), _NEITHER)
        ]
    if types.is_float32(kind) or types.is_float64(kind):
        # What is not a number holds nothing.
        return listed(column.cast(pa.float64()).fill_null(float("nan")))
    if column.null_count == 0:
        return listed(column)
    return list(column.to_pylist())


_NEITHER = 2


def whole(pa: Any, numbers: Any, instead: int) -> list[int]:
    """Whole numbers as a list; `instead` for null."""
    return listed(_filled(pa, numbers, instead))


def _filled(pa: Any, numbers: Any, instead: int) -> Any:
    """Whole numbers in Arrow; `instead` for null."""
    if numbers.null_count:
        # A byte can't hold the number behind its last one.
        numbers = numbers.cast(pa.int64()).fill_null(pa.scalar(instead, pa.int64()))
    return numbers


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


def listed(numbers: Any) -> list[Any]:
    """Numbers without nulls, from Arrow's own memory: an object of Arrow's for each would take ten times as long."""
    form = _FORMATS.get(str(numbers.type))
    buffer = numbers.buffers()[1]
    if form is None or buffer is None:
        return list(numbers.to_pylist())
    start, count = numbers.offset, len(numbers)
    cells: Any = memoryview(buffer).cast("B").cast(form)
    return list(cells[start : start + count])


def _most(numbers: Any) -> int:
    """The largest of some whole numbers without nulls; -1 for none."""
    found: int | None = arrow().compute.max(numbers).as_py()
    return -1 if found is None else found


_MOST_KEYS = 1 << 62


def together(columns: Sequence[tuple[Sequence[int], Any]]) -> tuple[list[tuple[int, ...]], Any] | None:
    """Of columns of small whole numbers, read side by side: the different rows, and in Arrow which of them each row is.
    Of each column come its numbers, and in Arrow which of these each row holds; None: one for each row. None where
    there are too many for it."""
    pa = arrow()
    keys, count, bounds = None, 1, list[tuple[int, int]]()
    for numbers, rows in columns:
        least = min(numbers, default=0)
        span = max(numbers, default=0) - least + 1
        count *= span
        if count > _MOST_KEYS:
            return None
        held = pa.array([number - least for number in numbers], pa.int64())
        if rows is not None:
            held = held.take(rows)
        keys = held if keys is None else pa.compute.add(pa.compute.multiply(keys, span), held)
        bounds.append((least, span))
    if keys is None:
        return None
    keys = keys.dictionary_encode()
    different = []
    for key in keys.dictionary.to_pylist():
        row = []
        for least, span in reversed(bounds):
            key, number = divmod(key, span)
            row.append(number + least)
        different.append(tuple(reversed(row)))
    return different, keys.indices
