"""`flowrules journal erase`, `retain` and `export`: what is kept of callers, and for how long."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.options.files import fail
from flowrules.cli.terminal.screen import say
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.folders import is_workers, journals_in
from flowrules.runtime.journal.reader import journal_files
from flowrules.runtime.journal.retention.callers import Caller, Found, calls_of
from flowrules.runtime.journal.writing.writer import KEY

_Folder = Annotated[Path, typer.Argument(help="The journal's folder.")]
_Caller = Annotated[
    str | None,
    typer.Option(metavar="WHO", help="A telephone number, name or id, as facts of the call tell it."),
]
_Fact = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME", help="Look at this fact only, such as lead.phone; may be given several times."
    ),
]
_Call = Annotated[list[str] | None, typer.Option(metavar="ID", help="This call; may be given several times.")]


def erase(
    folder: _Folder,
    caller: _Caller = None,
    fact: _Fact = None,
    call: _Call = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be erased, and erase nothing.")
    ] = False,
) -> None:
    """Erase a caller: what the lines of their calls say of them is taken out. Which rule took what, which verb went out
    and how it went stays, without a name, and the journal stays verifiable. An engine may write meanwhile.

    Ends with 0 if all was erased, 1 if a call goes on and has to be erased later, 2 if it could not be done.
    """
    from flowrules.runtime.journal.retention import keeping

    now = datetime.now(UTC)
    calls = lines = later = going_on = 0
    for part in journals_in(folder):
        with _told(part):
            if dry_run:
                found = _find(part, caller, fact, call, now)
                calls, going_on = calls + len(found.over), going_on + len(found.open)
                continue
            done = keeping.erase(part, partial(_find, part, caller, fact, call, now), now)
            calls, lines, later, going_on = (
                calls + done.calls, lines + done.lines, later + done.later, going_on + done.open
            )  # fmt: skip
    if dry_run:
        say(f"{calls:,} calls would be erased.\n")
    else:
        say(f"{calls:,} calls were erased, in {lines:,} lines.\n")
    if later:
        say(f"{later:,} lines were written of them meanwhile: erase again.\n")
        raise typer.Exit(1)
    if going_on:
        say(f"{going_on:,} calls go on, or their process ended less than a day ago: erase them later.\n")
        raise typer.Exit(1)


def retain(
    folder: _Folder,
    days: Annotated[int, typer.Option(min=1, help="Forget what is older than so many days.")],
) -> None:
    """Forget what is old: files of the journal whose last line is older, and texts of rules that no file names any
    more. The engine does this by itself (`journal_keep_days`); this is for a journal that none writes, or for once.

    Ends with 0, or 2 if it could not be done.
    """
    from flowrules.runtime.journal.retention import keeping

    files = size = 0
    for part in journals_in(folder):
        with _told(part):
            found = keeping.retain(part, days, datetime.now(UTC))
            files, size = files + found[0], size + found[1]
    say(f"{files:,} files were forgotten, {size:,} bytes.\n")


def export(
    folder: _Folder,
    caller: _Caller = None,
    fact: _Fact = None,
    call: _Call = None,
    parquet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every entry as a row of a Parquet file.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write here, and not to the screen.")
    ] = None,
) -> None:
    """Take out what is kept: all of one caller, as lines of JSON, or of all calls, as a Parquet file.

    Ends with 0, 1 if nothing is kept of the caller, 2 if it could not be done.
    """
    from flowrules.runtime.journal import exporting

    parts = journals_in(folder)
    if parquet is not None and parts != [folder]:
        fail(f"A Parquet file is of one journal: name one of {', '.join(str(part) for part in parts)}.")
    with _told(parts[0]):
        if parquet is not None:
            if caller is not None or call:
                fail("A Parquet file is of all calls: leave out --caller and --call.")
            say(f"{exporting.write_parquet(folder, parquet):,} entries were written.\n")
            return
        now = datetime.now(UTC)
        found = {part: _find(part, caller, fact, call, now) for part in parts}
        calls = {part: one.over | one.open for part, one in found.items() if one.over | one.open}
        if not calls:
            typer.echo("Nothing is kept of this caller.", err=True)
            raise typer.Exit(1)
        lines = (
            json.dumps(one, ensure_ascii=False) + "\n"
            for part, of in calls.items()
            for one in exporting.kept_of(part, of)
        )
        if output is None:
            for line in lines:
                say(line)
        else:
            with output.open("w", encoding="utf-8", newline="\n") as file:
                file.writelines(lines)


# --- inside ---


def _find(
    folder: Path, caller: str | None, facts: list[str] | None, calls: list[str] | None, now: datetime
) -> Found:
    if caller is None and not calls:
        fail("Say who: --caller +911234567890, or --call ID.")
    who = None if caller is None else Caller(caller, facts or (), _key(folder))
    return calls_of(folder, who, calls or (), now)


def _key(folder: Path) -> bytes | None:
    """What masked facts are digested with: the settings' key, else the journal's own, or that of all workers."""
    from flowrules.runtime.settings import Settings

    if (given := Settings().journal_key) is not None:
        return given.get_secret_value().encode()
    if not (path := folder / KEY).exists() and is_workers(folder):
        path = folder.parent / KEY
    return path.read_bytes() if path.exists() else None


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Whatever keeps a command from its work, in a line."""
    try:
        if not journal_files(folder):
            fail(f"There is no journal in {folder}")
        yield
    except OSError as error:
        fail(f"{error.filename or folder} can't be read or written: {error.strerror}")
    except (JournalError, ImportError) as error:
        fail(f"{error}")
