"""How a name is written in a text."""

import regex

from flowrules.editor.names import Kind
from flowrules.language.printer.words import quoted
from flowrules.language.reserved import STATES, is_reserved

_LETTERS = r"[\p{L}\p{M}\p{N}_\u200c\u200d]*"
PLAIN_NAME = regex.compile(rf"[0-9]*[\p{{L}}_]{_LETTERS}(?:[.\-][\p{{L}}\p{{N}}_]{_LETTERS})*")
"""A name as the grammar has it."""
_QUOTABLE = (Kind.QUEUE, Kind.AGENT, Kind.SUPERVISOR, Kind.RULE, Kind.TEST, Kind.DISPOSITION, Kind.VALUE)
"""Names that may stand in quotes."""


def written(kind: Kind, text: str) -> str:
    """A name as it is written where it may stand in quotes."""
    if kind not in _QUOTABLE:
        return text
    plain = PLAIN_NAME.fullmatch(text) is not None and (not is_reserved(text) or text.lower() in STATES)
    return text if plain and kind is not Kind.RULE and kind is not Kind.TEST else quoted(text)
