"""A picture as data: boxes with lines of text, and arrows between them. Lengths are in pixels, from the top left."""

from dataclasses import dataclass
from enum import StrEnum

from flowrules.drawing.measure import width, wrapped

SIZE = 14
"""Of the font."""
LINE = 19
PAD = 10


class Style(StrEnum):
    TITLE = "title"
    PLAIN = "plain"
    EVENT = "event"
    RULE = "rule"
    KNOWN = "known"
    CASE = "case"
    STEP = "step"
    ENDING = "ending"


@dataclass(frozen=True, slots=True)
class Box:
    """`heading` lines are bold and stand above `lines`. `rule` is the number of the rule that the box is about."""

    x: float
    y: float
    width: float
    style: Style
    heading: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    rule: str = ""

    @property
    def height(self) -> float:
        return LINE * (len(self.heading) + len(self.lines)) + 2 * PAD

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def text_width(self) -> float:
        """The most that its widest line takes."""
        bold = (width(line, SIZE, bold=True) for line in self.heading)
        return max((*bold, *(width(line, SIZE) for line in self.lines)), default=0.0)


@dataclass(frozen=True, slots=True)
class Arrow:
    """A line through points, with its head at the last. `dashed`: for what happens in another case."""

    points: tuple[tuple[float, float], ...]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    width: float
    height: float
    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def box(
    x: float, y: float, room: float, style: Style, text: list[str], heading: str = "", rule: str = ""
) -> Box:
    """A box of this width, with its text in lines that fit."""
    inner = room - 2 * PAD
    lines = tuple(line for one in text if one for line in wrapped(one, inner, SIZE))
    bold = wrapped(heading, inner, SIZE, bold=True) if heading else ()
    return Box(x, y, room, style, bold, lines, rule)
