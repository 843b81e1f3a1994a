"""The printed form before it is text: lines that know where in the source their node began."""

from typing import NamedTuple

WIDTH = 110
"""A one-liner longer than this many characters is carried on over several lines."""


class Line(NamedTuple):
    """One printed line. `start` is the offset in its block of the node that begins it, None where the line
    begins with a word of the grammar (`otherwise`, `instead`, `end`)."""

    depth: int
    text: str
    start: int | None = None

    def __str__(self) -> str:
        return "  " * self.depth + self.text
