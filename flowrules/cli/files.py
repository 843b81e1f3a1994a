"""Rule files in and out: what can't be read ends a command in one sentence, what is written keeps its form."""

import codecs
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path
from typing import NoReturn

import typer

from flowrules.built import is_built
from flowrules.folder import SUFFIX, Folder
from flowrules.source import SourceFile, lines_of, read_folder

COULD_NOT_RUN = 2
"""Exit code where a command could not do its work: no such file, nothing to read."""


def fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(COULD_NOT_RUN)


def read_rules(path: Path) -> tuple[SourceFile, ...]:
    """The rule files at a path; ends the command where there are none."""
    return look_and_read(path)[0]


def look_and_read(path: Path) -> tuple[tuple[SourceFile, ...], Folder]:
    """As `read_rules`, and what else was found at the path."""
    try:
        sources, folder = read_folder(path)
    except FileNotFoundError:
        fail(f"There is no file or folder {path}")
    except OSError as error:
        fail(f"{error.filename or path} can't be read: {error.strerror}")
    if not sources:
        unread = "".join(f"\n{one.path} {one.why}" for one in folder.passed_over)
        fail(f"There is no rule file in {path}: their names end in {SUFFIX}{unread}")
    return sources, folder


def refuse_built(path: Path) -> None:
    """End a command that writes rule files where it is asked to do so in a built rule set."""
    if is_built(path):
        fail(f"{path} is built from rule files: change those, and build it again.")


def write_rules(path: Path, text: str) -> None:
    """Write a rule file's new text with the line ends and the byte-order mark that the old one has."""
    try:
        old = path.read_bytes()
        path.write_bytes(encoded_like(old, text))
    except OSError as error:
        fail(f"{path} can't be written: {error.strerror}")


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
