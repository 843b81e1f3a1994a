"""From a token on the page to a value: `45 seconds`, `09:00`, `"text"`, `sales`."""

import re
from datetime import date

from flowrules.language.nodes import Kind, Literal, Name
from flowrules.language.parser.tree import Token
from flowrules.source import Span

_QUOTES = '"“”„'
_YESNO = {"yes": True, "true": True, "no": False, "false": False}
_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_AMOUNT = re.compile(r"(\d+)\s*(second|minute|hour|day)s?", re.IGNORECASE)
_TWELVE_HOUR = re.compile(r"([0-9]{1,2})(?:\s*[:.]\s*([0-5][0-9]))?\s*([ap])\.?\s*m\.?", re.IGNORECASE)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def span_of(token: Token) -> Span:
    return Span(token.start_pos, token.end_pos)


def name(token: Token) -> Name:
    return Name(str(token), span_of(token))


def literal(token: Token) -> Literal:
    """The value of a token. Raises ValueError for a date that no calendar has."""
    raw = str(token)
    span = span_of(token)
    match token.type:
        case "STRING":
            return Literal(Kind.TEXT, raw[1:-1].replace('""', '"'), raw, span)
        case "NUMBER":
            return Literal(Kind.NUMBER, float(raw) if "." in raw else int(raw), raw, span)
        case "PHONE":
            return Literal(Kind.PHONE, raw, raw, span)
        case "DURATION":
            return Literal(Kind.DURATION, seconds(raw), raw, span)
        case "TIME":
            return Literal(Kind.TIME, minutes(raw), raw, span)
        case "DATE":
            return Literal(Kind.DATE, date.fromisoformat(raw), raw, span)
        case "NAME" if raw.lower() in _YESNO:
            return Literal(Kind.YESNO, _YESNO[raw.lower()], raw, span)
        case _:
            return Literal(Kind.WORD, raw, raw, span)


def seconds(text: str) -> int:
    """`9 minutes 50 seconds` is 590."""
    return sum(int(amount) * _UNITS[unit.lower()] for amount, unit in _AMOUNT.findall(text))


def minutes(text: str) -> int:
    """`18:30` is 1,110 minutes after midnight."""
    hours, _, rest = text.partition(":")
    return int(hours) * 60 + int(rest)


def twelve_hour(text: str) -> str | None:
    """`9pm`, `9:30 a.m.` by the 24-hour clock; None for any other text."""
    clock = _TWELVE_HOUR.fullmatch(text.strip())
    if clock is None or not 1 <= int(clock[1]) <= 12:
        return None
    hour = int(clock[1]) % 12 + (12 if clock[3] in "pP" else 0)
    return f"{hour:02}:{clock[2] or '00'}"


def day(token: Token) -> int:
    """`mon`, `Monday`: 0 is Monday."""
    return next(index for index, full in enumerate(DAYS) if full.startswith(str(token).lower()[:3]))
