"""What the grammar of an OpenAI custom tool can't hold, as its guide to context-free grammars says (2025)."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """`sign` finds it in a grammar, `example` is one that has it."""

    name: str
    sign: re.Pattern[str]
    example: str


LIMITS: tuple[Limit, ...] = (
    Limit("look-arounds", re.compile(r"\(\?<?[=!]"), "NAME: /[a-z]+(?!=)/"),
    Limit("lazy repetition", re.compile(r"/[^/\n]*[*+?}]\?[^/\n]*/"), 'TEXT: /".*?"/'),
    Limit("priorities", re.compile(r"^\w+\.-?\d+\s*:", re.MULTILINE), "NAME.2: /[a-z]+/"),
    Limit("templates", re.compile(r"^\w+\{", re.MULTILINE), "list{item}: item*"),
    Limit("declared terminals", re.compile(r"^%declare\b", re.MULTILINE), "%declare INDENT"),
    Limit(
        "imports but those of common",
        re.compile(r"^%import (?!common\b)", re.MULTILINE),
        "%import python.NAME",
    ),
    Limit("options of llguidance", re.compile(r"^%llguidance\b", re.MULTILINE), "%llguidance {}"),
)


def beyond(text: str) -> tuple[str, ...]:
    """The names of the limits that a grammar does not keep."""
    return tuple(limit.name for limit in LIMITS if limit.sign.search(text))
