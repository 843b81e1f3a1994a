"""`flowrules report`: what a journal says about many calls, as a page or for programs."""

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.options.files import fail
from flowrules.cli.options.situation import live_rules
from flowrules.cli.terminal.screen import say
from flowrules.runtime.errors import JournalError


def report(
    journal: Annotated[
        Path, typer.Argument(help="The journal's folder; of several workers, the one that holds theirs.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write a page of HTML here.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(help="Rules to tell which never took an event. Default: the last that were live."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The same for programs.")] = False,
) -> None:
    """Say what the calls in a journal did: which rule took what, what became of verbs, who waited, what edits changed.

    The page is one file: it fetches nothing, and runs nothing. Ends with 0, or 1 where something in the journal does
    not fit, or 2 where there is nothing to read.
    """
    from flowrules.reporting import report as read_report

    if output is None and not json:
        fail("Say where the page goes: -o report.html, or --json.")
    try:
        made = read_report(journal, None if rules is None else live_rules(rules))
    except OSError as error:
        fail(f"{error.filename or journal} can't be read: {error.strerror}")
    except JournalError as error:
        fail(f"{journal} can't be read: {error}")
    if json:
        say(jsonlib.dumps(made.as_json(), ensure_ascii=False, indent=2) + "\n")
    if output is not None:
        from flowrules.reporting.page import report_page

        try:
            output.write_text(report_page(made), "utf-8", newline="\n")
        except ImportError as error:
            fail(f"{error}")
        except OSError as error:
            fail(f"{output} can't be written: {error.strerror}")
    if made.problems:
        raise typer.Exit(1)
