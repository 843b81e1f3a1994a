"""Numbers, times, dates, lengths of time and telephone numbers as people write them elsewhere."""

import re

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem
from flowrules.source import Span

_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|a\.m\.?|p\.m\.?)\b", re.IGNORECASE)
_RANGE = re.compile(
    r"(\d{1,2}(?:[:.]\d{2})?)\s*(?:-|–|to|till|until)\s*(\d{1,2}(?:[:.]\d{2})?)\b", re.IGNORECASE
)
_HOUR = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?(?:\s*o'?clock)?\b", re.IGNORECASE)
_UNITS = {
    "s": "seconds", "sec": "seconds", "secs": "seconds", "m": "minutes", "min": "minutes", "mins": "minutes",
    "h": "hours", "hr": "hours", "hrs": "hours", "d": "days",
}  # fmt: skip
_SHORT = re.compile(r"(\d+)\s*(s|secs?|m|mins?|h|hrs?|d)\b\.?", re.IGNORECASE)
_DATE = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b|(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?(?!\d)")
_MONEY = re.compile(r"(₹|\$|€|£|Rs\.?|INR|USD)\s*(\d[\d,]*(?:\.\d+)?)", re.IGNORECASE)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_PHONE = re.compile(r"\+?\d[\d ()-]{6,}\d")
_SPOKEN = frozenset("half quarter one two three four five ten fifteen twenty thirty a an".split())


def _rest(stumble: Stumble, back: int = 0) -> tuple[str, int]:
    """The line's text from the stumble on, or from the piece before it, and where that begins."""
    piece = stumble.piece(-back) if back and stumble.piece(-back).kind != "nothing" else stumble.piece()
    end = stumble.line[-1].span.end if stumble.line else piece.span.end
    return stumble.text[piece.span.start : end], piece.span.start


def bad_time(stumble: Stumble) -> Problem | None:
    for back in (0, 1):
        rest, start = _rest(stumble, back)
        if clock := _CLOCK.match(rest):
            hour = int(clock[1]) % 12 + (12 if clock[3][0].lower() == "p" else 0)
            better = f"{hour:02}:{clock[2] or '00'}"
            span = Span(start, start + len(clock[0].rstrip()))
            return _time_problem(span, clock[0].strip(), better)
    if "TIME" not in stumble.accepts:
        return None
    rest, start = _rest(stumble)
    if (pair := _RANGE.match(rest)) and stumble.piece().kind == "number":
        better = f"{_padded(pair[1])} to {_padded(pair[2])}"
        return _time_problem(Span(start, start + pair.end()), pair[0], better)
    if stumble.piece().kind == "number" and (hour_only := _HOUR.match(rest)) and int(hour_only[1]) <= 24:
        return _time_problem(
            Span(start, start + hour_only.end()), hour_only[0].strip(), _padded(hour_only[0])
        )
    return None


def _padded(text: str) -> str:
    numbers = re.findall(r"\d+", text)
    return f"{int(numbers[0]):02}:{numbers[1] if len(numbers) > 1 else '00'}"


def _time_problem(span: Span, written: str, better: str) -> Problem:
    return Problem(
        codes.BAD_TIME,
        span,
        f'"{written}" is not a time as the rules write it.',
        f"Use the 24-hour clock with two digits: {better}.",
        ((span, better),),
    )


def bad_date(stumble: Stumble) -> Problem | None:
    rest, start = _rest(stumble)
    if date := _DATE.match(rest):
        span = Span(start, start + date.end())
        better = "2026-01-26"
        if date[4]:
            better = f"{date[4]}-{int(date[5]):02}-{int(date[6]):02}"
        elif int(date[1]) > 12:
            better = f"{date[3]}-{int(date[2]):02}-{int(date[1]):02}"
        return Problem(
            codes.BAD_DATE,
            span,
            f'"{date[0]}" is not a date as the rules write it.',
            f"Write year-month-day: {better}.",
        )
    return None


def bad_number(stumble: Stumble) -> Problem | None:
    for back in (0, 1):
        rest, start = _rest(stumble, back)
        for pattern, group, what in (
            (_GROUPED, 0, "A number has no commas"),
            (_MONEY, 2, "A number has no currency sign"),
            (_PERCENT, 1, "A number has no percent sign"),
        ):
            if found := pattern.match(rest):
                plain = found[group].replace(",", "")
                span = Span(start, start + found.end())
                return Problem(
                    codes.BAD_NUMBER,
                    span,
                    f'{what}: "{found[0]}".',
                    f"Write {plain}.",
                    ((span, plain),),
                )
    return None


def bad_duration(stumble: Stumble) -> Problem | None:
    if "DURATION" not in stumble.accepts:
        return None
    rest, start = _rest(stumble)
    if short := _SHORT.match(rest):
        better = f"{short[1]} {_UNITS[short[2].lower()]}"
        span = Span(start, start + short.end())
        return _duration_problem(span, f'"{short[0]}" is not a length of time as the rules write it.', better)
    piece = stumble.piece()
    if piece.kind == "number" and piece.text.isdigit():
        return _duration_problem(
            piece.span, f'"{piece.text}" is without a unit.', f"{piece.text} seconds", fix=False
        )
    if piece.word in _SPOKEN:
        return _duration_problem(
            piece.span, "A length of time is written in digits.", "30 minutes", fix=False
        )
    return None


def _duration_problem(span: Span, message: str, better: str, *, fix: bool = True) -> Problem:
    edits = ((span, better),) if fix else ()
    return Problem(
        codes.BAD_DURATION, span, message, f"Write seconds, minutes, hours or days: {better}.", edits
    )


def bad_phone(stumble: Stumble) -> Problem | None:
    is_number_target = stumble.piece(-1).word == "number" or stumble.piece(-2).word == "number"
    for back in (0, 1):
        rest, start = _rest(stumble, back)
        found = _PHONE.match(rest)
        if found is None or not (is_number_target or "PHONE" in stumble.accepts or rest.startswith("+")):
            continue
        digits = re.sub(r"\D", "", found[0])
        span = Span(start, start + found.end())
        if not found[0].startswith("+"):
            return Problem(
                codes.BAD_PHONE,
                span,
                f'"{found[0]}" has no country code.',
                f"A telephone number begins with + and the country's code, such as +91{digits.lstrip('0')}.",
            )
        better = f"+{digits}"
        return Problem(
            codes.BAD_PHONE,
            span,
            f'A telephone number has no spaces or dashes: "{found[0]}".',
            f"Write {better}.",
            ((span, better),),
        )
    return None
