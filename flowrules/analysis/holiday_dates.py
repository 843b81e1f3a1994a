"""Public holidays by country, from the `holidays` library, which is an extra and imported where it is needed."""

from __future__ import annotations

import warnings
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import holidays as library

MISSING = (
    "public holidays need an extra package: pip install 'flowrules[holidays]' "
    "(or write the dates yourself: closed on 2026-01-26)"
)


def holiday_problem(calendar: str) -> str | None:
    """Why `holidays CALENDAR` can't be used, in a sentence; None where it can.

    `calendar` is a country as ISO 3166-1 names it (`IN`), or a country and its part (`IN-KA`), in any case.
    """
    try:
        _holidays(calendar, 2026)
    except ImportError:
        return MISSING
    except NotImplementedError:
        return f"there is no holiday calendar {calendar}; a country is written IN, a part of it IN-KA"
    return None


def holiday_dates(calendar: str, year: int) -> frozenset[date]:
    """A year's public holidays, observed days included. Raises where `holiday_problem` has something to say.

    Movable feasts are known for some years only (India's from 2001 to 2035, holidays 0.109): beyond them the
    fixed days are left.
    """
    return frozenset(_holidays(calendar, year))


@lru_cache(maxsize=256)
def _holidays(calendar: str, year: int) -> library.HolidayBase:
    import holidays as library

    country, _, part = calendar.upper().partition("-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a year's movable feasts are not known
        return library.country_holidays(country, subdiv=part or None, years=year, expand=False)
