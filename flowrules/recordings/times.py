"""When the rows of a batch were."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from flowrules.compiler.times.instants import to_instant
from flowrules.recordings.cells import listed, whole

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_EPOCH = datetime(1970, 1, 1)
_MINUTE = 60 * 1_000_000
"""Microseconds."""
_QUARTER = 15 * _MINUTE
"""Microseconds. The clocks of all zones change at quarters of an hour."""
_DAY = 96 * _QUARTER
"""Microseconds. No clock is further from that of Greenwich."""


class Times(Protocol):
    """`breaks`: 1 where the next row is earlier; empty where none is."""

    breaks: bytes

    def at(self, row: int) -> datetime: ...
    def between(self, start: int, stop: int) -> list[datetime]: ...

    def minutes(self) -> tuple[list[datetime], Any]:
        """The different minutes in which rows were, and for each row which of them it is, in Arrow; None: one each."""


class Listed:
    """Times that are there."""

    def __init__(self, times: list[datetime]) -> None:
        self._times = times
        self.breaks = bytes([later < at for at, later in pairwise(times)])

    def at(self, row: int) -> datetime:
        return self._times[row]

    def between(self, start: int, stop: int) -> list[datetime]:
        return self._times[start:stop]

    def minutes(self) -> tuple[list[datetime], Any]:
        return self._times, None


class Instants:
    """A column of Arrow's, of microseconds since 1970 and before 2100: few of its times are ever asked for."""

    def __init__(self, pa: Any, column: Any) -> None:
        self._pa = pa
        self._column = column
        self._us: list[int] = listed(column)
        earlier = (
            pa.compute.less(column.slice(1), column.slice(0, len(column) - 1)) if len(column) else column
        )
        self.breaks = b""
        if len(earlier) and pa.compute.any(earlier).as_py():
            self.breaks = bytes(earlier.to_pylist())

    def at(self, row: int) -> datetime:
        return _from_seconds(self._us[row] / 1_000_000, UTC)

    def between(self, start: int, stop: int) -> list[datetime]:
        return [_from_seconds(us / 1_000_000, UTC) for us in self._us[start:stop]]

    def minutes(self) -> tuple[list[datetime], Any]:
        minutes = self._pa.compute.divide(self._column, _MINUTE).dictionary_encode()
        different = [_EPOCH + timedelta(minutes=minute) for minute in minutes.dictionary.to_pylist()]
        return different, minutes.indices

    def whole(self) -> list[datetime]:
        return self.between(0, len(self._us))


def moments(pa: Any, column: Any, zone: ZoneInfo) -> "Instants | list[datetime | None] | None":
    """A column of timestamps as instants; without a zone of their own they are `zone`'s. None for any other column, and
    for times that no datetime can hold."""
    if not pa.types.is_timestamp(column.type):
        return None
    plain = column.type.tz is None
    kind = pa.timestamp("us") if plain else pa.timestamp("us", "UTC")
    microseconds = pa.compute.cast(column, kind, safe=False).cast(pa.int64())
    if (found := _instants(pa, microseconds, zone if plain else None)) is not None:
        return found
    values = whole(pa, microseconds, _NO_TIME)
    try:
        if plain:
            return [None if us == _NO_TIME else _local(us, zone) for us in values]
        return [None if us == _NO_TIME else _EPOCH + timedelta(microseconds=us) for us in values]
    except OverflowError:
        return None


def _instants(pa: Any, microseconds: Any, zone: ZoneInfo | None) -> Instants | None:
    """Times as they stand, where each row has one that a float of seconds can hold; by a zone's clock, where that is
    nowhere near to a change."""
    compute = pa.compute
    if microseconds.null_count or not len(microseconds):
        return None
    least, most = compute.min_max(microseconds).as_py().values()
    if least < _DAY or most >= _TILL_2100 - _DAY:
        return None
    if zone is not None:
        quarters = compute.divide(microseconds, _QUARTER).dictionary_encode()
        ahead = [_offset(quarter, zone) for quarter in quarters.dictionary.to_pylist()]
        if None in ahead:
            return None
        microseconds = compute.subtract(microseconds, pa.array(ahead, pa.int64()).take(quarters.indices))
    return Instants(pa, microseconds)


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
