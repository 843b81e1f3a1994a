"""Numbers, times, dates, lengths of time and telephone numbers as people write them elsewhere."""

import math
import unicodedata
from datetime import date
from fractions import Fraction

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.literals import twelve_hour
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.phone_numbers import EMERGENCY, SHORTEST, as_dialled
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
_UNITS = {
    "s": "seconds", "sec": "seconds", "secs": "seconds", "second": "seconds", "seconds": "seconds",
    "m": "minutes", "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes",
    "minuts": "minutes", "h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days", "week": "weeks", "weeks": "weeks", "ms": "milliseconds",
}  # fmt: skip
_SECONDS = {"milliseconds": Fraction(1, 1_000), "seconds": Fraction(1), "minutes": Fraction(60),
            "hours": Fraction(3_600), "days": Fraction(86_400), "weeks": Fraction(604_800)}  # fmt: skip
_IN_DAYS = {"weeks": 7}
_AMOUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60,
}  # fmt: skip
_SHORT = regex.compile(r"(\d{1,9})\s*-?\s*([a-z]+)\b\.?", regex.IGNORECASE)
_ODD_AMOUNT = regex.compile(r"(?:\d+\s*(?:-|–|to)\s*)?(\d{1,9}(?:\.\d+)?)\s*([a-z]+)\b\.?", regex.IGNORECASE)
_SPOKEN = regex.compile(
    r"(half|quarter)?\s*(?:of\s+)?(?:an?\s+)?([a-z-]+)(?:\s+([a-z]+))?\b", regex.IGNORECASE
)
_DATE = regex.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b|(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b"
    r"|(\d{1,2})(?:st|nd|rd|th)?\s+([a-z]{3})[a-z]*\.?,?\s+(\d{4})\b|([a-z]{3})[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+"
    r"(\d{4})\b|(\d{4})-(\d{1,2})-?(\d{1,2})(?![\w-])",
    regex.IGNORECASE,
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SCALES = {"k": 1_000, "thousand": 1_000, "hundred": 100, "lakh": 100_000, "lakhs": 100_000, "lac": 100_000,
           "million": 1_000_000, "crore": 10_000_000, "crores": 10_000_000, "cr": 10_000_000}  # fmt: skip
_GROUPED = regex.compile(r"\d{1,3}(?:,\d{2,3})+(?:\.\d+)?(?![\d,])(?:/-)?")
_MONEY = regex.compile(
    r"(?:(?:₹|\$|€|£|Rs\.?|INR|USD)\s*(\d[\d,]*(?:\.\d+)?)(?:/-)?|(\d[\d,]*(?:\.\d+)?)\s*(?:/-|₹|rupees?|rs\.?|inr|usd"
    r"|dollars?)(?!\w))",
    regex.IGNORECASE,
)
_PERCENT = regex.compile(r"(\d+(?:\.\d+)?)\s*(?:%|percent\b|per\s+cent\b)", regex.IGNORECASE)
_SCALED = regex.compile(rf"(\d{{1,12}}(?:\.\d+)?)\s*({'|'.join(_SCALES)})\b", regex.IGNORECASE)
_PHONE = regex.compile(r"(?:tel:\s*)?\+?\(?\d[\d ().\-\u2010-\u2015]{6,}\d")
_TARGET = regex.compile(r"(?:transfer|number)\s+(?:to\s+|number\s+)*$", regex.IGNORECASE)
_NUMBER_WORDS = frozenset({*_AMOUNTS, *_SCALES, "zero", "fifty", "ninety"}) - {"a", "an", "k", "cr"}
_EMERGENCIES = frozenset({"emergency", "emergencies", "police", "ambulance", "fire", "sos"})
_NATIONAL = 10


def bad_digits(stumble: Stumble) -> Problem | None:
    """Digits of another script: `५००`."""
    piece = stumble.piece()
    if piece.text.isascii() or not any(sign.isdecimal() and not sign.isascii() for sign in piece.text):
        return None
    better = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in piece.text)
    return Problem(
        codes.BAD_NUMBER,
        piece.span,
        f'"{piece.text}" is written in digits of another script.',
        f"Numbers are written with 0 to 9: {better}.",
        ((piece.span, better),),
    )


