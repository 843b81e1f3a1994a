"""When to call back: a time of the rule set's zone, worked out from now, never from a model's arithmetic."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flowrules.compiler.calendar import Calendar
from flowrules.compiler.compiled_steps import CompiledCallback
from flowrules.compiler.instants import at_clock, to_instant
from flowrules.compiler.reading import number
from flowrules.compiler.scope import UTC
from flowrules.engine.refusal import Refusal
from flowrules.engine.spoken_time import spoken_time
from flowrules.language.nodes import CallbackKind, CallbackTime, Literal
from flowrules.language.values import Value


def callback_time(
    callback: CompiledCallback,
    now: datetime,
    zone: ZoneInfo | None,
    look_up: Callable[[str], Value | None],
) -> str | Refusal:
    """The time as ISO 8601 with an offset, to the second, in `zone` (UTC where the rules name none).

    A clock time that daylight saving skips moves forward, one that comes twice is the first.
    """
    shown = zone or UTC
    now = now.astimezone(UTC)
    try:
        moment = _moment(callback, now, zone, look_up)
        if isinstance(moment, Refusal):
            return moment
        if moment < now:
            return Refusal(f"a time in the past is refused: {_iso(moment, shown)}")
        if callback.within is not None:
            moment = _moved_into(callback.within, moment)
        return moment if isinstance(moment, Refusal) else _iso(moment, shown)
    except OverflowError:
        return Refusal("the time lies beyond the calendar")


def _moment(
    callback: CompiledCallback,
    now: datetime,
    zone: ZoneInfo | None,
    look_up: Callable[[str], Value | None],
) -> datetime | Refusal:
    when = callback.when
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
            assert callback.opening is not None
            return _next(callback.opening, now)
        case CallbackKind.AT_FACT:
            return _from_fact(when, now, zone, look_up)


def _at(day: date, time: Literal | None, zone: ZoneInfo | None) -> datetime:
    assert zone is not None, "a clock time needs a zone"
    return at_clock(day, _whole(time), zone)


def _next(calendar: Calendar, now: datetime) -> datetime | Refusal:
    opens = calendar.next_opening(now)
    return opens or Refusal(f"{calendar.name} has no next opening: it never closes, or never opens again")


def _moved_into(calendar: Calendar, moment: datetime) -> datetime | Refusal:
    return moment if calendar.open_at(moment) else _next(calendar, moment)


def _from_fact(
    when: CallbackTime, now: datetime, zone: ZoneInfo | None, look_up: Callable[[str], Value | None]
) -> datetime | Refusal:
    assert when.name is not None
    name, value = when.name.text, look_up(when.name.key)
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    if value is None:
        return Refusal(f"{name} is unknown, so there is no time to call back at")
    if isinstance(value, str) and (spoken := spoken_time(value, now, zone)) is not None:
        return spoken
    moment = _read(value)
    if moment is None:
        return Refusal(
            f"{name} holds no date and time that can be read "
            "(2026-05-02T10:00 is one, next tuesday at 15:00 another)"
        )
    if moment.tzinfo is None and zone is None:
        return Refusal(f"{name} holds a time without an offset, and the rules name no timezone")
    return to_instant(moment, zone or UTC)


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
