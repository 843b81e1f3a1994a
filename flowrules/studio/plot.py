"""A plot of two values a row, one above the other, as SVG that the style of the page colours. It holds no style and no
script."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, NAMES, NUMBERS = 380, 120, 60
BAR, GAP, TOP = 11, 14, 6
_LONG = 17
"""Letters of a name; the table beneath a plot has all of it."""


class Pair(NamedTuple):
    """A row: how often before, and how often now."""

    name: str
    before: int
    now: int


def pairs(rows: Sequence[Pair], before: str, now: str) -> str:
    """Lying bars; `before` and `now` are the words of the legend."""
    most = max((max(row.before, row.now) for row in rows), default=0) or 1
    room = WIDTH - NAMES - NUMBERS
    parts: list[str] = []
    top = TOP
    for row in rows:
        parts.append(_text(NAMES - 8, top + BAR + 4, _short(row.name), "name", "end"))
        for kind, value in (("before", row.before), ("now", row.now)):
            length = round(room * value / most, 1)
            parts.append(
                f'<rect class="plot-{kind}" x="{NAMES}" y="{top}" width="{max(length, 1)}" height="{BAR}"></rect>'
            )
            parts.append(_text(NAMES + length + 5, top + BAR - 1, f"{value:,}", "value"))
            top += BAR + 2
        top += GAP
    for place, (kind, words) in enumerate((("before", before), ("now", now))):
        left = NAMES + place * 110
        parts.append(f'<rect class="plot-{kind}" x="{left}" y="{top}" width="{BAR}" height="{BAR}"></rect>')
        parts.append(_text(left + BAR + 6, top + BAR - 1, words, "value"))
    height = top + BAR + TOP
    return (
        f'<svg class="plot" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" aria-hidden="true">'
        f"{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="plot-{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _short(name: str) -> str:
    shown = "".join(one if one.isprintable() else "\ufffd" for one in name)
    return shown if len(shown) <= _LONG else f"{shown[: _LONG - 1]}…"
