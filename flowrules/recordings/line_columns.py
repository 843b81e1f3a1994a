"""Rows of JSON lines and CSV as columns, as those of a table are read: of calls whose rows are all alike, and tell of
one event of the host's each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flowrules.recordings.cells import Cells
from flowrules.recordings.column_calls import ColumnRows
from flowrules.recordings.looks import Unread
from flowrules.recordings.record import BadRow
from flowrules.recordings.rows import PLAIN_TYPES, Rows
from flowrules.recordings.times import Listed

ROWS = 1024
"""Rows that are put into columns at a time, and those of the last call."""


class Places:
    """Where rows stand, for people."""

    def __init__(self, places: Sequence[str]) -> None:
        self._places = places

    def place(self, row: int) -> str:
        return self._places[row]


def as_columns(
    ids: list[str], records: Sequence[Mapping[str, Any]], places: Sequence[str], reader: Rows
) -> ColumnRows | frozenset[int]:
    """Rows of calls, one call after the other, all of which have the names of the first. The numbers of those that have
    to be read by themselves, where there are any."""
    shape = reader.shape_of(tuple(records[0]))
    if not shape.quick or any(speaks for _, _, _, speaks, _ in shape.held):
        return frozenset(range(len(records)))
    times, odd = _times([record[shape.at] for record in records], reader)
    facts, beside = list[tuple[str, Cells]](), list[tuple[str, Cells]]()
    for column, name, look, _, is_beside in shape.held:
        values = [record[column] for record in records]
        if not PLAIN_TYPES.issuperset(map(type, values)):
            odd |= {row for row, value in enumerate(values) if type(value) not in PLAIN_TYPES}
        made = [None if type(value) not in _HOLD else look(value) for value in values]
        if Unread in set(map(type, made)):
            odd |= {row for row, value in enumerate(made) if type(value) is Unread}
        (beside if is_beside else facts).append((name, Cells(made)))
    if not any(cells.all_given() for _, cells in facts):
        told = zip(*(cells.made for _, cells in facts), strict=True) if facts else [()] * len(records)
        odd |= {row for row, values in enumerate(told) if all(value is None for value in values)}
    return frozenset(odd) or ColumnRows(Places(places), ids, Listed(times), facts, beside)


_HOLD = PLAIN_TYPES - {type(None)}


def _times(written: Sequence[Any], reader: Rows) -> tuple[list[datetime], set[int]]:
    """When each row was, and the rows that do not say."""
    times, odd = list[datetime](), set[int]()
    for row, one in enumerate(written):
        try:
            moment = reader.moment(one) if type(one) in PLAIN_TYPES else None
        except BadRow:
            moment = None
        if moment is None:
            odd.add(row)
        else:
            times.append(moment)
    return times, odd
