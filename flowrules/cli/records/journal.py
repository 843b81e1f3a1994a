"""`flowrules journal`: whether a journal is whole, the story of one call, calls played again, its schema, and what is
kept of callers."""

import json as jsonlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from flowrules.cli.options.files import fail
from flowrules.cli.records.journal_keeping import erase, export, retain
from flowrules.cli.terminal.screen import say
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.checking import Problem, verify
from flowrules.runtime.journal.folders import journals_in
from flowrules.runtime.journal.reader import journal_files, read_journal, story

if TYPE_CHECKING:
    from flowrules.runtime.journal.replaying.replay import Replayed

_READ = "read"
"""The command that is meant where a folder stands in its place."""


class _OrFolder(TyperGroup):
    """`flowrules journal FOLDER` as well as `flowrules journal replay`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_READ, *args]
        return super().parse_args(ctx, args)


journal = typer.Typer(cls=_OrFolder, no_args_is_help=True, rich_markup_mode=None)
journal.command("erase")(erase)
journal.command("retain")(retain)
journal.command("export")(export)


@journal.command(_READ)
def read(
    folder: Annotated[Path, typer.Argument(help="The journal's folder.")],
    call: Annotated[str | None, typer.Option(metavar="ID", help="Tell the story of this call.")] = None,
) -> None:
    """Say whether a journal is whole: no line missing or changed, and every verb that went out with its outcome. The
    word "read" may be left out.

    While a process writes it, a verb that is on the wire has no outcome yet.

    A folder of several workers' journals is read as one.

    Ends with 0 if all is well, 1 if something does not fit, 2 if there is nothing to read.
    """
    problems: list[Problem] = []
    told: list[str] = []
    parts = journals_in(folder)
    for part in parts:
        try:
            _look(part)
            if call is not None:
                told += story(part, call)
            else:
                typer.echo(_summary(part) if part == folder else f"{part.name}: {_summary(part)}")
            problems += verify(part)
        except OSError as error:
            fail(f"{error.filename or part} can't be read: {error.strerror}")
        except JournalError as error:
            fail(f"{part} can't be read: {error}")
    if call is not None:
        if not told:
            fail(f"The journal tells nothing of a call {call}")
        typer.echo("\n".join(told))
    for problem in problems:
        typer.echo(_shown(problem), err=True)
    if problems:
        raise typer.Exit(1)


@journal.command("verify")
def verify_journal(folder: Annotated[Path, typer.Argument(help="The journal's folder.")]) -> None:
    """Say whether a journal is whole: the same as `flowrules journal FOLDER`."""
    read(folder)


@journal.command("schema")
def show_schema() -> None:
    """Print the JSON schema of a journal's line. Every later version reads what fits it."""
    from flowrules.runtime.journal.format import schema

    say(schema())


@journal.command("replay")
def replay_calls(
    call: Annotated[str | None, typer.Argument(metavar="CALL", help="A call's id; none: all calls.")] = None,
    folder: Annotated[Path, typer.Option("--journal", help="The journal's folder.")] = Path("journal"),
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Play calls again: what happened to each goes through the engine once more, and what that would put on record is
    compared with what is on record, entry by entry. Nothing is sent.

    Ends with 0 if all is equal, 1 if something differs, 2 if a call can't be replayed, or there is none.
    """
    # It takes the whole engine.
    from flowrules.runtime.journal.replaying.replay import replay

    sessions: list[Replayed] = []
    for part in journals_in(folder):
        try:
            _look(part)
            sessions += replay(part, call)
        except OSError as error:
            fail(f"{error.filename or part} can't be read: {error.strerror}")
        except JournalError as error:
            fail(f"{part} can't be read: {error}")
    if not sessions and call is not None:
        fail(f"The journal does not hold the beginning of a call {call}")
    if json:
        say(jsonlib.dumps([_as_data(one) for one in sessions], ensure_ascii=False, indent=2) + "\n")
    else:
        say("".join(f"{_printable(line)}\n" for line in _told(sessions, every=call is not None)))
    if any(one.difference is not None for one in sessions):
        raise typer.Exit(1)
    if not sessions or (call is not None and any(one.why_not for one in sessions)):
        raise typer.Exit(2)


def _told(sessions: "list[Replayed]", *, every: bool) -> Iterator[str]:
    """A line for each session, and for what there is to say of it; of all calls, only of those that are not equal."""
    for one in sessions:
        if every or not one.is_equal:
            yield f"call {one.call}, from {one.session}: {_outcome(one)}"
            yield from (f"    {note}" for note in one.notes)
    if not every:
        equal = sum(one.is_equal for one in sessions)
        entries = sum(one.equal for one in sessions)
        unplayed = sum(bool(one.why_not) for one in sessions)
        different = len(sessions) - equal - unplayed
        given = sum(bool(one.notes) for one in sessions)
        yield f"{equal:>9,}  sessions of calls replay equal, with {entries:,} entries"
        yield f"{different:>9,}  differ"
        yield f"{unplayed:>9,}  can't be replayed"
        if given:
            yield f"{given:>9,}  have notes: name the call to read them"


def _outcome(one: "Replayed") -> str:
    if one.why_not:
        return f"can't be replayed: {one.why_not}"
    if one.difference is None:
        return f"all {one.equal:,} entries are equal" if one.equal != 1 else "its one entry is equal"
    line = f"line {one.difference.seq}" if one.difference.seq is not None else "the end"
    return f"{one.equal:,} entries are equal, then {line} differs: {one.difference.message}"


def _as_data(one: "Replayed") -> dict[str, Any]:
    difference = one.difference
    return {
        "call": one.call,
        "session": one.session,
        "equal": one.equal,
        "difference": None if difference is None else {"seq": difference.seq, "message": difference.message},
        "why_not": one.why_not or None,
        "notes": list(one.notes),
    }


def _printable(line: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in line)


def _look(folder: Path) -> None:
    if not journal_files(folder):
        fail(f"There is no journal in {folder}")


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
