"""A time in the words of a caller, as a model passes them on: `next tuesday at 3 pm`, `in 2 hours`.

The model repeats what was said and the engine does the arithmetic, in the rules' zone: models get dates wrong.
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flowrules.compiler.instants import at_clock
from flowrules.language.literals import DAYS

_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10, "fifteen": 15}
_DURATION = re.compile(
    rf"in (?:(?P<half>half an hour)|(?P<amount>\d{{1,4}}|{'|'.join(_NUMBERS)}) (?P<unit>{'|'.join(_UNITS)})s?)"
)
_CLOCK = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))? ?(?P<half>am|pm|a\.m\.|p\.m\.)?|(?P<noon>noon)"
_DAY = re.compile(
    rf"(?:(?P<today>today)|(?P<tomorrow>tomorrow)|"
    rf"(?:next |on |this |coming )?(?P<day>{'|'.join(DAYS)}|mon|tue|wed|thu|fri|sat|sun))[, ]+(?:at )?(?:{_CLOCK})"
)


def spoken_time(text: str, now: datetime, zone: ZoneInfo | None) -> datetime | None:
    """The instant that is meant, or None. A day's name is its next coming, never today; a clock time needs a zone.

    An hour without am or pm is of the 24-hour clock.
    """
    words = " ".join(text.lower().split())
    if duration := _DURATION.fullmatch(words):
        return now + timedelta(seconds=_seconds(duration))
    if zone is None or (found := _DAY.fullmatch(words)) is None:
        return None
    minutes = _minutes(found)
    return None if minutes is None else at_clock(_date(found, now.astimezone(zone)), minutes, zone)


def _seconds(found: re.Match[str]) -> int:
    if found["half"]:
        return 1_800
    amount = _NUMBERS.get(found["amount"])
    return (int(found["amount"]) if amount is None else amount) * _UNITS[found["unit"]]


def _minutes(found: re.Match[str]) -> int | None:
    """Minutes after midnight; None for a time that no clock shows."""
    if found["noon"]:
        return 12 * 60
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"].startswith("p") else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _date(found: re.Match[str], local: datetime) -> date:
    today = local.date()
    if found["today"]:
        return today
    if found["tomorrow"]:
        return today + timedelta(days=1)
    day = next(index for index, full in enumerate(DAYS) if full.startswith(found["day"][:3]))
    return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)
