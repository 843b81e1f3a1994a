"""Telephone numbers as people write them elsewhere."""

import regex

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.parse_failure import ParseFailure
from flowrules.language.phone_numbers import EMERGENCY, SHORTEST, as_dialled
from flowrules.language.problem import Problem
from flowrules.source import Span

_PHONE = regex.compile(r"(?:tel:\s*)?\+?\(?\d[\d ().\-\u2010-\u2015]{6,}\d")
_TARGET = regex.compile(r"(?:transfer|number)\s+(?:to\s+|number\s+)*$", regex.IGNORECASE)
_EMERGENCIES = frozenset({"emergency", "emergencies", "police", "ambulance", "fire", "sos"})
_NATIONAL = 10


def short_phone(failure: ParseFailure) -> Problem | None:
    """`number 112`, `number emergency`: no number that the platform could dial."""
    lexeme = failure.lexeme()
    if "PHONE" not in failure.accepts or "NUMBER" in failure.accepts or failure.lexeme(-1).word != "number":
        return None
    written = lexeme.text.strip('"“”„')
    digits = regex.sub(r"[\s\-]", "", written)
    is_short = digits.isdecimal() and len(digits) < SHORTEST and not _PHONE.match(failure.rest(lexeme))
    if not is_short and lexeme.word not in _EMERGENCIES:
        return None
    return Problem(codes.BAD_PHONE, lexeme.span, f'"{written}" is no number that can be dialled.', EMERGENCY)


def bad_phone(failure: ParseFailure) -> Problem | None:
    """`+91 98123 45678`, `098123 45678`."""
    for back in (0, 1):
        lexeme = failure.lexeme(-back)
        found = _PHONE.match(failure.rest(lexeme))
        before = failure.text[: lexeme.span.start][-40:]
        is_wanted = "PHONE" in failure.accepts and "NUMBER" not in failure.accepts
        if found is None or not (_TARGET.search(before) or is_wanted or found[0][0] == "+"):
            continue
        digits = regex.sub(r"\D", "", found[0])
        span = Span(lexeme.span.start, lexeme.span.start + found.end())
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
