"""`flowrules why`: for every rule one line that says what became of it."""

import json as jsonlib
from collections.abc import Iterator
from typing import Annotated

import typer

from flowrules.cli.screen import say
from flowrules.cli.situation import AtOption, EventArgument, FactOption, PathArgument, situation
from flowrules.engine.plan import FailedStep
from flowrules.engine.preview import Preview
from flowrules.engine.preview import preview as make_preview
from flowrules.engine.trace import trace_json, trace_lines


def why(
    path: PathArgument,
    event: EventArgument,
    fact: FactOption = None,
    at: AtOption = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say why each rule did, or did not, take an event."""
    asked = situation(path, event, fact, at)
    shown = make_preview(asked.ruleset, asked.event, asked.now, known=asked.known)
    if json:
        say(jsonlib.dumps(trace_json(shown.decision), ensure_ascii=False, indent=2) + "\n")
    else:
        say("".join(f"{line}\n" for line in why_lines(shown)))


def why_lines(shown: Preview) -> Iterator[str]:
    """A line a rule, in the order of the files, then what guard rails and sources stopped."""
    for line in trace_lines(shown.decision):
        yield f"{line.rule.file}:{line.rule.line}  {line.rule.label}"
        yield f"    {line.reason}"
    for part in shown.plan.parts:
        for step in part.steps:
            if isinstance(step, FailedStep):
                yield f"{step.verb} is not sent ({step.reason}): {step.message}"
    for note in shown.notes:
        yield f"note: {note}"
