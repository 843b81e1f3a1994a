"""A file's text cut into its top-level blocks, so that a mistake in one leaves the others understood."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from flowrules.source import SourceFile

ITEM_WORDS = frozenset(
    "rule steps hours test destination on also urgent after at never before "
    "timezone order event fact list allow default".split()
)
"""The words that begin a top-level item."""

_CONTINUES = re.compile(
    r"(?:then|and|or|when|unless|instead|otherwise|during|outside|if\s+it\s+fails"
    r"|once\s+per|at\s+most|not\s+again)\b",
    re.IGNORECASE,
)
_JOINS_ON = re.compile(r"(?:,|\b(?:then|and|or))\s*(?:\s#.*)?$", re.IGNORECASE)
"""A line that ends so goes on with the next one."""
_OPENS = re.compile(r"(?:(rule|steps|hours|test)\b(?!\s*=)|(destination)\s+\S+\s+by\b)", re.IGNORECASE)
_END = re.compile(r"end\s*(?:#.*)?$", re.IGNORECASE)
_HEAD = re.compile(r"(?:(?:also|urgent)\s+)?(?:on|after|at(?!\s+most))\b", re.IGNORECASE)
_ITEM_ONLY = re.compile(
    r"(?:(?:rule|test|hours|steps|list|fact|event|destination|never|before)\s+[\w\"“”]"
    r"|timezone\s+\w|allow\s+(?:numbers|sip|audio)\b|default\s+disposition\b|order\s+as\b)",
    re.IGNORECASE,
)
_DATED = re.compile(r"on\s+\d{4}-", re.IGNORECASE)
_MAP_ROW = re.compile(r"\S+\s+is\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RawBlock:
    """A stretch of lines that should be one item. `ended` is False where a block's `end` is missing; `stray`
    marks an `end` that closes nothing."""

    start: int
    end: int
    comment: str = ""
    ended: bool = True
    stray: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    """Without the white space around it."""

    @property
    def blank(self) -> bool:
        return not self.text or self.text.startswith("#")


def cut(source: SourceFile) -> tuple[RawBlock, ...]:
    """The blocks of a file in written order. Comments and blank lines between them belong to none."""
    lines = list(_lines(source))
    blocks: list[RawBlock] = []
    comment: list[str] = []
    index = 0
    while index < len(lines):
        line = lines[index]
        if line.blank:
            if line.text:
                comment.append(line.text.lstrip("#").strip())
            else:
                comment.clear()
            index += 1
            continue
        last, ended = _last_line(lines, index)
        stray = _END.match(line.text) is not None
        blocks.append(RawBlock(line.start, lines[last].end, " ".join(comment), ended, stray))
        comment.clear()
        index = last + 1
    return tuple(blocks)


def _lines(source: SourceFile) -> Iterator[_Line]:
    text = source.text
    bounds = (*source.line_starts, len(text) + 1)
    for start, following in pairwise(bounds):
        raw = text[start : following - 1]
        stripped = raw.strip()
        begin = start + (len(raw) - len(raw.lstrip()) if stripped else 0)
        yield _Line(begin, begin + len(stripped), stripped)


def _last_line(lines: list[_Line], first: int) -> tuple[int, bool]:
    """The index of the item's last line, and whether a block that needs `end` has it."""
    opens = _OPENS.match(lines[first].text)
    if opens is None:
        return _last_continuation(lines, first), True
    kind = (opens[1] or opens[2]).lower()
    last = first
    headed = False
    for index in range(first + 1, len(lines)):
        line = lines[index]
        if line.blank:
            continue
        if _END.match(line.text):
            return index, True
        if _begins_next(kind, line.text, headed):
            return last, False
        headed = headed or _HEAD.match(line.text) is not None
        last = index
    return last, False


def _last_continuation(lines: list[_Line], first: int) -> int:
    last = first
    for index in range(first + 1, len(lines)):
        if lines[index].blank:
            continue
        text = lines[index].text
        joined = _JOINS_ON.search(lines[last].text) and not (_HEAD.match(text) or _ITEM_ONLY.match(text))
        if not (joined or _CONTINUES.match(text)):
            break
        last = index
    return last


def _begins_next(kind: str, text: str, headed: bool) -> bool:
    """Does this line begin another item, so that the block before it lacks its `end`?"""
    match kind:
        case "destination":
            return not _MAP_ROW.match(text) and (_ITEM_ONLY.match(text) or _HEAD.match(text)) is not None
        case "hours":
            starts_rule = _HEAD.match(text) is not None and not _DATED.match(text)
        case "rule":
            starts_rule = headed and _HEAD.match(text) is not None
        case "test":
            starts_rule = False
        case _:
            starts_rule = _HEAD.match(text) is not None
    return starts_rule or _ITEM_ONLY.match(text) is not None
