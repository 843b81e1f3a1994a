"""One row as an object: what it tells, by the layout of its recording."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from flowrules.engine.event import MAX_DEPTH, BadEvent, Source, fact_value, make_event
from flowrules.language.values import Value
from flowrules.recordings.layout import Layout
from flowrules.recordings.told import Told
from flowrules.runtime.calls.event_limits import validated_event

CALL_ENDED = "call_ended"
"""The engine raises it itself when a call is closed."""
NO_CALL = "it names no call"
NO_TIME = "it tells no time"
_SOURCES = {source.name.lower(): source for source in Source}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_SECONDS = 1e11
"""Larger numbers are milliseconds: as seconds they would lie beyond the year 5000."""


class BadRecording(ValueError):
    """A recording that can't be read at all. The message says why, and what to do."""


class BadRow(ValueError):
    """A row that can't be read. The message is a reason without values of this one row, so that rows can be counted by
    it."""


def leaves(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of an object under dotted names, nulls and empty texts left out. Raises BadRow."""
    for name, value in record.items():
        if value is None or value == "" or value != value:  # a table's "not a number" stands for nothing
            continue
        if type(value) is dict or isinstance(value, Mapping):
            if prefix.count(".") > MAX_DEPTH:
                raise BadRow("it is nested too deep")
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def fact(name: str, value: Any) -> Value:
    """A value as a fact holds it. Raises BadEvent, without quoting the value."""
    kind = type(value)
    if kind is str or kind is bool:
        return value  # type: ignore[no-any-return]
    return fact_value(name, _plain(value))


def _plain(value: Any) -> object:
    """A value that a table can hold and JSON can't, as one that JSON could."""
    match value:
        case datetime():
            return value.isoformat(timespec="minutes" if not value.second else "seconds")
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes():
            return value.decode("utf-8", "replace")
        case list() | tuple():
            return [_plain(item) for item in value if item is not None]
    return value


def since_1970(number: float) -> datetime:
    """A Unix time in seconds or milliseconds. Raises OverflowError and ValueError."""
    seconds = number / 1000 if abs(number) >= _MOST_SECONDS else number
    return _EPOCH + timedelta(seconds=seconds)


def call_of(record: Mapping[str, Any], layout: Layout) -> str:
    """The id of the call that a row names; '' where it names none, or something that is no id."""
    found: Any = None
    if layout.call_column is not None:
        found = member(record, layout.call_column)
    else:
        for column in layout.call_columns(tuple(record)):
            if found := record[column]:
                break
    return call_id(found)


def member(record: Any, column: str) -> Any:
    """A value of an object by its name, or by its dotted name; None where it has none."""
    while isinstance(record, Mapping):
        if column in record:
            return record[column]
        first, _, column = column.partition(".")
        record = record.get(first)
        if not column:
            return record
    return None


def call_id(value: object) -> str:
    """A call's id as it is written; '' where nothing is, or what can be none. Tables with gaps hold whole numbers as
    decimal ones."""
    if type(value) is str:
        return value.strip()
    match value:
        case bool() | None:
            return ""
        case int():
            return str(value)
        case float() if value.is_integer():
            return str(int(value))
    return ""


def refused(name: str) -> str:
    """Why nobody may report a fact of this name; '' where somebody may."""
    try:
        validated_event(make_event(name))
    except BadEvent as error:
        return str(error)
    return ""


def unreadable(why: str, place: str = "") -> Told:
    """A row that can't be read, of which nobody may know when it was."""
    return Told(_EPOCH, why_not=why, place=place)
