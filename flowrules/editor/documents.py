"""A text as an editor holds it, with its own line ends, and as rules are read from it."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from flowrules.diagnostics.diagnostic import Edit
from flowrules.editor.positions import Place, Units, characters_in, offset_in, units_in
from flowrules.language.unicode import mended
from flowrules.source import SourceFile, source_from_bytes, source_from_text

_MARK = "\ufeff"
_LINE_END = re.compile(r"\r\n|\r|\n")


class Change(NamedTuple):
    """Text in the place of what stands between two places; of everything where they are None."""

    text: str
    start: Place | None = None
    end: Place | None = None


class NewText(NamedTuple):
    """An edit as an editor takes it: places, and a text with the file's own line ends."""

    start: Place
    end: Place
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """`raw` is the text with the line ends and the mark that the editor has; offsets count in `source.text`."""

    source: SourceFile
    raw: str
    version: int | None = None

    @classmethod
    def of(cls, path: str, raw: str, version: int | None = None) -> "Document":
        """Half a surrogate pair, which no file can hold, counts as U+FFFD."""
        raw = mended(raw)
        return cls(source_from_text(raw, path), raw, version)

    @classmethod
    def of_bytes(cls, path: str, data: bytes) -> "Document":
        """A file as it stands on disk: what is no text in it is among what is found."""
        encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
        return cls(source_from_bytes(data, path), data.decode(encoding, "replace"))

    @property
    def line_end(self) -> str:
        """The first line end of the text."""
        found = _LINE_END.search(self.raw)
        return found[0] if found else "\n"

    def changed(self, changes: Iterable[Change], units: Units, version: int | None = None) -> "Document":
        """The document after changes, each of which counts in the text that those before it leave."""
        raw = self.raw
        for text, start, end in changes:
            if start is None or end is None:
                raw = text
                continue
            first, last = (offset_in(raw, place, units) for place in (start, end))
            raw = mended(f"{raw[:first]}{text}{raw[max(first, last) :]}")
        return Document.of(self.source.path, raw, version)

    def offset(self, place: Place, units: Units) -> int:
        """A place as an offset in the text that rules are read from."""
        starts = self.source.line_starts
        if place.line >= len(starts):
            return len(self.source.text)
        number = max(place.line, 0)
        count = place.character - (self._mark(units) if number == 0 else 0)
        return starts[number] + characters_in(self.source.line(number + 1), count, units)

    def place(self, offset: int, units: Units) -> Place:
        """An offset as a place."""
        line, column = self.source.position(offset)
        before = self.source.text[offset - column + 1 : offset]
        return Place(line - 1, units_in(before, units) + (self._mark(units) if line == 1 else 0))

    def new_text(self, edit: Edit, units: Units) -> NewText:
        """An edit of this document as its editor takes it."""
        where = edit.location
        text = edit.text if (end := self.line_end) == "\n" else edit.text.replace("\n", end)
        return NewText(self.place(where.start, units), self.place(where.end, units), text)

    def with_edits(self, edits: Iterable[Edit]) -> str:
        """The editor's text once edits are made, none of which overlap."""
        units = Units.UTF32
        new = sorted((self.new_text(edit, units) for edit in edits), reverse=True)
        return self.changed([Change(text, start, end) for start, end, text in new], units).raw

    def _mark(self, units: Units) -> int:
        return units_in(_MARK, units) if self.raw.startswith(_MARK) else 0
