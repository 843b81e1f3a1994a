"""Which text, and where in it. A span is relative to its block, a location absolute in its file."""

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from flowrules.built import is_built, texts_of
from flowrules.folder import Folder, look, said_by

_LINE_ENDS = ("\r\n", "\r")
"""Beside `\\n`: what editors and the Language Server Protocol count. A form feed or U+2028 ends no line."""
MAX_BYTES = 10 * 1024 * 1024
"""A rule file larger than this is refused with a finding: no person wrote it."""


class Span(NamedTuple):
    """Start and end (exclusive) as character offsets, relative to the block that holds the thing."""

    start: int
    end: int


class Position(NamedTuple):
    """A place as people count: both from 1, columns in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file's text: decoded, without byte-order mark, line ends as `\\n`."""

    path: str
    text: str
    digest: str
    undecodable: int | None = None
    """Offset of the first place that was not UTF-8; the text holds U+FFFD there."""
    oversized: bool = False
    """The file is larger than `MAX_BYTES`; its text was not read."""
    unread: str = ""
    """Why the file can't be read, as the sentence "This …" goes on; '' where it was."""
    line_starts: tuple[int, ...] = field(default=(), repr=False, compare=False)

    def position(self, offset: int) -> Position:
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end."""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] - 1 if number < len(self.line_starts) else len(self.text)
        return self.text[start:end]


@dataclass(frozen=True, slots=True)
class Location:
    """A stretch of a file: offsets are absolute in `source.text`."""

    source: SourceFile
    start: int
    end: int

    @property
    def first(self) -> Position:
        return self.source.position(self.start)

    @property
    def last(self) -> Position:
        """The place just behind the end, as editors count it."""
        return self.source.position(self.end)


def lines_of(text: str) -> list[str]:
    """A text's lines with their ends, by line feeds alone."""
    lines = text.split("\n")
    return [f"{line}\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def source_from_text(text: str, path: str = "<text>") -> SourceFile:
    """A `SourceFile` from text in memory."""
    return source_from_bytes(text.encode("utf-8", "surrogatepass"), path)


def source_from_bytes(data: bytes, path: str) -> SourceFile:
    """Decode a file's bytes: UTF-8 with or without a mark, or UTF-16 with one, as Windows editors save it."""
    digest = hashlib.sha256(data).hexdigest()
    if len(data) > MAX_BYTES:
        return SourceFile(path, "", digest, oversized=True, line_starts=(0,))
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    undecodable = None
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text = data.decode(encoding, "replace")
        undecodable = len(data[: error.start].decode(encoding, "replace"))
    for line_end in _LINE_ENDS:
        text = text.replace(line_end, "\n")
    lengths = [len(line) + 1 for line in text.split("\n")]
    starts = tuple(accumulate(lengths[:-1], initial=0))
    return SourceFile(path, text, digest, undecodable, line_starts=starts)


def read(path: Path | str) -> tuple[SourceFile, ...]:
    """Read a rule file, or every rule file of a folder, which together are one rule set.

    Paths in the result are as they would be typed from where the caller stands. Raises OSError where there is no such
    file or folder, or the one file can't be read. A file of a folder that can't be read is among the rest, `unread`,
    and is an error to whoever parses it.
    """
    return read_folder(Path(path))[0]


def read_folder(path: Path) -> tuple[tuple[SourceFile, ...], Folder]:
    """As `read`, and what was found at the path."""
    folder = look(path)
    if folder.files == (path,) and is_built(path):
        return _built(path), folder
    if folder.files == (path,):
        return (source_from_bytes(_bytes(path), path.as_posix()),), folder
    sources = [_source(file) for file in folder.files]
    sources += [_unread(one.path, one.why) for one in folder.broken]
    return tuple(sources), folder


def _built(path: Path) -> tuple[SourceFile, ...]:
    try:
        with path.open("rb") as file:
            texts = texts_of(file.read())
    except ValueError:
        return (_unread(path, "is damaged, or no built rule set: build it again (flowrules build)"),)
    return tuple(source_from_bytes(data, name) for name, data in texts)


def _source(path: Path) -> SourceFile:
    try:
        return source_from_bytes(_bytes(path), path.as_posix())
    except OSError as error:
        return _unread(path, said_by(error))


def _unread(path: Path, why: str) -> SourceFile:
    digest = hashlib.sha256(f"unread: {why}".encode()).hexdigest()
    return SourceFile(path.as_posix(), "", digest, unread=why, line_starts=(0,))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
