"""Answers to findings, as comments: `# meant: stays-paused, the caller refused` and `# allow FR504: both are wanted`.

What an answer holds for follows from where it stands: inside a block, behind one of its lines or right above it, for
that block; at the top of a file, with a blank line below it, for the whole file.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter

from flowrules.language.comments import comments_in
from flowrules.language.nodes import Block, RuleFile
from flowrules.source import Location

_ANSWER = re.compile(
    r"#\s*(?:(?P<meant>meant)\s*:\s*(?P<hazard>[\w-]+)"
    r"|allow\s*:?\s*(?:(?P<id>FR\s?\d+)|(?P<named>[\w-]+)\s*:))"
    r"\s*(?:[,:;.–—-]+|\bbecause\b)?\s*(?P<reason>.*)",
    re.IGNORECASE,
)
"""`# allow NAME:` asks for its colon, so that "allow them to hang up" stays an ordinary comment."""
_LIKELY = re.compile(r"#\s*(?:meant|allow)", re.IGNORECASE)
_START = attrgetter("start")


class Form(StrEnum):
    """The two kinds of answers: to a hazard, and to any other warning."""

    MEANT = "meant"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. `named` is the finding's code or name as written; `reason` may be empty.

    It holds for `block`; for the whole file where that is None and `stands_alone` is not set. An answer that stands
    alone, between blocks or below them, holds for nothing.
    """

    form: Form
    named: str
    reason: str
    location: Location
    """The comment."""
    name_at: Location
    block: Block | None
    stands_alone: bool = False


def is_answer(comment: str) -> bool:
    """Whether a comment, from its sign on, answers a finding. Such a one tells nothing about its rule."""
    return _ANSWER.match(comment) is not None


def answers_in(file: RuleFile) -> tuple[Answer, ...]:
    """The answers of a file in written order. A comment inside a text in quotes is none."""
    text = file.source.text
    if _LIKELY.search(text) is None:
        return ()
    return tuple(_answers(file))


def _answers(file: RuleFile) -> Iterator[Answer]:
    source = file.source
    line_number = 0
    for likely in _LIKELY.finditer(source.text):
        number = source.position(likely.start()).line
        if number == line_number:
            continue
        line_number = number
        begin = source.line_starts[number - 1]
        for comment in comments_in(source.line(number)):
            found = _ANSWER.match(comment[0].rstrip())
            if found is not None:
                yield _answer(file, found, begin + comment.start(), number)


def _answer(file: RuleFile, found: re.Match[str], at: int, line: int) -> Answer:
    def locate(first: int, last: int) -> Location:
        return Location(file.source, at + first, at + last)

    group = next(name for name in ("hazard", "id", "named") if found[name])
    block = _block_at(file, at) or _block_below(file, line)
    return Answer(
        Form.MEANT if found["meant"] else Form.ALLOW,
        found[group].replace(" ", ""),
        found["reason"].strip(),
        locate(0, found.end()),
        locate(*found.span(group)),
        block,
        block is None and bool(file.blocks) and at > file.blocks[0].start,
    )


def _block_at(file: RuleFile, at: int) -> Block | None:
    """The block inside which a place is; the comment behind a block's last line belongs to it."""
    index = bisect_right(file.blocks, at, key=_START) - 1
    return file.blocks[index] if index >= 0 and at < file.blocks[index].end else None


def _block_below(file: RuleFile, line: int) -> Block | None:
    """The block right above which a comment line stands, other comment lines between them."""
    source = file.source
    while line <= len(source.line_starts) and source.line(line).lstrip().startswith("#"):
        line += 1
    if line > len(source.line_starts) or not source.line(line).strip():
        return None
    return _block_at(
        file, source.line_starts[line - 1] + len(source.line(line)) - len(source.line(line).lstrip())
    )
