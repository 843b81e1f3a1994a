"""Rows of tables, batch by batch, put together to calls. The rows of a call follow one another.

Most rows tell of one event and nothing else. They are made of columns (`Columns.quick`), and a call that has only such
rows is made at once; every other row becomes a `Told`, as the rows of other recordings do.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from flowrules.call.inputs import Reported
from flowrules.engine.event import CALLER_KEYS, Event
from flowrules.language.values import Value
from flowrules.recordings.call import NotReplayed, RecordedCall, Timed
from flowrules.recordings.cells import Cells, cells_of, texts
from flowrules.recordings.column_calls import ColumnRows, Kept, column_rows
from flowrules.recordings.columns import DAMAGED, OURS, Batch, Columns, Damage
from flowrules.recordings.layout import Layout, Role
from flowrules.recordings.looks import PLAIN, Unread, event_of, look_at, said_by_caller
from flowrules.recordings.record import (
    CALL_ENDED,
    NO_CALL,
    NO_TIME,
    BadRow,
    call_id,
    call_of,
    refused,
    unreadable,
)
from flowrules.recordings.rows import Rows
from flowrules.recordings.times import Instants, Listed, moments
from flowrules.recordings.told import CLOSE, NOTHING, Told, events_in, make_call

LACKS_ROWS = "it stands beside a part of the file that is damaged, and may lack rows"
_new = tuple.__new__


class Read(NamedTuple):
    """What a batch tells, row by row. `ids`: of the calls, '' where a row names none. `beside`: columns of facts that
    the platform told, or the host knew, by their names. `odd`: rows that tell more than an event, or can't be read."""

    ids: list[str]
    times: list[datetime]
    events: list[Event | None]
    beside: Sequence[tuple[Role, str, Cells]]
    odd: dict[int, Told]

    def told(self, row: int) -> Told:
        """A row as those of any recording."""
        odd = self.odd.get(row)
        if odd is not None:
            return odd
        if not self.beside:
            return Told(self.times[row], self.events[row])
        known: dict[str, Value] = {}
        metadata: dict[str, Value] = {}
        for role, name, cells in self.beside:
            value = cells.at(row)
            if type(value) is Unread:
                return unreadable(value.why)
            if value is not None:
                (known if role is Role.KNOWN else metadata)[name] = value
        return Told(self.times[row], self.events[row], "", known, metadata)

    def call(self, start: int, stop: int, origin: str) -> RecordedCall | None:
        """The call of these rows, where that can be made at once: all that happens are events, in order, and what is
        known beside them is the same in all rows."""
        times = self.times[start:stop]
        if self.odd and any(row in self.odd for row in range(start, stop)):
            return None
        metadata: Mapping[str, Value] = NOTHING
        for role, name, cells in self.beside:
            value = cells.at(start)
            if not cells.is_same(start, stop) or type(value) is Unread:
                return None
            if value is not None:
                if role is Role.KNOWN:
                    return None
                metadata = {**metadata, name: value}
        inputs: list[Timed] = []
        last = times[0]
        for at, event in zip(times, self.events[start:stop], strict=True):
            if at < last:
                return None
            last = at
            if event is not None:
                inputs.append((at, _new(Reported, (len(inputs) + 1, event, ""))))
        return RecordedCall(self.ids[start], times[0], metadata, tuple(inputs), last, origin=origin)