def bad_time(stumble: Stumble) -> Problem | None:
    """`9pm`, `9:00 am`, `9.30`, `9 to 6`."""
    for back in (0, 1):
        piece = stumble.piece(-back)
        rest = stumble.rest(piece)
        pair = _CLOCKS.match(rest)
        if pair and (first := twelve_hour(pair[1])) and (last := twelve_hour(pair[2])):
            span = Span(piece.span.start, piece.span.start + pair.end())
            return clock_problem(span, pair[0], f"{first} to {last}")
        clock = _CLOCK.match(rest)
        better = twelve_hour(clock[0]) if clock else None
        if clock and better:
            span = Span(piece.span.start, piece.span.start + clock.end())
            return clock_problem(span, clock[0], better)
    piece = stumble.piece()
    if "TIME" in stumble.accepts and piece.word in ("noon", "midnight"):
        midnight = "24:00" if stumble.piece(-1).word == "to" else "00:00"
        return clock_problem(piece.span, piece.text, "12:00" if piece.word == "noon" else midnight)
    if "TIME" not in stumble.accepts or "NUMBER" in stumble.accepts or piece.kind != "number":
        return None
    rest = stumble.rest(piece)
    if pair := _RANGE.match(rest):
        better = f"{_padded(pair[1])} to {_padded(pair[2])}"
        span = Span(piece.span.start, piece.span.start + pair.end())
        if _may_be_evening(pair[2]) and _may_be_evening(pair[1]):
            either = f"{better}, or {_padded(pair[1])} to {_in_the_evening(pair[2])}"
            return clock_problem(span, pair[0], either, is_sure=False)
        return clock_problem(span, pair[0], better)
    if hour_only := _HOUR.match(rest):
        span = Span(piece.span.start, piece.span.start + hour_only.end())
        if int(hour_only[1]) <= 24 and int(hour_only[2] or 0) < 60:
            better = _padded(hour_only[0])
            if _may_be_evening(hour_only[0]):
                either = f"{better} or {_in_the_evening(hour_only[0])}"
                return clock_problem(span, hour_only[0].strip(), either, is_sure=False)
            return clock_problem(span, hour_only[0].strip(), better)
        return Problem(
            codes.BAD_TIME,
            piece.span,
            f'There is no time "{piece.text}".',
            "A day has the times 00:00 to 24:00.",
        )
    return None


def _padded(text: str) -> str:
    numbers = regex.findall(r"\d+", text)
    return f"{int(numbers[0]):02}:{numbers[1] if len(numbers) > 1 else '00'}"


def _may_be_evening(text: str) -> bool:
    """A bare hour of a clock with twelve of them: `9`."""
    return text.strip().isdecimal() and 1 <= int(text) <= 12 and not text.startswith("0")


def _in_the_evening(text: str) -> str:
    return f"{int(text) % 12 + 12}:00"


def bad_date(stumble: Stumble) -> Problem | None:
    """`26/01/2026`, `26 January 2026`. Only where day and month can't be mistaken for each other is it mended."""
    piece = stumble.piece()
    found = _DATE.match(stumble.rest(piece))
    if found is None:
        return None
    span = Span(piece.span.start, piece.span.start + found.end())
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


def bad_sign(stumble: Stumble) -> Problem | None:
    """`- 5`, `–5`, `−5`."""
    piece = stumble.piece()
    found = regex.match(r"[-–—−]\s*(\d[\d.]*)(?![\w:])", stumble.rest(piece))
    if found is None or "NUMBER" not in stumble.accepts:
        return None
    span = Span(piece.span.start, piece.span.start + found.end())
    message = f'"{found[0]}" is not a number as the rules write it.'
    return Problem(codes.BAD_NUMBER, span, message, f"Write -{found[1]}.", ((span, f"-{found[1]}"),))


