"""Places in a text as editors count them: lines from 0, characters in units of an encoding."""

import re
from enum import StrEnum
from itertools import islice
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


def offset_in(text: str, place: Place, units: Units) -> int:
    """A place as an offset in a text with line ends of any kind. Behind the last line is the text's end."""
    start = _line_start(text, max(place.line, 0))
    if start is None:
        return len(text)
    ends = _LINE_END.search(text, start)
    end = len(text) if ends is None else ends.start()
    return start + characters_in(text[start:end], place.character, units)


def _line_start(text: str, line: int) -> int | None:
    """Where a line begins; None where there are not so many."""
    if "\r" in text:
        ends = islice(_LINE_END.finditer(text), line)
        starts = [0, *(found.end() for found in ends)]
        return starts[line] if line < len(starts) else None
    start = 0
    for _ in range(line):
        start = text.find("\n", start) + 1
        if start == 0:
            return None
    return start
