"""When to call back: a time of the rule set's zone, worked out from now, never from a model's arithmetic."""

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flowrules.compiler.compiled_steps import CompiledCallback
from flowrules.compiler.guards.coerce import number
from flowrules.compiler.guards.scope import UTC
from flowrules.compiler.times.calendar import Calendar
from flowrules.compiler.times.clocks import LookUp
from flowrules.compiler.times.instants import at_clock, to_instant
from flowrules.engine.event import Source
from flowrules.engine.planning.refusal import Refusal
from flowrules.engine.spoken_time import spoken_times
from flowrules.language.nodes import CallbackKind, CallbackTime, Literal
from flowrules.language.values import Value


def callback_time(
    callback: CompiledCallback,
    now: datetime,
    zone: ZoneInfo | None,
    look_up: LookUp,
    source: Source = Source.HOST,
) -> str | Refusal:
    """The time as ISO 8601 with an offset, to the second, in `zone` (UTC where the rules name none), or by the call's
    clock where the hours that are named go by it. `source`: who said the fact that the time is read from; a date that
    a model has worked out is refused.

    A clock time that daylight saving skips moves forward, one that comes twice is the first. Of the times that spoken
    words may mean, that one is taken which alone lies ahead and in the hours.
    """
    now = now.astimezone(UTC)
    try:
        hours = _by_call(callback, look_up)
        if isinstance(hours, Refusal):
            return hours
        zone = hours.zone or zone
        moments = _moments(callback, now, zone, hours, look_up, source)
        if isinstance(moments, Refusal):
            return moments
        shown = zone or UTC
        ahead = [moment for moment in moments if moment >= now]
        if not ahead:
            return Refusal(f"a time in the past is refused: {_iso(moments[0], shown)}")
        within = hours.within
        inside = [] if within is None else list(filter(within.open_at, ahead))
        moment, *others = dict.fromkeys(
            inside
            if len(inside) == 1
            else ahead
            if within is None
            else [_moved_into(within, one) for one in ahead]
        )
        if others:
            return Refusal(_unclear(callback, ahead, shown, within))
        return moment if isinstance(moment, Refusal) else _iso(moment, shown)
    except OverflowError:
        return Refusal("the time lies beyond the calendar")


class _Hours(NamedTuple):
    """The hours that a callback names, by the clock that holds in the call. `zone` is that of a clock which a fact of
    the call names."""

    opening: Calendar | None
    within: Calendar | None
    zone: ZoneInfo | None


def _by_call(callback: CompiledCallback, look_up: LookUp) -> _Hours | Refusal:
    opening, within = (
        None if one is None else one.of_call(look_up) for one in (callback.opening, callback.within)
    )
    zone = None
    for hours, calendar in ((callback.opening, opening), (callback.within, within)):
        if hours is not None and hours.clock is not None:
            if calendar is None:
                return Refusal(f"{hours.clock.remark(look_up)}, so nobody knows when {hours.name} is open")
            zone = calendar.zone
    return _Hours(opening, within, zone)


def _unclear(
    callback: CompiledCallback, ahead: list[datetime], zone: ZoneInfo, within: Calendar | None
) -> str:
    name = callback.when.name
    assert name is not None
    clocks = " or ".join(f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in ahead)
    if within is None:
        return f'{name.text} may mean {clocks}, and no "within" says in which hours it must fall'
    which = "both lie" if all(map(within.open_at, ahead)) else "neither lies"
    return f"{name.text} may mean {clocks}, and {which} within {within.name}"


def _moments(
    callback: CompiledCallback,
    now: datetime,
    zone: ZoneInfo | None,
    hours: _Hours,
    look_up: LookUp,
    source: Source,
) -> tuple[datetime, ...] | Refusal:
    """The instants that may be meant."""
    when = callback.when
    if when.kind is CallbackKind.AT_FACT:
        return _from_fact(when, now, zone, look_up, source)
    moment = _moment(when, now, zone, hours)
    return moment if isinstance(moment, Refusal) else (moment,)


def _moment(when: CallbackTime, now: datetime, zone: ZoneInfo | None, hours: _Hours) -> datetime | Refusal:
    today = now.astimezone(zone or UTC).date()
    match when.kind:
        case CallbackKind.IN:
            return now + timedelta(seconds=_whole(when.duration))
        case CallbackKind.TODAY:
            return _at(today, when.time, zone)
        case CallbackKind.TOMORROW:
            return _at(today + timedelta(days=1), when.time, zone)
        case CallbackKind.NEXT_DAY:
            assert when.day is not None
            ahead = (when.day - today.weekday() - 1) % 7 + 1
            return _at(today + timedelta(days=ahead), when.time, zone)
        case CallbackKind.AT_DATE:
            assert when.date is not None
            assert isinstance(when.date.value, date)
            return _at(when.date.value, when.time, zone)
        case CallbackKind.NEXT_HOURS:
            assert hours.opening is not None
            return _next(hours.opening, now)
        case CallbackKind.AT_FACT:
            raise AssertionError("a fact may mean several times")


def _at(day: date, time: Literal | None, zone: ZoneInfo | None) -> datetime:
    assert zone is not None, "a clock time needs a zone"
    return at_clock(day, _whole(time), zone)


def _next(calendar: Calendar, now: datetime) -> datetime | Refusal:
    opens = calendar.next_opening(now)
    return opens or Refusal(f"{calendar.name} has no next opening: it never closes, or never opens again")


def _moved_into(calendar: Calendar, moment: datetime) -> datetime | Refusal:
    return moment if calendar.open_at(moment) else _next(calendar, moment)


def _from_fact(
    when: CallbackTime, now: datetime, zone: ZoneInfo | None, look_up: LookUp, source: Source
) -> tuple[datetime, ...] | Refusal:
    assert when.name is not None
    name, value = when.name.text, look_up(when.name.key)
    if isinstance(value, tuple):
        if len(value) > 1:
            return Refusal(f"{name} holds several times, so nobody knows which is meant")
        value = value[0] if value else None
    if value is None:
        return Refusal(f"{name} is unknown, so there is no time to call back at")
    if isinstance(value, str) and (spoken := spoken_times(value, now, zone)):
        return spoken
    moment = _read(value)
    if moment is None:
        return Refusal(
            f"{name} holds no date and time that can be read "
            "(2026-05-02T10:00 is one, next tuesday at 15:00 or half past four others)"
        )
    if source is Source.MODEL:
        return Refusal(
            f"{name} is a date that the model has worked out, and models get dates wrong: "
            'it is to report the caller\'s own words, such as "next tuesday at 3 pm" or "may 2nd at 10:00"'
        )
    if moment.tzinfo is None and zone is None:
        return Refusal(f"{name} holds a time without an offset, and the rules name no timezone")
    return (to_instant(moment, zone or UTC),)


def _read(value: Value) -> datetime | None:
    """A date with a time as ISO 8601, or seconds since 1970; None where it is neither."""
    if isinstance(value, (bool, tuple)):
        return None
    try:
        if (seconds := number(value)) is not None:
            return datetime.fromtimestamp(seconds, UTC)
        text = str(value).strip()
        return datetime.fromisoformat(text) if "T" in text.upper() or " " in text else None
    except (ValueError, OverflowError, OSError):
        return None


def _whole(literal: Literal | None) -> int:
    assert literal is not None
    assert isinstance(literal.value, int)
    return literal.value


def _iso(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")