class Joined:
    """Puts the rows of batches together to calls, in the order in which they stand."""

    def __init__(self, pa: Any, layout: Layout, zone: ZoneInfo, *, columns: bool = False) -> None:
        """`columns`: calls may stay columns."""
        self._pa = pa
        self._columns = columns
        self._layout = layout
        self._zone = zone
        self._reader = Rows(layout, zone)

    def calls(
        self,
        batches: Iterable[tuple[Batch, Columns] | Damage],
        *,
        cut_before: bool = False,
        cut_after: bool = False,
    ) -> Iterator[Kept]:
        """Every call, as soon as its rows are over; and rows that belong to none. `cut_before`, `cut_after`: rows are
        missing there, so that the first call, or the last, may lack some."""
        name = ""
        rows: list[Told] = []
        """Of the call that is not over with the batch before."""
        origin = ""
        lacks = cut_before
        for found in batches:
            if isinstance(found, Damage):
                if rows:
                    yield _lacking(name, rows, origin)
                yield NotReplayed("", DAMAGED, found.rows, found.place)
                name, rows, lacks = "", [], True
                continue
            batch, columns = found
            read = self._quick(batch, columns) if columns.quick else self._row_by_row(batch)
            ends = len(read.ids)
            for start, stop in _runs(read.ids):
                call = read.ids[start]
                if call != name or not call:
                    if rows:
                        yield _lacking(name, rows, origin) if lacks else make_call(name, rows, origin)
                        lacks = False
                    name, rows = call, []
                    if not call:
                        for row in range(start, stop):
                            yield NotReplayed("", NO_CALL, 1, batch.place(row))
                        continue
                    if stop < ends and not lacks and (made := self._at_once(read, batch, start, stop)):
                        yield made
                        continue
                    origin = batch.place(start)
                for row in range(start, stop):
                    one = read.told(row)
                    rows.append(one._replace(place=batch.place(row)) if one.why_not else one)
        if rows:
            yield _lacking(name, rows, origin) if lacks or cut_after else make_call(name, rows, origin)

    # --- inside ---

    def _at_once(self, read: "Read | ColumnRows", batch: Batch, start: int, stop: int) -> Kept | None:
        """The call of these rows, where that can be made at once."""
        if isinstance(read, Read):
            return read.call(start, stop, batch.place(start))
        call = read.call(start, stop)
        return call if call is None or self._columns else call.made()

    def _row_by_row(self, batch: Batch) -> Read:
        ids: list[str] = []
        told: dict[int, Told] = {}
        for row, record in enumerate(batch.rows.to_pylist()):
            for name in OURS:
                record.pop(name, None)
            ids.append(call_of(record, self._layout))
            told[row] = self._reader.read(record)
        return Read(ids, [], [], (), told)

    def _quick(self, batch: Batch, columns: Columns) -> "Read | ColumnRows":
        """What `_row_by_row` makes of the rows, column by column."""
        rows, pa = batch.rows, self._pa
        held = [
            (role, name, cells_of(pa, rows.column(column), look_at(role, name)))
            for column, (role, name, _) in columns.facts
        ]
        ids = self._ids(rows.column(columns.call))
        times, untimed = self._times(rows.column(columns.at))
        if not untimed:
            carried = [one for one in held if one[0] in (Role.FACT, Role.EVENT)]
            told = [one for one in held if one[0] not in (Role.FACT, Role.EVENT)]
            if (
                found := column_rows(
                    batch, ids, times if isinstance(times, Instants) else Listed(times), carried, told
                )
            ) is not None:
                return found
        keys: list[dict[str, Value] | None] = [None] * rows.num_rows
        special = [PLAIN] * rows.num_rows
        bare: dict[int, str] = {}
        unread: dict[int, str] = {}
        beside: list[tuple[Role, str, Cells]] = []
        for role, name, cells in held:
            if role is not Role.FACT and role is not Role.EVENT:
                beside.append((role, name, cells))
                continue
            speaks = name in CALLER_KEYS
            for row, value in cells.given():
                if type(value) is Unread:
                    unread.setdefault(row, value.why)
                    continue
                if role is Role.EVENT:
                    bare[row] = name = value
                    value = True
                facts = keys[row]
                if facts is None:
                    keys[row] = {name: value}
                else:
                    facts[name] = value
                if speaks:
                    special[row] = said_by_caller(name, special[row])
        events: list[Event | None] = [
            None if facts is None else event_of(facts, one) for facts, one in zip(keys, special, strict=True)
        ]
        read = Read(ids, times.whole() if isinstance(times, Instants) else times, events, beside, {})
        odd: dict[int, Told] = {row: _with_bare(read.told(row), name) for row, name in bare.items()}
        odd |= {row: unreadable(why) for row, why in {**unread, **untimed}.items()}
        read.odd.update(odd)
        return read

    def _ids(self, column: Any) -> list[str]:
        found = texts(self._pa, column, str.strip)
        if found is not None:
            made, numbers = found
            made[-1] = ""
            return [made[number] for number in numbers]
        return [call_id(value) for value in column.to_pylist()]

    def _times(self, column: Any) -> tuple[list[datetime] | Instants, dict[int, str]]:
        """The time of each row, and why some have none."""
        found = moments(self._pa, column, self._zone)
        if isinstance(found, Instants):
            return found, {}
        untimed: dict[int, str] = {}
        times: list[datetime | None] = found or []
        if found is None:
            for row, written in enumerate(column.to_pylist()):
                at = None
                try:
                    at = self._reader.moment(written)
                except BadRow as error:
                    untimed[row] = str(error)
                times.append(at)
        for row, at in enumerate(times) if None in times else ():
            if at is None:
                untimed.setdefault(row, NO_TIME)
        return cast("list[datetime]", times), untimed


def _lacking(name: str, rows: Sequence[Told], origin: str) -> NotReplayed:
    return NotReplayed(name, LACKS_ROWS, events_in(rows), origin)


def _runs(ids: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Rows that follow one another and name the same call."""
    start = 0
    for row, (one, before) in enumerate(zip(ids[1:], ids, strict=False), start=1):
        if one != before:
            yield start, row
            start = row
    if ids:
        yield start, len(ids)


def _with_bare(told: Told, name: str) -> Told:
    """A row that tells of a bare event, too, whose name stands among the keys already."""
    event = told.event
    assert event is not None
    if name == CALL_ENDED:
        keys = {key: value for key, value in event.keys.items() if key != name}
        return told._replace(event=event._replace(keys=keys) if keys else None, signal=CLOSE)
    if why := refused(name):
        return told._replace(why_not=why)
    return told._replace(event=event._replace(passing=event.passing | {name}))
