"""A new text in the bytes that the old one had: its encoding, its byte-order mark, its line ends."""

import codecs
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from flowrules.source import lines_of


def encoded_like(old: bytes, text: str) -> bytes:
    """The text in the encoding of the old bytes, with their byte-order mark and their line ends; of ends of several
    kinds each line keeps its own."""
    mark = next((mark for mark in _MARKS if old.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "utf-8")
    before = old[len(mark) :].decode(encoding, "replace")
    ends = _LINE_END.findall(before)
    if len(set(ends)) <= 1:
        return mark + text.replace("\n", ends[0] if ends else "\n").encode(encoding)
    lines = lines_of(text)
    written = _with_own_ends(lines_of(_LINE_END.sub("\n", before)), lines, ends)
    return mark + "".join(written).encode(encoding)


_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_LINE_END = re.compile("\r\n|\r|\n")


def _with_own_ends(old: list[str], new: list[str], ends: list[str]) -> Iterator[str]:
    """The new lines, each with the end of the old line that it was."""
    for _, start, stop, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for index in range(first, last):
            was = min(start + index - first, max(stop - 1, start), len(ends) - 1)
            yield new[index].removesuffix("\n") + (ends[was] if new[index].endswith("\n") else "")
