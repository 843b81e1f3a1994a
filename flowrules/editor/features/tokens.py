"""What each word of a file is, for its colours."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import regex

from flowrules.editor.index import Index
from flowrules.editor.names import Kind
from flowrules.language.nodes import RuleFile
from flowrules.language.parser.grammar import keywords
from flowrules.language.reserved import STEP_WORDS

TYPES = (
    "keyword",
    "function",
    "variable",
    "enumMember",
    "type",
    "class",
    "property",
    "string",
    "number",
    "comment",
)
"""The kinds of words, by the protocol's names: verbs and steps are functions, facts variables, lists and hours types,
destinations classes, queues and agents properties."""

_BY_KIND = {
    Kind.FACT: "variable",
    Kind.VALUE: "enumMember",
    Kind.LIST: "type",
    Kind.HOURS: "type",
    Kind.DESTINATION: "class",
    Kind.STEPS: "function",
    Kind.VERB: "function",
    Kind.QUEUE: "property",
    Kind.AGENT: "property",
    Kind.SUPERVISOR: "property",
    Kind.DISPOSITION: "enumMember",
    Kind.REASON: "enumMember",
}
_PIECE = regex.compile(
    r"""(?P<comment>(?<!\S)\#[^\n]*)
    |(?P<string>["“”„](?:[^"“”„\n]|"")*["“”„])
    |(?P<number>[+-]?(?<![\p{L}\p{N}_])\d[\d:.\-]*(?![\p{L}\p{M}_]))
    |(?P<word>[\p{L}\p{N}_][\p{L}\p{M}\p{N}_\u200c\u200d.\-/]*)
    """,
    regex.VERBOSE,
)


class Coloured(NamedTuple):
    """A stretch of one line; `type` is one of `TYPES`."""

    start: int
    end: int
    type: str


def coloured(file: RuleFile, index: Index, first: int = 0, last: int | None = None) -> Iterator[Coloured]:
    """The words of a file in order, none over another; at least those between two offsets."""
    text, at = file.source.text, 0
    for block in file.blocks:
        if last is not None and at > last:
            return
        if block.end < first:
            at = block.end
            continue
        yield from _comments(text, at, block.start)
        names = tuple(
            (one.span.start, one.span.end, _BY_KIND[one.kind])
            for one in index.names_of(block)
            if one.kind in _BY_KIND
        )
        for start, end, type_ in _in_block(block.text, names):
            yield Coloured(block.start + start, block.start + end, type_)
        at = block.end
    yield from _comments(text, at, len(text))


def _comments(text: str, start: int, end: int) -> Iterator[Coloured]:
    for found in _PIECE.finditer(text, start, end):
        if found.lastgroup == "comment":
            yield Coloured(found.start(), found.end(), "comment")


@lru_cache(maxsize=65_536)
def _in_block(text: str, names: tuple[tuple[int, int, str], ...]) -> tuple[Coloured, ...]:
    bare = [one for one in names if text[one[0]] not in '"“”„']
    return tuple(_painted(text, bare))


def _painted(text: str, names: list[tuple[int, int, str]]) -> Iterator[Coloured]:
    """What the words are by their looks, and names over that."""
    words = _words()
    left = iter([*dict.fromkeys(names), (len(text) + 1, len(text) + 1, "")])
    start, end, type_ = next(left)
    done = 0
    for found in _PIECE.finditer(text):
        begin, stop = max(found.start(), done), found.end()
        look = str(found.lastgroup)
        if look == "word":
            look = words.get(found[0].lower(), "")
        while start < stop:
            if start > begin and look:
                yield Coloured(begin, start, look)
            if start >= begin:
                yield Coloured(start, end, type_)
                begin = done = end
            start, end, type_ = next(left)
        if look and begin < stop:
            yield Coloured(begin, stop, look)
            done = stop


def _words() -> dict[str, str]:
    return {
        word: "function" if word in STEP_WORDS else "keyword" for word in {*keywords().values(), *STEP_WORDS}
    }
