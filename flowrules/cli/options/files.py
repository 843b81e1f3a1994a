"""Rule files in and out: what can't be read ends a command in one sentence, what is written keeps its form."""

from pathlib import Path
from typing import NoReturn

import typer

from flowrules.authoring.encoded import encoded_like
from flowrules.built import is_built
from flowrules.folder import SUFFIX, Folder
from flowrules.source import SourceFile, read_folder

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
        fail(
            f"There is no rule file in {path}: their names end in {SUFFIX}{unread}\n"
            "flowrules new FOLDER writes one to start with."
        )
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
