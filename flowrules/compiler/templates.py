"""Printing facts into text: one pass, nothing that a fact holds is read again, control characters removed."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import regex

from flowrules.analysis.model.verb_fields import Quote
from flowrules.compiler.times.dates_in_words import in_words
from flowrules.language.values import Scalar, Value

MAX_FACT = 1_000
"""Characters that one fact may print."""
MAX_TEXT = 4_000
"""Characters of a whole text, facts included."""

_SPACES = regex.compile(r"[\t-\r\x85\p{Zl}\p{Zp}]+")
_CONTROLS = regex.compile(r"[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]")
"""Control characters, half surrogates (no JSON can carry them), and marks that turn the direction of a line."""


def render(
    quote: Quote, look_up: Callable[[str], Value | None], *, spoken_in: ZoneInfo | None = None
) -> tuple[str, list[str]]:
    """The text, and a note on every fact that is unknown or was cut. `look_up` takes folded names.
    `spoken_in`: somebody hears or says the text, so that dates and times are put in words, by the clock of this zone.

    A fact's words stand in its place where it is unknown, and where what it holds prints nothing to be read.
    """
    notes: list[str] = []
    out = []
    for part in quote.parts:
        if isinstance(part, str):
            out.append(part)
            continue
        name = part.fact.text
        value = look_up(part.fact.key)
        text = "" if value is None else printed(value)
        if spoken_in is not None and isinstance(value, str):
            text = in_words(text, spoken_in)
        if part.words and not text.strip():
            unknown = "is unknown" if value is None else "is empty"
            notes.append(f'{{{name}}} {unknown}: "{part.words}" stands in its place')
            text = part.words
        elif value is None:
            notes.append(f"{{{name}}} is unknown and printed nothing")
        if len(text) > MAX_FACT:
            notes.append(f"{{{name}}} was cut to {MAX_FACT:,} characters")
        out.append(text[:MAX_FACT])
    text = "".join(out)
    if len(text) > MAX_TEXT:
        notes.append(f"a text was cut to {MAX_TEXT:,} characters")
    return text[:MAX_TEXT], notes


def printed(value: Value) -> str:
    """A fact as text on one line: yes and no in words, several values joined by commas."""
    if isinstance(value, tuple):
        return ", ".join(_printed(one) for one in value)
    return _printed(value)


def _printed(value: Scalar) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case str() if value.isprintable():  # Most of them: no control or space in it but the plain one.
            return value
        case str():
            return _CONTROLS.sub("", _SPACES.sub(" ", value))
        case int() | float():
            return str(value)
