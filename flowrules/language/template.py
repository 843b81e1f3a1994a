"""Text that quotes facts: `"{lead.name} asked for {intent}"`, read once into its parts.

`{{` and `}}` stand for the braces themselves. What a fact holds is never read again for braces.
"""

import regex

from flowrules.language.nodes import Name
from flowrules.source import Span

_BRACES = regex.compile(r"\{\{|\}\}|\{(?P<inside>[^{}]*)(?P<close>\}?)|\}")
_LETTERS = r"[\p{L}\p{M}\p{N}_\u200c\u200d]*"
_NAME = regex.compile(rf"[0-9]*[\p{{L}}_]{_LETTERS}(?:[.\-][\p{{L}}\p{{N}}_]{_LETTERS})*")
"""A name as the grammar has it."""


def split_template(text: str) -> tuple[str | Name, ...]:
    """The text's parts in order: plain text, and the names of the facts that it quotes.

    Spans of names count from the text's first character. A brace that means nothing (`template_mistakes`)
    stays as it is written.
    """
    parts: list[str | Name] = []
    plain: list[str] = []
    end = 0
    for found in _BRACES.finditer(text):
        plain.append(text[end : found.start()])
        end = found.end()
        if (name := _quoted(found)) is None:
            plain.append(_brace(found))
            continue
        if any(plain):
            parts.append("".join(plain))
            plain.clear()
        parts.append(name)
    plain.append(text[end:])
    if any(plain):
        parts.append("".join(plain))
    return tuple(parts)


def template_mistakes(text: str) -> tuple[tuple[Span, str], ...]:
    """Braces in a text that quote no fact and are not doubled: where in the text, and what is wrong."""
    return tuple(
        (Span(*found.span()), message)
        for found in _BRACES.finditer(text)
        if _quoted(found) is None and (message := _mistake(found))
    )


def _quoted(found: regex.Match[str]) -> Name | None:
    inside = found["inside"]
    if inside is None or not found["close"] or _NAME.fullmatch(inside.strip()) is None:
        return None
    start = found.start("inside") + len(inside) - len(inside.lstrip())
    return Name(inside.strip(), Span(start, start + len(inside.strip())))


def _brace(found: regex.Match[str]) -> str:
    return found[0][0] if found[0] in ("{{", "}}") else found[0]


def _mistake(found: regex.Match[str]) -> str:
    if found[0] in ("{{", "}}"):
        return ""
    if found[0] == "}":
        return "This } closes nothing. A brace that is meant as a brace is written twice: }}."
    if not found["close"]:
        return "This { is never closed. A brace that is meant as a brace is written twice: {{."
    if not found["inside"].strip():
        return "There is no fact's name between these braces."
    return f"{found['inside'].strip()!r} is no fact's name: between braces stands one name, such as {{lead.name}}."
