"""`flowrules why`: for every rule one line that says what became of it, now or by the journal."""

import json as jsonlib
from pathlib import Path
from typing import Annotated, Any

import typer

from flowrules.cli.options.files import fail
from flowrules.cli.options.situation import AtOption, FactOption, situation
from flowrules.cli.terminal.screen import say
from flowrules.engine.planning.rail_lines import rails_json
from flowrules.engine.preview import preview as make_preview
from flowrules.engine.trace import trace_json
from flowrules.trying.told import why_lines


def why(
    path: Annotated[Path | None, typer.Argument(help="A rule file, or a folder of them.")] = None,
    event: Annotated[
        list[str] | None,
        typer.Argument(metavar="EVENT...", help="What happens: intent=sales, said='call me', payment_done."),
    ] = None,
    fact: FactOption = None,
    at: AtOption = None,
    journal: Annotated[
        Path | None, typer.Option(help="Ask a journal instead: its folder, or one of its files.")
    ] = None,
    entry: Annotated[int | None, typer.Option(help="The number (seq) of a decision in the journal.")] = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say why each rule did, or did not, take an event.

    With --journal, say it of a decision that was made in a call; without --entry, list the decisions.
    """
    if journal is not None:
        from flowrules.cli.trying.recorded_decision import from_journal  # most ask without a journal

        from_journal(journal, entry, json)
        return
    if path is None or not event:
        fail("Name the rules and an event (flowrules why rules intent=sales), or a --journal.")
    asked = situation(path, event, fact, at)
    shown = make_preview(asked.ruleset, asked.event, asked.now, known=asked.known)
    data = {**trace_json(shown.decision), "rails": rails_json(asked.ruleset, shown.plan)}
    say(_json(data) if json else "".join(f"{line}\n" for line in why_lines(shown)))


def _json(data: Any) -> str:
    return jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n"
