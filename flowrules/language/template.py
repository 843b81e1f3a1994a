"""Text that quotes facts: `"{lead.name or there} asked for {intent}"`, read once into its parts.

`{{` and `}}` stand for the braces themselves. What a fact holds is never read again for braces.
"""

from dataclasses import dataclass
from typing import NamedTuple

import regex

from flowrules.language.nodes import Name
from flowrules.source import Span

_BRACES = regex.compile(r"\{\{|\}\}|\{(?P<inside>[^{}]*)(?P<close>\}?)|\}")
_LETTERS = r"[\p{L}\p{M}\p{N}_\u200c\u200d]*"
_NAME = regex.compile(rf"[0-9]*[\p{{L}}_]{_LETTERS}(?:[.\-][\p{{L}}\p{{N}}_]{_LETTERS})*")
"""A name as the grammar has it."""
_OR = regex.compile(r"(?<!\S)or(?![^\s\"'‘“])", regex.IGNORECASE)
_QUOTES = ('""', "''", "‘’", "“”")
"""What may stand around the words behind `or`: the first of each and the last."""
_MARKS = "".join(_QUOTES) + " "
_ELSE = regex.compile(rf"{_NAME.pattern}\s*(?:\b(?:otherwise|else|default)\b|[,;:|?])", regex.IGNORECASE)
"""Other ways to say `or`."""
_NESTED = 'Behind "or" stand words to say, and no other fact.'
_FORM = "Write the fact, or, and the words to say instead: {lead.name or there}."
_PLAIN = "Write a fact as {name}, and a brace as {{ or }}."


@dataclass(frozen=True, slots=True)
class QuotedFact:
    """A fact that a text quotes. `words` are said where it is unknown; '' where the text has none."""

    fact: Name
    words: str = ""


def split_template(text: str) -> tuple[str | QuotedFact, ...]:
    """The text's parts in order: plain text, and the facts that it quotes.

    Spans of names count from the text's first character. A brace that means nothing (`template_mistakes`)
    stays as it is written.
    """
    parts: list[str | QuotedFact] = []
    plain: list[str] = []
    end = 0
    for found in _BRACES.finditer(text):
        plain.append(text[end : found.start()])
        end = found.end()
        if (quoted := _quoted(found)) is None:
            plain.append(_brace(found))
            continue
        if any(plain):
            parts.append("".join(plain))
            plain.clear()
        parts.append(quoted)
    plain.append(text[end:])
    if any(plain):
        parts.append("".join(plain))
    return tuple(parts)


class BraceMistake(NamedTuple):
    """Braces in a text that quote no fact and are not doubled: where in the text, what is wrong, what to write."""

    span: Span
    message: str
    hint: str


def template_mistakes(text: str) -> tuple[BraceMistake, ...]:
    """What is wrong with the braces of a text, in order."""
    mistakes = []
    nested = 0
    for found in _BRACES.finditer(text):
        if found[0] == "}" and nested:
            nested -= 1  # it closes the brace around another fact, of which is told already
        elif _quoted(found) is None and (mistake := _mistake(found, text)) is not None:
            mistakes.append(mistake)
            nested += mistake.message == _NESTED
    return tuple(mistakes)


def _quoted(found: regex.Match[str]) -> QuotedFact | None:
    inside = found["inside"]
    if inside is None or not found["close"]:
        return None
    fact, words = _halves(inside)
    name = fact.strip()
    if _NAME.fullmatch(name) is None or (words is not None and _bad_words(words)):
        return None
    start = found.start("inside") + len(fact) - len(fact.lstrip())
    return QuotedFact(Name(name, Span(start, start + len(name))), "" if words is None else _bare(words))


def _halves(inside: str) -> tuple[str, str | None]:
    """What stands before the first `or` between two braces, and what behind it; None where there is no `or`."""
    found = _OR.search(inside)
    return (inside, None) if found is None else (inside[: found.start()], inside[found.end() :].strip())


def _bare(words: str) -> str:
    """The words without the quotes around them."""
    return words[1:-1] if len(words) > 1 and words[0] + words[-1] in _QUOTES else words


def _bad_words(words: str) -> tuple[str, str] | None:
    """What is wrong with the words behind `or`, and what to write; None where nothing is."""
    bare = _bare(words)
    if not bare.strip(_MARKS):
        return 'The words behind "or" are missing.', _FORM
    if bare.count('"') % 2:
        return 'One of the quotes around the words behind "or" is missing.', _FORM
    fact = next(filter(_like_fact, map(str.strip, _OR.split(words))), None)
    if bare == words and fact is not None:
        hint = f"{_FORM} If {fact} is to be said as it stands, put single quotes around the words: '{words}'."
        return f'Behind "or" stand words to say, and "{fact}" looks like a fact.', hint
    return None


def _like_fact(words: str) -> bool:
    return ("." in words or "_" in words) and _NAME.fullmatch(words) is not None


def _brace(found: regex.Match[str]) -> str:
    return found[0][0] if found[0] in ("{{", "}}") else found[0]


def _mistake(found: regex.Match[str], text: str) -> BraceMistake | None:
    told = _told(found, nested=text.startswith("{", found.end()))
    return None if told is None else BraceMistake(Span(*found.span()), *told)


def _told(found: regex.Match[str], *, nested: bool) -> tuple[str, str] | None:
    if found[0] in ("{{", "}}"):
        return None
    if found[0] == "}":
        return "This } closes nothing. A brace that is meant as a brace is written twice: }}.", _PLAIN
    fact, words = _halves(found["inside"])
    fact = fact.strip()
    if not found["close"]:
        if nested and words is not None and _NAME.fullmatch(fact):
            return _NESTED, _FORM
        return "This { is never closed. A brace that is meant as a brace is written twice: {{.", _PLAIN
    if words is None and not fact:
        return "There is no fact's name between these braces.", _PLAIN
    if words is not None and not fact:
        return 'The fact before "or" is missing.', _FORM
    if words is not None and _NAME.fullmatch(fact):
        return _bad_words(words)
    written = found["inside"].strip() if words is None else fact
    message = f"{written!r} is no fact's name: between braces stands one name, such as {{lead.name}}."
    return message, _FORM if words is not None or _ELSE.match(written) else _PLAIN
