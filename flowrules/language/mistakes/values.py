"""Numbers, lengths of time and telephone keys as people write them elsewhere."""

import math
import unicodedata
from fractions import Fraction

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.diagnostics.guess import nearest
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.problem import Problem
from flowrules.source import Span

_UNITS = {
    "s": "seconds", "sec": "seconds", "secs": "seconds", "second": "seconds", "seconds": "seconds",
    "m": "minutes", "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes",
    "minuts": "minutes", "h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days", "week": "weeks", "weeks": "weeks", "ms": "milliseconds",
}  # fmt: skip
_SECONDS = {"milliseconds": Fraction(1, 1_000), "seconds": Fraction(1), "minutes": Fraction(60),
            "hours": Fraction(3_600), "days": Fraction(86_400), "weeks": Fraction(604_800)}  # fmt: skip
_WHOLE_UNITS = ("seconds", "minutes", "hours", "days")
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
_NUMBER_WORDS = frozenset({*_AMOUNTS, *_SCALES, "zero", "fifty", "ninety"}) - {"a", "an", "k", "cr"}


def bad_digits(failure: ParseFailure) -> Problem | None:
    """Digits of another script: `५००`."""
    lexeme = failure.lexeme()
    if lexeme.text.isascii() or not any(sign.isdecimal() and not sign.isascii() for sign in lexeme.text):
        return None
    better = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in lexeme.text)
    return Problem(
        codes.BAD_NUMBER,
        lexeme.span,
        f'"{lexeme.text}" is written in digits of another script.',
        f"Numbers are written with 0 to 9: {better}.",
        ((lexeme.span, better),),
    )


def bad_sign(failure: ParseFailure) -> Problem | None:
    """`- 5`, `–5`, `−5`."""
    lexeme = failure.lexeme()
    found = regex.match(r"[-–—−]\s*(\d[\d.]*)(?![\w:])", failure.rest(lexeme))
    if found is None or "NUMBER" not in failure.accepts:
        return None
    span = Span(lexeme.span.start, lexeme.span.start + found.end())
    message = f'"{found[0]}" is not a number as the rules write it.'
    return Problem(codes.BAD_NUMBER, span, message, f"Write -{found[1]}.", ((span, f"-{found[1]}"),))


def bad_number(failure: ParseFailure) -> Problem | None:
    """`1,00,000`, `₹500`, `500 rupees`, `50%`, `5 lakh`."""
    for back in (1, 0):
        lexeme = failure.lexeme(-back)
        rest = failure.rest(lexeme)
        if lexeme.is_nothing:
            continue
        for pattern, what in (
            (_GROUPED, "A number has no commas"),
            (_MONEY, "A number has no currency sign"),
            (_PERCENT, "A number has no percent sign"),
            (_SCALED, "A number is written out in digits"),
        ):
            found = pattern.match(rest)
            if found is None or lexeme.span.start + found.end() <= failure.lexeme().span.start:
                continue
            plain = (
                next(group for group in (*found.groups(), found[0]) if group)
                .replace(",", "")
                .removesuffix("/-")
            )
            if pattern is _SCALED:
                exactly = Fraction(found[1]) * _SCALES[found[2].lower()]
                plain = str(int(exactly)) if exactly.denominator == 1 else str(float(exactly))
            span = Span(lexeme.span.start, lexeme.span.start + found.end())
            return Problem(
                codes.BAD_NUMBER, span, f'{what}: "{found[0]}".', f"Write {plain}.", ((span, plain),)
            )
    if failure.in_guard and {failure.lexeme().word, failure.lexeme(-1).word} <= _NUMBER_WORDS:
        span = Span(failure.lexeme(-1).span.start, failure.lexeme().span.end)
        written = failure.text[span.start : span.end]
        return Problem(codes.BAD_NUMBER, span, f'"{written}" is not written in digits.', "Write it as 500.")
    return None


def bad_duration(failure: ParseFailure) -> Problem | None:
    """`5`, `5s`, `2 min`, `half an hour`, `2-3 seconds`."""
    lexeme = failure.lexeme()
    goes_on = failure.last == "DURATION" and lexeme.kind == "number"
    if not ("DURATION" in failure.accepts or goes_on) or lexeme.kind not in ("number", "word"):
        return None
    rest = failure.rest(lexeme)
    short = _SHORT.match(rest)
    if short and (unit := _UNITS.get(short[2].lower())):
        span = Span(lexeme.span.start, lexeme.span.start + short.end())
        better = _amount(int(short[1]), unit)
        message = f'"{short[0]}" is not a length of time as the rules write it.'
        is_whole = unit != "milliseconds" or int(short[1]) % 1_000 == 0
        return _duration_problem(span, message, better, fix=is_whole)
    odd = _ODD_AMOUNT.match(rest)
    if odd and (unit := _UNITS.get(odd[2].lower())):
        span = Span(lexeme.span.start, lexeme.span.start + odd.end())
        exactly = _exactly(odd[1], unit)
        is_one = odd[0].startswith(odd[1]) and exactly is not None
        message = f'"{odd[0]}" is not one whole number with a unit.'
        return _duration_problem(
            span, message, exactly or _amount(math.ceil(float(odd[1])), unit), fix=is_one
        )
    if lexeme.kind == "number" and "NUMBER" in failure.accepts:
        return None
    unit_word = failure.lexeme(1)
    if (
        lexeme.kind == "number"
        and unit_word.kind == "word"
        and (guess := nearest(unit_word.text, _WHOLE_UNITS))
    ):
        guess = nearest(unit_word.text, guess.names, keywords=True)
        edits = ((unit_word.span, guess.fix),) if guess.fix else ()
        message = f'"{unit_word.text}" is no unit of time.'
        return Problem(codes.BAD_DURATION, unit_word.span, message, guess.question(), edits)
    if lexeme.kind == "number":
        whole = lexeme.text.isascii() and lexeme.text.isdigit()
        message = (
            f'"{lexeme.text}" is without a unit.' if whole else f'"{lexeme.text}" is not a whole number.'
        )
        return _duration_problem(lexeme.span, message, f"{lexeme.text if whole else 5} seconds", fix=False)
    spoken = _SPOKEN.match(rest)
    in_digits = _spoken(spoken) if spoken else None
    if spoken and in_digits:
        span = Span(lexeme.span.start, lexeme.span.start + spoken.end())
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


def telephone_keys(failure: ParseFailure) -> Problem | None:
    """`dtmf is #`, `send_dtmf 12#`: `#` and `*` stand in quotes, and a `#` behind a space begins a comment."""
    wanted = "STRING" in failure.accepts
    if failure.at_line_end and wanted:
        at = failure.span_here().end
        comment = regex.match(r"[^\S\n]+#", failure.text[at:])
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
    lexeme, earlier = failure.lexeme(), failure.lexeme(-1)
    keys = regex.match(r"[0-9A-Da-d]*[#*][0-9A-Da-d#*]*", failure.rest(lexeme))
    if keys and not wanted and earlier.kind == "number" and earlier.span.end == lexeme.span.start:
        span = Span(earlier.span.start, lexeme.span.start + keys.end())
    elif keys and wanted:
        span = Span(lexeme.span.start, lexeme.span.start + keys.end())
    else:
        return None
    written = failure.text[span.start : span.end]
    return Problem(
        codes.UNQUOTED_TEXT,
        span,
        f"The telephone keys {written} stand without quotes.",
        f'Write "{written}".',
        ((span, f'"{written}"'),),
    )
