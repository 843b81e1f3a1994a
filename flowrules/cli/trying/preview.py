"""`flowrules preview`: what an event would send. Nothing here can reach the network."""

import json as jsonlib
from typing import Annotated

import typer

from flowrules.cli.options.situation import AtOption, EventArgument, FactOption, PathArgument, situation
from flowrules.cli.terminal.screen import say
from flowrules.engine.preview import curl_commands, preview_json
from flowrules.engine.preview import preview as make_preview
from flowrules.trying.told import preview_lines


def preview(
    path: PathArgument,
    event: EventArgument,
    fact: FactOption = None,
    at: AtOption = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    curl: Annotated[bool, typer.Option("--curl", help="The requests as curl commands.")] = False,
    base_url: Annotated[str, typer.Option(help="For --curl.")] = "https://api.yotel.in",
    call_id: Annotated[str, typer.Option(help="For --curl.")] = "CALL_ID",
) -> None:
    """Show which rule takes an event and what would be sent, in order, with the exact bodies. Sends nothing.

    Ends with 0, also where no rule takes the event; 1 if the rules have errors; 2 if something can't be read.
    """
    asked = situation(path, event, fact, at)
    shown = make_preview(asked.ruleset, asked.event, asked.now, known=asked.known)
    if json:
        say(jsonlib.dumps(preview_json(shown), ensure_ascii=False, indent=2) + "\n")
    elif curl:
        say("".join(f"{command}\n" for command in curl_commands(shown, base_url, call_id)))
    else:
        say("".join(f"{line}\n" for line in preview_lines(shown)))
