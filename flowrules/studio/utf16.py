"""Offsets in a text as a browser counts them (UTF-16 code units), and as Python does (characters)."""

from bisect import bisect_left, bisect_right


class Utf16:
    """Translates offsets of one text. Where all characters are of the basic plane both are the same."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._wide = [] if text.isascii() else [at for at, one in enumerate(text) if ord(one) > 0xFFFF]
        self._starts = [at + number for number, at in enumerate(self._wide)]

    @property
    def length(self) -> int:
        """Of the whole text, in code units."""
        return self._length + len(self._wide)

    def units(self, offset: int) -> int:
        """An offset in characters as code units."""
        return offset + bisect_left(self._wide, offset) if self._wide else offset

    def characters(self, offset: int) -> int:
        """An offset in code units as characters; inside of a pair it is the place before it."""
        at = min(max(offset, 0), self.length)
        return at - bisect_right(self._starts, at - 1) if self._wide else at
