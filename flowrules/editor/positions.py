"""Places in a text as editors count them: lines from 0, characters in units of an encoding."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n|\r|\n")
"""What ends a line in the Language Server Protocol; a form feed, U+0085 and U+2028 end none."""


class Units(StrEnum):
    """What an editor counts characters in, by the protocol's names."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


class Place(NamedTuple):
    """Both count from 0; `character` in units."""

    line: int
    character: int


class Line(NamedTuple):
    """Where a line begins, and where it ends, its line end left out."""

    start: int
    end: int


def lines_in(text: str) -> list[Line]:
    """The lines of a text with line ends of any kind; behind the last line end stands one more, which may be empty."""
    lines, start = [], 0
    for found in _LINE_END.finditer(text):
        lines.append(Line(start, found.start()))
        start = found.end()
    return [*lines, Line(start, len(text))]


def units_in(text: str, units: Units) -> int:
    """How many units a text has."""
    if units is Units.UTF32 or text.isascii():
        return len(text)
    return len(text.encode()) if units is Units.UTF8 else len(text.encode("utf-16-le")) // 2


def characters_in(line: str, count: int, units: Units) -> int:
    """How many characters of a line so many units hold. A place inside a character is the one before it, and a place
    behind the line's end is its end."""
    if units is Units.UTF32 or line.isascii():
        return min(max(count, 0), len(line))
    for index, letter in enumerate(line):
        count -= units_in(letter, units)
        if count < 0:
            return index
    return len(line)


def offset_in(text: str, lines: Sequence[Line], place: Place, units: Units) -> int:
    """A place as an offset in a text. Behind the last line is the text's end."""
    if place.line >= len(lines):
        return len(text)
    start, end = lines[max(place.line, 0)]
    return start + characters_in(text[start:end], place.character, units)
