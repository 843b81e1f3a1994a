"""A picture as SVG. Every text is text, so that it can be searched, copied and read aloud."""

import re
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape

from flowrules.drawing.picture import LINE, PAD, SIZE, Arrow, Box, Picture, Style

MISSING = "Pictures need an extra package: pip install 'flowrules[draw]'"

_CSS = f"""
text {{ font: {SIZE}px "Noto Sans", "Segoe UI", Roboto, Arial, "DejaVu Sans", sans-serif; fill: #1b1b1b; }}
.heading {{ font-weight: bold; }}
rect {{ stroke: #5b6470; stroke-width: 1; fill: #fff; }}
.plain rect, .title rect {{ stroke: none; fill: none; }}
.event rect {{ fill: #dbe8f8; stroke: #0b4f9e; }}
.rule rect {{ fill: #eef2f7; }}
.known rect {{ fill: #f6f6f3; stroke-dasharray: 2 3; }}
.case rect {{ fill: #fff5dc; stroke: #8a5a00; }}
.ending rect {{ stroke: #1b1b1b; stroke-width: 3; }}
polyline {{ fill: none; stroke: #5b6470; stroke-width: 1.5; }}
.other {{ stroke-dasharray: 6 4; }}
"""
_HEAD = 5
"""Half the width of an arrow's head, and two thirds of its length."""


_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold (XML 1.0, production 2)."""


def _text(plain: str) -> str:
    return escape(_NO_XML.sub("\ufffd", plain))


def _paper(library: Any, wide: float, high: float) -> list[Any]:
    """What a document of its own needs: its styles, and white behind it."""
    return [
        library.Style(text=_CSS),
        library.Rect(x=0, y=0, width=wide, height=high, fill="#fff", stroke="none"),
    ]


def svg(picture: Picture, *, in_page: bool = False) -> str:
    """The picture as one SVG document. `in_page`: it stands in a page that has styles for its classes, and boxes of
    rules can be pressed (`data-act="go"`, with the rule's number).

    Raises ImportError with a sentence where the library is missing.

    The library writes texts as they are (svg.py 1.10.0), so they are escaped here. A line ends with a space, so that
    what is copied or searched does not run together.
    """
    try:
        import svg as library
    except ImportError as error:
        raise ImportError(MISSING) from error

    def number(value: float) -> float:
        return int(value) if float(value).is_integer() else round(value, 2)

    def points(some: Iterable[tuple[float, float]]) -> list[library.Point]:
        return [library.Point(number(x), number(y)) for x, y in some]

    def drawn_box(box: Box) -> library.G:
        kind = library.Rect(
            x=number(box.x),
            y=number(box.y),
            width=number(box.width),
            height=number(box.height),
            rx=14 if box.style is Style.EVENT else 4,
        )
        first = box.y + PAD + LINE - 5
        lines = [(line, True) for line in box.heading] + [(line, False) for line in box.lines]
        texts: list[library.Element] = [
            library.TSpan(
                text=_text(line if at == len(lines) - 1 else f"{line} "),
                x=number(box.x + PAD),
                y=number(first + at * LINE),
                class_=["heading"] if bold else None,
            )
            for at, (line, bold) in enumerate(lines)
        ]
        pressed = None
        if in_page and box.rule:
            # Its texts are what it is called.
            pressed = {"role": "link", "data-act": "go", "data-field-rule": box.rule}
        return library.G(
            class_=[box.style.value],
            tabindex=0 if pressed else None,
            extra=pressed,
            elements=[kind, library.Text(elements=texts)],
        )

    def drawn_arrow(arrow: Arrow) -> list[library.Element]:
        (x, y), (from_x, _) = arrow.points[-1], arrow.points[-2]
        back = 1.5 * _HEAD
        corners = (
            [(x, y), (x - back, y - _HEAD), (x - back, y + _HEAD)]
            if from_x < x
            else [(x, y), (x - _HEAD, y - back), (x + _HEAD, y - back)]
        )
        line = library.Polyline(
            points=points(arrow.points),
            class_=["other"] if arrow.dashed else None,
        )
        return [line, library.Polygon(points=points(corners), fill="#5b6470")]

    wide, high = number(picture.width), number(picture.height)
    document = library.SVG(
        width=wide,
        height=high,
        viewBox=library.ViewBoxSpec(0, 0, wide, high),
        lang="en",
        elements=[
            library.Title(text=_text(picture.title)),
            *([] if in_page else _paper(library, wide, high)),
            *(part for arrow in picture.arrows for part in drawn_arrow(arrow)),
            *map(drawn_box, picture.boxes),
        ],
    )
    return document.as_str() + "\n"