def bad_number(stumble: Stumble) -> Problem | None:
    """`1,00,000`, `₹500`, `500 rupees`, `50%`, `5 lakh`."""
    for back in (1, 0):
        piece = stumble.piece(-back)
        rest = stumble.rest(piece)
        if piece.is_nothing:
            continue
        for pattern, what in (
            (_GROUPED, "A number has no commas"),
            (_MONEY, "A number has no currency sign"),
            (_PERCENT, "A number has no percent sign"),
            (_SCALED, "A number is written out in digits"),
        ):
            found = pattern.match(rest)
            if found is None or piece.span.start + found.end() <= stumble.piece().span.start:
                continue
            plain = (
                next(group for group in (*found.groups(), found[0]) if group)
                .replace(",", "")
                .removesuffix("/-")
            )
            if pattern is _SCALED:
                plain = f"{float(found[1]) * _SCALES[found[2].lower()]:.0f}"
            span = Span(piece.span.start, piece.span.start + found.end())
            return Problem(
                codes.BAD_NUMBER, span, f'{what}: "{found[0]}".', f"Write {plain}.", ((span, plain),)
            )
    if stumble.in_guard and {stumble.piece().word, stumble.piece(-1).word} <= _NUMBER_WORDS:
        span = Span(stumble.piece(-1).span.start, stumble.piece().span.end)
        written = stumble.text[span.start : span.end]
        return Problem(codes.BAD_NUMBER, span, f'"{written}" is not written in digits.', "Write it as 500.")
    return None


def bad_duration(stumble: Stumble) -> Problem | None:
    """`5`, `5s`, `2 min`, `half an hour`, `2-3 seconds`."""
    piece = stumble.piece()
    goes_on = stumble.last == "DURATION" and piece.kind == "number"
    if not ("DURATION" in stumble.accepts or goes_on) or piece.kind not in ("number", "word"):
        return None
    rest = stumble.rest(piece)
    short = _SHORT.match(rest)
    if short and (unit := _UNITS.get(short[2].lower())):
        span = Span(piece.span.start, piece.span.start + short.end())
        better = _amount(int(short[1]), unit)
        message = f'"{short[0]}" is not a length of time as the rules write it.'
        is_whole = unit != "milliseconds" or int(short[1]) % 1_000 == 0
        return _duration_problem(span, message, better, fix=is_whole)
    odd = _ODD_AMOUNT.match(rest)
    if odd and (unit := _UNITS.get(odd[2].lower())):
        span = Span(piece.span.start, piece.span.start + odd.end())
        exactly = _exactly(odd[1], unit)
        is_one = odd[0].startswith(odd[1]) and exactly is not None
        message = f'"{odd[0]}" is not one whole number with a unit.'
        return _duration_problem(
            span, message, exactly or _amount(math.ceil(float(odd[1])), unit), fix=is_one
        )
    if piece.kind == "number" and "NUMBER" in stumble.accepts:
        return None
    if piece.kind == "number":
        whole = piece.text.isascii() and piece.text.isdigit()
        message = f'"{piece.text}" is without a unit.' if whole else f'"{piece.text}" is not a whole number.'
        return _duration_problem(piece.span, message, f"{piece.text if whole else 5} seconds", fix=False)
    spoken = _SPOKEN.match(rest)
    in_digits = _spoken(spoken) if spoken else None
    if spoken and in_digits:
        span = Span(piece.span.start, piece.span.start + spoken.end())
        return _duration_problem(span, "A length of time is written in digits.", in_digits)
    return None


def _spoken(found: regex.Match[str]) -> str | None:
    part, first, second = found[1], found[2].lower(), (found[3] or "").lower()
    unit = _UNITS.get(first)
    if part and unit in ("minutes", "hours"):
        smaller = "seconds" if unit == "minutes" else "minutes"
        return f"{30 if part.lower() == 'half' else 15} {smaller}"
    if unit:
        return _amount(1, unit)
    if first in _AMOUNTS and second in _UNITS:
        return _amount(_AMOUNTS[first], _UNITS[second])
    return None


def _exactly(number: str, unit: str) -> str | None:
    """`1.5 hours` as `90 minutes`; None where it is no whole number of seconds."""
    seconds = Fraction(number) * _SECONDS[unit]
    if seconds.denominator != 1:
        return None
    larger = next((name for name in ("days", "hours", "minutes") if seconds % _SECONDS[name] == 0), "seconds")
    return _amount(int(seconds / _SECONDS[larger]), larger)


def _amount(number: int, unit: str) -> str:
    if unit in _IN_DAYS:
        number, unit = number * _IN_DAYS[unit], "days"
    if unit == "milliseconds":
        number, unit = max(1, round(number / 1_000)), "seconds"
    return f"{number} {unit}" if number != 1 else f"1 {unit.removesuffix('s')}"


