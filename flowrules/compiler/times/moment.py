"""When a decision is made: now, how far the call is, and what follows from both."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from flowrules.compiler.times.calendar import Calendar
from flowrules.language.values import Scalar


class CallClock(Protocol):
    """What a call's state tells about its time: when it began (aware), and its turns so far, counted from 1."""

    @property
    def started_at(self) -> datetime: ...
    @property
    def turn(self) -> int: ...


Moment = tuple[datetime, CallClock]
"""Now (aware), and the call that is looked at. A bare tuple, since every decision makes one."""


def elapsed(moment: Moment) -> float:
    """Seconds since the call began."""
    now, call = moment
    return (now - call.started_at).total_seconds()


def local(moment: Moment, zone: ZoneInfo) -> datetime:
    """Now, as the zone's clock shows it."""
    return moment[0].astimezone(zone)


def is_open(moment: Moment, calendar: Calendar) -> bool:
    return _is_open(calendar, moment[0])


@lru_cache(maxsize=256)
def _is_open(calendar: Calendar, now: datetime) -> bool:
    """Kept, since the rules of one decision tend to ask for the same hours."""
    return calendar.open_at(now)


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _time(moment: Moment, zone: ZoneInfo) -> str:
    return _clock(moment[0], zone)


@lru_cache(maxsize=64)
def _clock(now: datetime, zone: ZoneInfo) -> str:
    return now.astimezone(zone).strftime("%H:%M")


def _today(moment: Moment, zone: ZoneInfo) -> str:
    return DAYS[local(moment, zone).weekday()]


def _date(moment: Moment, zone: ZoneInfo) -> str:
    return local(moment, zone).date().isoformat()


def _turn(moment: Moment, zone: ZoneInfo) -> int:
    return moment[1].turn


def _elapsed(moment: Moment, zone: ZoneInfo) -> float:
    return elapsed(moment)


COMPUTED: Mapping[str, Callable[[Moment, ZoneInfo], Scalar]] = {
    "time": _time,
    "today": _today,
    "date": _date,
    "turn": _turn,
    "call.elapsed": _elapsed,
}
"""Facts that follow from the moment, as a text or a log shows them; nobody can supply them."""
