"""Times of day, days and dates as people write them elsewhere."""

from datetime import date

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import Guess, nearest
from flowrules.language.literals import DAYS, twelve_hour
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem, clock_problem
from flowrules.source import Span

_CLOCK = regex.compile(r"\d{1,2}(?:\s*[:.]\s*\d{2})?\s*(?:am|pm|a\.m\.?|p\.m\.?)(?!\w)", regex.IGNORECASE)
_CLOCKS = regex.compile(
    rf"({_CLOCK.pattern})\s*(?:-|–|—|to|till|until)\s*({_CLOCK.pattern})", regex.IGNORECASE
)
_RANGE = regex.compile(
    r"(\d{1,2}(?:[:.]\d{2})?)\s*(?:-|–|—|to|till|until)\s*(\d{1,2}(?:[:.]\d{2})?)(?![\w:])", regex.IGNORECASE
)
_HOUR = regex.compile(
    r"(\d{1,2})(?:\s*[.:hH]\s*(\d{2})?)?(?:\s*(?:o['’]?clock|hours|hrs|h))?(?![\w:])", regex.IGNORECASE
)
_DATE = regex.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b|(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b"
    r"|(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3})[a-z]*\.?,?\s+(\d{4})\b|([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+"
    r"(\d{4})\b|(\d{4})-(\d{1,2})-?(\d{1,2})(?![\w-])",
    regex.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def zone_in_words(failure: ParseFailure) -> Problem | None:
    """`timezone New York`, `timezone UTC+5:30`."""
    if failure.first.word != "timezone" or len(failure.before) < 2 or failure.lexeme() not in failure.line:
        return None
    span = Span(failure.line[1].span.start, failure.line_end)
    written = failure.text[span.start : span.end].strip()
    if not written or "#" in written:
        return None
    return Problem(
        codes.UNREADABLE,
        Span(span.start, span.start + len(written)),
        f'"{written}" is no time zone as the rules write it.',
        'A time zone is one word, a region and a city with "_" for a space: America/New_York, Asia/Kolkata.',
    )


def bad_time(failure: ParseFailure) -> Problem | None:
    """`9pm`, `9:00 am`, `9.30`, `9 to 6`."""
    for back in (0, 1):
        lexeme = failure.lexeme(-back)
        rest = failure.rest(lexeme)
        pair = _CLOCKS.match(rest)
        if pair and (first := twelve_hour(pair[1])) and (last := twelve_hour(pair[2])):
            span = Span(lexeme.span.start, lexeme.span.start + pair.end())
            return clock_problem(span, pair[0], f"{first} to {last}")
        clock = _CLOCK.match(rest)
        better = twelve_hour(clock[0]) if clock else None
        if clock and better:
            span = Span(lexeme.span.start, lexeme.span.start + clock.end())
            return clock_problem(span, clock[0], better)
    lexeme = failure.lexeme()
    if "TIME" in failure.accepts and lexeme.word in ("noon", "midnight"):
        midnight = "24:00" if failure.lexeme(-1).word == "to" else "00:00"
        return clock_problem(lexeme.span, lexeme.text, "12:00" if lexeme.word == "noon" else midnight)
    if "TIME" not in failure.accepts or "NUMBER" in failure.accepts or lexeme.kind != "number":
        return None
    rest = failure.rest(lexeme)
    if pair := _RANGE.match(rest):
        better = f"{_padded(pair[1])} to {_padded(pair[2])}"
        span = Span(lexeme.span.start, lexeme.span.start + pair.end())
        if _may_be_evening(pair[2]) and _may_be_evening(pair[1]):
            either = f"{better}, or {_padded(pair[1])} to {_in_the_evening(pair[2])}"
            return clock_problem(span, pair[0], either, is_sure=False)
        return clock_problem(span, pair[0], better)
    if hour_only := _HOUR.match(rest):
        span = Span(lexeme.span.start, lexeme.span.start + hour_only.end())
        if int(hour_only[1]) <= 24 and int(hour_only[2] or 0) < 60:
            better = _padded(hour_only[0])
            if _may_be_evening(hour_only[0]):
                either = f"{better} or {_in_the_evening(hour_only[0])}"
                return clock_problem(span, hour_only[0].strip(), either, is_sure=False)
            return clock_problem(span, hour_only[0].strip(), better)
        return Problem(
            codes.BAD_TIME,
            lexeme.span,
            f'There is no time "{lexeme.text}".',
            "A day has the times 00:00 to 24:00.",
        )
    return None


def _padded(text: str) -> str:
    numbers = regex.findall(r"\d+", text)
    return f"{int(numbers[0]):02}:{numbers[1] if len(numbers) > 1 else '00'}"


_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_BETWEEN = regex.compile(
    r"today\s+(?P<asked>(?:is\s+|=\s*)(?:from\s+|between\s+)?(?P<first>(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)"
    r"\s*(?:to|-|–|till|until|through|and)\s*(?P<last>(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*))\b",
    regex.IGNORECASE,
)
_DAY_WORDS = {"tues": "tue", "weds": "wed", "thur": "thu", "thurs": "thu"}


def days_between(failure: ParseFailure) -> Problem | None:
    """`today is mon to fri`."""
    line = failure.text[: failure.line_end]
    start = failure.line[0].span.start if failure.line else 0
    for found in _DAYS_BETWEEN.finditer(line, start):
        if not found.start() < failure.lexeme().span.start + 1 <= found.end():
            continue
        first, last = (_WEEK.index(found[name][:3].lower()) for name in ("first", "last"))
        days = [_WEEK[(first + i) % 7] for i in range((last - first) % 7 + 1)]
        span = Span(*found.span("asked"))
        better = f"is one of {', '.join(days)}"
        edits = ((span, better),)
        if failure.mends(edits):
            message = "Of several days each is named."
            return Problem(codes.OTHER_WORDING, span, message, f"Write: {better}", edits)
    return None


def bad_day(failure: ParseFailure) -> Problem | None:
    """`mondy`, `thurs`."""
    lexeme = failure.lexeme()
    if "DAY" not in failure.accepts or lexeme.kind != "word" or "NAME" in failure.accepts:
        return None
    known = _DAY_WORDS.get(lexeme.word)
    guess = Guess((known,), True) if known else nearest(lexeme.text, DAYS, keywords=True)
    if not guess:
        return None
    return Problem(
        codes.MISSPELT_WORD,
        lexeme.span,
        f'There is no day "{lexeme.text}".',
        guess.question(),
        ((lexeme.span, guess.fix),) if guess.fix else (),
    )


def _may_be_evening(text: str) -> bool:
    """A bare hour of a clock with twelve of them: `9`."""
    return text.strip().isdecimal() and 1 <= int(text) <= 12 and not text.startswith("0")


def _in_the_evening(text: str) -> str:
    return f"{int(text) % 12 + 12}:00"


def bad_date(failure: ParseFailure) -> Problem | None:
    """`26/01/2026`, `26 January 2026`. Only where day and month can't be mistaken for each other is it mended."""
    lexeme = failure.lexeme()
    found = _DATE.match(failure.rest(lexeme))
    if found is None:
        return None
    span = Span(lexeme.span.start, lexeme.span.start + found.end())
    better = _iso(found)
    return Problem(
        codes.BAD_DATE,
        span,
        f'"{found[0]}" is not a date as the rules write it.',
        f"Write year-month-day: {better or '2026-01-26'}.",
        ((span, better),) if better else (),
    )


def _iso(found: regex.Match[str]) -> str | None:
    year, month, day = found[4] or found[13], found[5] or found[14], found[6] or found[15]
    if found[3]:
        year, month, day = str(found[3]), str(found[2]), str(found[1])
        if int(day) <= 12 and int(month) <= 12 and day != month:
            return None
    named = (found[8] or found[10] or "").lower()
    if named:
        if named not in _MONTHS:
            return None
        year, day = found[9] or found[12], found[7] or found[11]
        month = str(_MONTHS.index(named) + 1)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
