"""`flowrules draft`: what is to be said of a draft before anybody saves it."""

import json as jsonlib
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated

import typer

from flowrules.authoring.draft import Draft, DraftRefused, lay_over
from flowrules.authoring.report import detail_lines, review_json, verdict_lines
from flowrules.authoring.review import SECONDS, Review, Verdict
from flowrules.authoring.review import review as review_draft
from flowrules.cli.options.files import fail
from flowrules.cli.options.host import host_fence
from flowrules.cli.showing.diff import diff_lines
from flowrules.cli.terminal.screen import paint, say
from flowrules.compiler.ruleset import RuleSet
from flowrules.folder import SUFFIX
from flowrules.prose.formats.markdown import markdown
from flowrules.recordings.arrow import ParquetMissing
from flowrules.recordings.call import Recorded
from flowrules.recordings.record import BadRecording
from flowrules.replaying.run import calls_of
from flowrules.replaying.told.as_text import as_text
from flowrules.source import source_from_bytes

STDIN = "-"
EXIT = {Verdict.READY: 0, Verdict.NOT_READY: 1, Verdict.TO_LOOK_AT: 3}

draft = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@draft.callback()
def _draft() -> None:
    """Judge a draft of rules before anybody saves it."""


@draft.command("review", short_help="One report with a verdict.")
def review(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The draft; - reads standard input.")],
    rules: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The rule set that it is a draft for.")
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option("--as", metavar="NAME", help="The file of the rule set that it is a draft of."),
    ] = None,
    over: Annotated[
        Path | None,
        typer.Option(metavar="RECORDING", help="Recorded calls, to play under both (flowrules replay)."),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.1, max=600, help="How long to play stories, at most.")
    ] = SECONDS,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say of a draft what is wrong in it, what stories and tests show, which names are new, what would change, and what
    it does in plain sentences, with one verdict: ready, to look at, or not ready. Nothing is saved.

    Ends with 0 if it is ready, 3 if somebody should look at it, 1 if it is not ready, 2 if something can't be read.
    """
    if over is not None and rules is None:
        fail("A recording is asked of a rule set and of the draft: name the rule set with --rules.")
    try:
        laid = _laid(file, rules, as_)
    except DraftRefused as error:
        fail(f"The draft can't be judged: {error}.")
    found = _reviewed(laid, over, seconds)
    if json:
        say(jsonlib.dumps(review_json(found), ensure_ascii=False, indent=2) + "\n")
    else:
        say("".join(f"{line}\n" for line in (*verdict_lines(found), *detail_lines(found, paint()))))
        if found.changes is not None and found.page is not None:
            zone = found.zone
            assert zone is not None
            say("".join(f"{line}\n" for line in ("", *diff_lines(found.changes, zone))))
        if found.replayed is not None:
            say(f"\n{as_text(found.replayed)}")
        if found.page is not None:
            say(f"\n{markdown(found.page)}")
        say("".join(f"{line}\n" for line in ("", *found.looked) if found.looked))
    raise typer.Exit(EXIT[found.verdict])


def _laid(file: str, rules: Path | None, name: str | None) -> Draft:
    """The draft over its rule set. A draft that stands in the rule set's folder is one of that file."""
    path = Path(file)
    try:
        data = sys.stdin.buffer.read() if file == STDIN else path.read_bytes()
    except OSError as error:
        fail(f"{file} can't be read: {error.strerror or error}")
    source = source_from_bytes(data, file)
    if source.oversized or source.undecodable is not None:
        fail(f"{file} is no text in UTF-8, or far too long.")
    if name is None:
        name = _name(path if file != STDIN else None, rules)
    try:
        return lay_over({name: source.text}, rules)
    except OSError as error:
        fail(f"{rules} can't be read: {error.strerror or error}")


def _name(path: Path | None, rules: Path | None) -> str:
    if rules is not None and rules.is_file():
        return rules.name
    if path is None:
        return f"draft{SUFFIX}"
    if rules is not None and path.resolve().is_relative_to(rules.resolve()):
        return path.resolve().relative_to(rules.resolve()).as_posix()
    return path.name


def _reviewed(laid: Draft, over: Path | None, seconds: float) -> Review:
    fence = host_fence()
    try:
        return review_draft(
            laid, recording=_recorded(over), clock=time.monotonic, seconds=seconds, fence=fence
        )
    except OSError as error:
        fail(f"{over} can't be read: {error.strerror or error}")
    except (BadRecording, ParquetMissing) as error:
        fail(f"{str(error).rstrip('.')}.")


def _recorded(over: Path | None) -> Callable[[RuleSet], Iterable[Recorded]] | None:
    if over is None:
        return None
    path = over
    return lambda ruleset: calls_of(path, ruleset.zone)
