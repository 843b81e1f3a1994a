"""What a zone's clock shows, as instants.

An instant is an aware datetime in UTC. Two datetimes that share a zone are subtracted and compared by what the clock
shows, which is an hour wrong across a change of the clock; in UTC the difference is the time that has passed. So
everything that is counted or compared is an instant, and a zone is asked only to read a clock and to show one.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MIDNIGHT = 24 * 60


def to_instant(moment: datetime, zone: ZoneInfo) -> datetime:
    """A moment as an instant. One without an offset is what the zone's clock shows: a time that the clock jumps over
    moves on by the jump; of a time that comes twice it is the first, unless its `fold` is 1."""
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    first = moment.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.fold and _shows(first, zone) == moment.replace(fold=0):
        return moment.replace(tzinfo=zone).astimezone(UTC)
    return first


def clock_note(moment: datetime, zone: ZoneInfo) -> str:
    """What was made of a time without an offset that the zone's clock shows never or twice, as a sentence; empty for
    any other."""
    if moment.tzinfo is not None:
        return ""
    plain = moment.replace(fold=0)
    first, second = (plain.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return ""
    taken = to_instant(moment, zone).astimezone(zone).isoformat()
    if _shows(first, zone) != plain:
        return f"The clock of {zone} jumps over {plain.isoformat()}: {taken} is taken."
    return f"The clock of {zone} shows {plain.isoformat()} twice: {taken} is taken. With an offset a time is exact."


@lru_cache(maxsize=4096)
def at_clock(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The instant at which a zone's clock shows so many minutes after midnight of a day (1,440 and more: of the next).

    A time that the clock jumps over moves on by the jump; of a time that comes twice it is the first
    (as RFC 5545, 3.3.5, has it).
    """
    days, minute = divmod(minutes, MIDNIGHT)
    return to_instant(
        datetime.combine(day + timedelta(days=days), time(minute // 60, minute % 60)),
        zone,
    )


def next_clock(minutes: int, zone: ZoneInfo, since: datetime) -> datetime:
    """The first instant, `since` or later, at which a zone's clock comes to so many minutes after midnight; of a time
    that comes twice the first time counts, as for `at_clock`."""
    day = since.astimezone(zone).date()
    coming = (at_clock(day + timedelta(days=ahead), minutes, zone) for ahead in range(4))
    return next(instant for instant in coming if instant >= since)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether a zone has a day at all: one that moves over the date line may leave one out."""
    return at_clock(day, 0, zone) < at_clock(day + timedelta(days=1), 0, zone)


def _shows(instant: datetime, zone: ZoneInfo) -> datetime:
    """What a zone's clock shows, as a datetime without a zone."""
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
