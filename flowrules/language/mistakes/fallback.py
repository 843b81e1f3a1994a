"""What to say where no known mistake fits: what stands there, and what could."""

from flowrules.diagnostics.codes import syntax as codes
from flowrules.language.mistakes.stumble import Stumble
from flowrules.language.problem import Problem

_EXPECTED: tuple[tuple[str, str], ...] = (
    ("TRANSFER", "a step, such as transfer or say"),
    ("THEN", '"then" and another step'),
    ("END", '"end"'),
    ("CONTAINS", "a comparison, such as is or is at least"),
    ("STRING", "a text in quotes"),
    ("NAME", "a name"),
    ("TIME", "a time, such as 09:00"),
    ("DATE", "a date, such as 2026-01-26"),
    ("DURATION", "a length of time, such as 30 seconds"),
    ("DAY", "a day, such as mon"),
    ("PHONE", "a telephone number, such as +919812345678"),
    ("NUMBER", "a number"),
    ("_NL", "the end of the line"),
)
_KEYWORDS = frozenset(
    "AGENT AS AT BY CALLER DURING FOR FROM IN INTO IS NOTE ON OUTSIDE TO UNLESS WHEN WITH".split()
)
"""Joining words that are worth naming where one of them is what is missing."""


def unreadable(stumble: Stumble) -> Problem:
    piece = stumble.piece()
    span = stumble.span_here()
    could = [words for terminal, words in _EXPECTED if terminal in stumble.accepts]
    if "TRANSFER" not in stumble.accepts:
        could = [*(f'"{terminal.lower()}"' for terminal in sorted(stumble.accepts & _KEYWORDS)), *could]
    could = could[:4]
    hint = f"Here could stand {_joined(could)}." if could else ""
    if stumble.at_line_end:
        return Problem(codes.UNREADABLE, span, "The line ends before it is complete.", hint)
    return Problem(codes.UNREADABLE, span, f'"{piece.text}" can\'t be understood in this place.', hint)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