def _duration_problem(span: Span, message: str, better: str, *, fix: bool = True) -> Problem:
    edits = ((span, better),) if fix else ()
    return Problem(
        codes.BAD_DURATION, span, message, f"Write seconds, minutes, hours or days: {better}.", edits
    )


def short_phone(stumble: Stumble) -> Problem | None:
    """`number 112`, `number emergency`: no number that the platform could dial."""
    piece = stumble.piece()
    if "PHONE" not in stumble.accepts or "NUMBER" in stumble.accepts or stumble.piece(-1).word != "number":
        return None
    written = piece.text.strip('"“”„')
    digits = regex.sub(r"[\s\-]", "", written)
    is_short = digits.isdecimal() and len(digits) < SHORTEST and not _PHONE.match(stumble.rest(piece))
    if not is_short and piece.word not in _EMERGENCIES:
        return None
    return Problem(codes.BAD_PHONE, piece.span, f'"{written}" is no number that can be dialled.', EMERGENCY)


def bad_phone(stumble: Stumble) -> Problem | None:
    """`+91 98123 45678`, `098123 45678`."""
    for back in (0, 1):
        piece = stumble.piece(-back)
        found = _PHONE.match(stumble.rest(piece))
        before = stumble.text[: piece.span.start][-40:]
        is_wanted = "PHONE" in stumble.accepts and "NUMBER" not in stumble.accepts
        if found is None or not (_TARGET.search(before) or is_wanted or found[0][0] == "+"):
            continue
        digits = regex.sub(r"\D", "", found[0])
        span = Span(piece.span.start, piece.span.start + found.end())
        if found[0] == f"+{digits}":
            return None
        better = as_dialled(found[0])
        if not found[0].startswith("+") and (not better or better.startswith("+0")):
            if len(digits) < SHORTEST:
                return None
            return Problem(codes.BAD_PHONE, span, f'"{found[0]}" has no country code.', _with_country(digits))
        message = (
            f'A telephone number has no spaces, dashes or brackets: "{found[0]}".'
            if found[0].startswith(("+", "t", "T"))
            else f'A telephone number begins with +, which stands for the 00 of "{found[0]}".'
        )
        return Problem(
            codes.BAD_PHONE, span, message, f"Write {better}.", ((span, better),) if better else ()
        )
    return None


def _with_country(digits: str) -> str:
    own = digits.removeprefix("0")
    begins = "A telephone number begins with + and the country's code"
    if digits.startswith("011") and len(digits) > _NATIONAL + 1:
        return f"{begins}. Where 011 is dialled for abroad, write +{digits[3:]}."
    if len(own) == _NATIONAL:
        return f"{begins}, such as +91{own} in India or +1{own} in the USA."
    return f"{begins}, such as +91 in India or +1 in the USA."


def telephone_keys(stumble: Stumble) -> Problem | None:
    """`dtmf is #`, `send_dtmf 12#`: `#` and `*` stand in quotes, and a `#` behind a space begins a comment."""
    wanted = "STRING" in stumble.accepts
    if stumble.at_line_end and wanted:
        at = stumble.span_here().end
        comment = regex.match(r"[^\S\n]+#", stumble.text[at:])
        if comment is None:
            return None
        span = Span(at + comment.end() - 1, at + comment.end())
        return Problem(
            codes.UNQUOTED_TEXT,
            span,
            'A "#" behind a space begins a comment.',
            'The telephone key stands in quotes: "#".',
            ((span, '"#"'),),
        )
    piece, earlier = stumble.piece(), stumble.piece(-1)
    keys = regex.match(r"[0-9A-Da-d]*[#*][0-9A-Da-d#*]*", stumble.rest(piece))
    if keys and not wanted and earlier.kind == "number" and earlier.span.end == piece.span.start:
        span = Span(earlier.span.start, piece.span.start + keys.end())
    elif keys and wanted:
        span = Span(piece.span.start, piece.span.start + keys.end())
    else:
        return None
    written = stumble.text[span.start : span.end]
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f"The telephone keys {written} stand without quotes.",
        f'Write "{written}".',
        ((span, f'"{written}"'),),
    )
