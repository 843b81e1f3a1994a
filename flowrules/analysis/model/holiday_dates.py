"""Public holidays by country, from the `holidays` library, which is an extra and imported where it is needed."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

MISSING = (
    "public holidays need an extra package: pip install 'flowrules[holidays]' "
    "(or write the dates yourself: closed on 2026-01-26)"
)
SAMPLE_YEAR = 2026
_UNTIL = re.compile(r"to (\d{4})\.")


class LeftOut(NamedTuple):
    """A holiday of some part of a country that the country's own calendar has not."""

    part: str
    """As rules write it: `GB-ENG`."""
    day: date
    name: str
    parts: tuple[str, ...]
    """All parts of the country."""


def holiday_problem(calendar: str) -> str | None:
    """Why `holidays CALENDAR` can't be used, in a sentence; None where it can.

    `calendar` is a country as ISO 3166-1 names it (`IN`), or a country and its part (`IN-KA`), in any case.
    """
    try:
        _holidays(calendar, SAMPLE_YEAR)
    except ImportError:
        return MISSING
    except NotImplementedError:
        return f"there is no holiday calendar {calendar}; a country is written IN, a part of it IN-KA"
    return None


def holiday_dates(calendar: str, year: int) -> Mapping[date, str]:
    """A year's public holidays with their names, observed days included. Raises where `holiday_problem` has something
    to say.

    Movable feasts are known for some years only (India's from 2001 to 2035, holidays 0.109): beyond them the
    fixed days are left, and `known_until` says so.
    """
    return _holidays(calendar, year)


def holiday_name(calendar: str, day: date) -> str | None:
    """What holiday a day is; None where it is none."""
    return _holidays(calendar, day.year).get(day)


def known_until(calendar: str, year: int) -> int | None:
    """The last year in which all holidays are known, where `year` lies behind it; else None."""
    found = _holidays(calendar, year)
    return found.last_year if found.last_year is not None and found.last_year < year else None


def left_out(calendar: str) -> LeftOut | None:
    """For a country without a part, a holiday that only its parts keep; None where there is none."""
    if "-" in calendar:
        return None
    whole = _holidays(calendar, SAMPLE_YEAR)
    for part in whole.parts:
        own = _holidays(f"{calendar}-{part}", SAMPLE_YEAR)
        for day in sorted(own):
            if day not in whole:
                return LeftOut(f"{calendar.upper()}-{part}", day, own[day], whole.parts)
    return None


class _Holidays(dict[date, str]):
    """A year's holidays. `last_year` is the last of which all are known, `parts` those of the country."""

    last_year: int | None = None
    parts: tuple[str, ...] = ()


@lru_cache(maxsize=512)
def _holidays(calendar: str, year: int) -> _Holidays:
    import holidays as library

    country, _, part = calendar.upper().partition("-")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = library.country_holidays(country, subdiv=part or None, years=year, expand=False)
    days = _Holidays(found)
    days.parts = tuple(found.subdivisions)
    until = [int(match[1]) for one in said if (match := _UNTIL.search(str(one.message)))]
    days.last_year = min([*until, found.end_year])
    return days
