"""How wide a text is, and where its lines break, without a font at hand.

The widths are those of DejaVu Sans 2.37, the widest of the usual fonts without serifs: whatever font shows the text,
it is no wider.
"""

import unicodedata
from collections.abc import Iterator

import regex

_WIDTHS = {
    0.278: "'ijl", 0.318: "IJ ,.‘’", 0.361: "/:;\\|f-", 0.401: "()[]t!", 0.411: "r", 0.5: '"*_`–', 0.531: "“”szc?",
    0.59: "LFkvxyc•", 0.615: "PTYoae", 0.636: "EhnuSbdgpq$0123456789{}₹", 0.698: "KAVXZBRC", 0.787: "UNHDG&OQ",
    0.838: "w#+<=>^~", 0.95: "M%", 1.0: "mW@—…",
}  # fmt: skip
"""Parts of the font's size, each the widest of its characters."""
_BY_CHARACTER = {character: width for width, some in _WIDTHS.items() for character in some}
_OTHER = 1.0
"""Any other character that takes place: letters of other scripts are rarely wider."""
_BOLD = 1.24
"""No letter of the bold face is wider by more."""


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The most that a text takes at a font's size, in the units of that size."""
    return sum(map(_character, text)) * size * (_BOLD if bold else 1.0)


def _character(character: str) -> float:
    found = _BY_CHARACTER.get(character)
    if found is not None:
        return found
    return 0.0 if unicodedata.category(character) in ("Mn", "Me", "Cf") else _OTHER


def wrapped(text: str, room: float, size: float, *, bold: bool = False) -> tuple[str, ...]:
    """A text in lines that are no wider than `room`. A word that is wider is broken between characters as people see
    them (grapheme clusters)."""
    lines: list[str] = []
    line = ""
    for word in _words(text, room, size, bold):
        longer = f"{line} {word}" if line else word
        if line and width(longer, size, bold=bold) > room:
            lines.append(line)
            line = word
        else:
            line = longer
    return (*lines, line)


def _words(text: str, room: float, size: float, bold: bool) -> Iterator[str]:
    for word in text.split():
        piece = ""
        for cluster in regex.findall(r"\X", word):
            if piece and width(piece + cluster, size, bold=bold) > room:
                yield piece
                piece = ""
            piece += cluster
        yield piece
