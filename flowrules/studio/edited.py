"""A text that is edited: what it began from, and changes of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from flowrules.studio.utf16 import Utf16


@dataclass(frozen=True, slots=True)
class Edited:
    """What the text of a file began from: the digest of the file on disk, and the text in it. A file that is not there
    yet has '' for both."""

    digest: str
    text: str


def changed(offsets: Utf16, text: str, changes: Iterable[tuple[int, int, str]]) -> str | None:
    """The text with stretches of it replaced, all counted in code units of the text as it was, in order; None where
    these can't be stretches of it."""
    parts: list[str] = []
    at = 0
    for start, end, insert in changes:
        if not 0 <= start <= end <= offsets.length:
            return None
        first, last = offsets.characters(start), offsets.characters(end)
        if first < at:
            return None
        parts += [text[at:first], insert]
        at = last
    return "".join([*parts, text[at:]])
