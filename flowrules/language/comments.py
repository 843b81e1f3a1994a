"""Comments and blank lines inside a block, put back beside the lines they stood by."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from flowrules.language.printer import Line

_TEXT_OR_COMMENT = re.compile(r"""["“”„](?:[^"“”„\n]|"")*["“”„]|(?<!\S)#[^\n]*""")
_JOINT = re.compile(r"[\s:]*(?:then|also|urgent)?\s*", re.IGNORECASE)
"""What may stand in front of a line's first node."""


@dataclass(slots=True)
class _Placed:
    """A printed line with what goes above it (an empty string is a blank line) and behind it."""

    line: Line
    start: int
    above: list[str] = field(default_factory=list)
    behind: str = ""

    def add_above(self, row: str) -> None:
        if row and self.behind:
            self.above.append(self.behind)
            self.behind = ""
        self.above.append(row)

    def add_behind(self, comment: str) -> None:
        if self.behind:
            self.above.append(self.behind)
        self.behind = comment


def comments_in(text: str) -> Iterator[re.Match[str]]:
    """The comments of a text, each from its sign to the end of its line; a sign inside a text in quotes is none."""
    return (match for match in _TEXT_OR_COMMENT.finditer(text) if match[0].startswith("#"))


def with_comments(text: str, lines: list[Line]) -> str:
    """The printed lines of the block `text`, with its comments.

    A comment at a line's end stays behind what it stood behind, one on a line of its own above what it stood
    above. Where several lines have become one, their comments go above it.
    """
    comments = list(comments_in(text))
    blanks = list(re.finditer(r"(?m)^[^\S\n]*\n", text))
    code = _blanked(text)
    placed = _located(lines, code)
    in_source = sorted(placed, key=lambda one: one.start)
    for found in sorted([*comments, *blanks], key=lambda match: match.start()):
        if text[: found.start()].rpartition("\n")[2].strip():
            _last_before(in_source, found.start()).add_behind(found[0].rstrip())
        else:
            _line_below(in_source, code, found).add_above(found[0].strip())
    return "\n".join(row for index, one in enumerate(placed) for row in _rows(one, index, len(placed)))


def _blanked(text: str) -> str:
    """The text in the same length, with texts and comments made spaces."""
    return _TEXT_OR_COMMENT.sub(lambda match: " " * len(match[0]), text)


def _located(lines: list[Line], code: str) -> list[_Placed]:
    """Where each printed line began; a word of the grammar is looked for right before what follows it."""
    code = code.lower()
    limit = len(code)
    placed = []
    for line in reversed(lines):
        word = line.text.partition(" ")[0]
        limit = max(code.rfind(word, 0, limit), 0) if line.start is None else line.start
        placed.append(_Placed(line, limit))
    return placed[::-1]


def _last_before(placed: list[_Placed], at: int) -> _Placed:
    return next((one for one in reversed(placed) if one.start <= at), placed[0])


def _line_below(placed: list[_Placed], code: str, found: re.Match[str]) -> _Placed:
    """The line that follows; or the one that goes on behind the comment."""
    following = next((one for one in placed if one.start > found.start()), None)
    if following is None or not _JOINT.fullmatch(code, found.end(), following.start):
        return _last_before(placed, found.start())
    return following


def _rows(one: _Placed, index: int, count: int) -> list[str]:
    is_last = index == count - 1
    indent = "  " * max(one.line.depth, 1 if is_last and count > 1 else 0)
    is_failure = one.line.depth > 1
    above = _blank_lines_settled(
        one.above,
        keep_first=index > 1 and not is_failure,
        keep_last=not is_last and not is_failure,
    )
    written = f"{one.line}  {one.behind}" if one.behind else str(one.line)
    return [*(f"{indent}{row}" if row else "" for row in above), written]


def _blank_lines_settled(rows: list[str], keep_first: bool, keep_last: bool) -> list[str]:
    """One blank line where there were several, none at the head of a block and none before its `end`."""
    kept: list[str] = []
    for row in rows:
        if row or (kept[-1] != "" if kept else keep_first):
            kept.append(row)
    if kept and kept[-1] == "" and not keep_last:
        kept.pop()
    return kept
