"""A date, or a day with a time, as it is spoken: nobody wants to hear `2026-03-04T09:00:00+05:30`."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flowrules.compiler.times.instants import to_instant

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def in_words(text: str, zone: ZoneInfo) -> str:
    """`Wednesday 4 March at 09:00` by the zone's clock, `4 March 2026` for a date alone; any other text as it is. A
    time without an offset is one of the zone."""
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
        if _STAMP.fullmatch(text):
            moment = to_instant(datetime.fromisoformat(text), zone).astimezone(zone)
            return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} at {moment:%H:%M}"
    except (ValueError, OverflowError):
        pass
    return text
