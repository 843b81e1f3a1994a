"""What a fact's value counts as: a number, yes or no, a time, a date, a text. None where it is no such thing.

A text that is exactly a number counts as one, `yes`/`no`/`true`/`false` count as yes and no, `12 minutes` as a length
of time. Nothing else crosses from one type to another.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from flowrules.language.literals import seconds
from flowrules.language.names import fold
from flowrules.language.values import Scalar

Comparable = str | int | float | bool | date
Reader = Callable[[Scalar], Comparable | None]

YES_TEXTS = frozenset({"yes", "true"})
NO_TEXTS = frozenset({"no", "false"})

_NUMBER = re.compile(r"\s*(-?\d{1,40}(?:\.\d{1,40})?)\s*")
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")
_DURATION = re.compile(r"\d{1,9} ?(?:second|minute|hour|day)s?(?: \d{1,9} ?(?:second|minute|hour|day)s?)*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def text(value: Scalar) -> str | None:
    return fold(value) if type(value) is str else None


def number(value: Scalar) -> int | float | None:
    if type(value) is str:
        return _text_number(value)
    return plain_number(value)


def duration(value: Scalar) -> int | float | None:
    """Seconds: a number of them, or a text such as `12 minutes`."""
    if type(value) is str and (found := _text_duration(value)) is not None:
        return found
    return number(value)


def plain_number(value: Scalar) -> int | float | None:
    """A number that came as one."""
    return value if type(value) is int or type(value) is float else None


def in_digits(number: float) -> str:
    """A number as people write it: a postcode that a program sends as 5600.0 is 5600."""
    return str(int(number)) if number == number // 1 else str(number)


def yesno(value: Scalar) -> bool | None:
    if type(value) is str:
        word = fold(value)
        return True if word in YES_TEXTS else False if word in NO_TEXTS else None
    return plain_yesno(value)


def denied(value: Scalar) -> bool:
    """Whether it says that a bare event has not happened: no, none, false, nought, or a text without a word."""
    if type(value) is str and (not any(map(str.isalnum, value)) or fold(value) == "none"):
        return True
    return yesno(value) is False or number(value) == 0


def plain_yesno(value: Scalar) -> bool | None:
    return value if type(value) is bool else None


def clock(value: Scalar) -> int | None:
    """`18:30` as minutes after midnight."""
    return _text_clock(value) if type(value) is str else None


def day(value: Scalar) -> date | None:
    """`2026-01-26`."""
    return _text_day(value) if type(value) is str else None


@lru_cache(maxsize=4096)
def _text_clock(value: str) -> int | None:
    found = _CLOCK.fullmatch(value.strip())
    if found is None or int(found[2]) > 59:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return minutes if minutes <= 1440 else None


@lru_cache(maxsize=4096)
def _text_day(value: str) -> date | None:
    if not _DATE.fullmatch(value.strip()):
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _text_duration(value: str) -> int | None:
    return seconds(value) if _DURATION.fullmatch(value.strip().lower()) else None


@lru_cache(maxsize=4096)
def _text_number(value: str) -> int | float | None:
    """The number that a text is, in any script's digits. Digits behind a leading zero are text (a PIN)."""
    found = _NUMBER.fullmatch(value)
    if found is None:
        return None
    digits = found[1]
    whole = digits.removeprefix("-").partition(".")[0]
    if len(whole) > 1 and int(whole[0]) == 0:
        return None
    return float(digits) if "." in digits else int(digits)
