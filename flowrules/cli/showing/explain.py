"""`flowrules explain`: a rule set in plain sentences, for whoever answers for it."""

import json as jsonlib
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from flowrules.cli.options.files import fail
from flowrules.cli.options.situation import PathArgument, live_rules
from flowrules.cli.terminal.screen import say
from flowrules.prose.formats.html import html as as_html
from flowrules.prose.formats.markdown import markdown
from flowrules.prose.read_back import read_back

OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it to a file.")
]


def explain(
    path: PathArgument = Path(),
    html: Annotated[bool, typer.Option("--html", help="As one HTML page, to be read or printed.")] = False,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    dated: Annotated[bool, typer.Option("--dated", help="Say on the page when it was made.")] = False,
    output: OutputOption = None,
) -> None:
    """Say in plain sentences what rules do: what happens when, in which order, and what holds in every call.

    Rules that mean the same give the same page. Markdown, where nothing else is asked for.

    Ends with 0; 1 if the rules have errors; 2 if something can't be read or written.
    """
    if html and json:
        fail("Ask for --html or for --json, not for both.")
    page = read_back(live_rules(path, done="explained"))
    made = f"Made on {datetime.now().astimezone():%Y-%m-%d at %H:%M (UTC%z)}" if dated else ""
    if json:
        data = asdict(page) | ({"made": made} if made else {})
        write_out(jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n", output)
    else:
        write_out(as_html(page, made) if html else markdown(page, made), output)


def write_out(text: str, output: Path | None) -> None:
    """Print what was made, or write it to a file, with the same bytes on every system."""
    if output is None:
        say(text)
        return
    try:
        output.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        fail(f"{output} can't be written: {error.strerror}")
