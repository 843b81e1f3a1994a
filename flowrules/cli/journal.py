"""`flowrules journal`: whether a journal is whole, and the story of one call."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.files import fail
from flowrules.runtime.journal.reader import Problem, journal_files, read_journal, story, verify


def journal(
    folder: Annotated[Path, typer.Argument(help="The journal's folder.")],
    call: Annotated[str | None, typer.Option(metavar="ID", help="Tell the story of this call.")] = None,
) -> None:
    """Say whether a journal is whole: no line missing or changed, and every verb that went out with its outcome.

    While a process writes it, a verb that is on the wire has no outcome yet.

    Ends with 0 if all is well, 1 if something does not fit, 2 if there is nothing to read.
    """
    try:
        if not journal_files(folder):
            fail(f"There is no journal in {folder}")
        if call is not None:
            told = list(story(folder, call))
            if not told:
                fail(f"The journal tells nothing of a call {call}")
            typer.echo("\n".join(told))
        else:
            typer.echo(_summary(folder))
        problems = verify(folder)
    except OSError as error:
        fail(f"{error.filename or folder} can't be read: {error.strerror}")
    for problem in problems:
        typer.echo(_shown(problem), err=True)
    if problems:
        raise typer.Exit(1)


def _summary(folder: Path) -> str:
    kinds: Counter[str] = Counter()
    calls: set[str] = set()
    for entry in read_journal(folder):
        kinds[entry.kind] += 1
        calls |= {entry.call} - {""}
    rows = {
        "entries": kinds.total(),
        "calls": len(calls),
        "decisions": kinds["decided"],
        "verbs that went out": kinds["sending"],
        "verbs whose outcome is on record": kinds["receipt"],
    }
    return "\n".join(f"{count:>9,}  {name}" for name, count in rows.items())


def _shown(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}: {problem.message}"
