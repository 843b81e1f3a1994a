"""What to say where no known mistake fits: what stands there, and what could."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem
from flowrules.language.reserved import STEP_WORDS

_EXPECTED: tuple[tuple[str, str], ...] = (
    ("TRANSFER", "a step, such as transfer or say"),
    ("STRING", "a text in quotes"),
    ("NAME", "a name"),
    ("NUMBER", "a number"),
    ("TIME", "a time, such as 09:00"),
    ("DATE", "a date, such as 2026-01-26"),
    ("DURATION", "a length of time, such as 30 seconds"),
    ("DAY", "a day, such as mon"),
    ("PHONE", "a telephone number, such as +919812345678"),
    ("COUNT", "a count, such as 2 times"),
    ("CONTAINS", "a comparison, such as is or is at least"),
    ("_NL", "the end of the line"),
)
"""The parser's names for what is no fixed word, in the words of people."""
_IMPLIED = STEP_WORDS | {"contains", "starts", "between"}
_QUOTES = ('"', "“", "”", "„")
_MOST = 5
"""Things that are named as possible, at most."""


def unreadable(stumble: Stumble) -> Problem:
    piece = stumble.piece()
    span = stumble.span_here()
    words = sorted(stumble.keywords - _IMPLIED) if len(stumble.keywords - _IMPLIED) <= _MOST else []
    could = [f'"{word}"' for word in words]
    could += [said for name, said in _EXPECTED if name in stumble.accepts and not (name == "_NL" and could)]
    hint = f"Here could stand {_joined(could[:_MOST])}." if could else ""
    if stumble.at_line_end:
        last = stumble.text[span.start : span.end]
        shown = last if last[:1] in _QUOTES else f'"{last}"'
        return Problem(codes.INCOMPLETE_LINE, span, f"After {shown} something is missing.", hint)
    return Problem(codes.UNREADABLE, span, f"{piece.shown} can't be understood in this place.", hint)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
