"""`flowrules diff`: what an edit of the rules changes, with examples."""

import json as jsonlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from flowrules.cli.options.files import COULD_NOT_RUN
from flowrules.cli.options.situation import live_rules
from flowrules.cli.terminal.screen import say
from flowrules.scenarios.comparing.changed_parts import ChangedPart
from flowrules.scenarios.comparing.difference import Difference, difference, difference_json, parts_json


def diff(
    old: Annotated[Path, typer.Argument(help="The rules as they were: a file or a folder.")],
    new: Annotated[Path, typer.Argument(help="The rules as they shall be.")],
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say where something else would be done, with an example for each; what has changed and no example shows is named.
    What recorded calls show tells flowrules replay.

    Ends with 0 where nothing differs that acts in a call, 1 where something does, 2 where something can't be read or
    the rules of one side have errors.
    """
    before, after = live_rules(old, code=COULD_NOT_RUN), live_rules(new, code=COULD_NOT_RUN)
    found = difference(before, after)
    if json:
        data: dict[str, Any] = {
            "changes": difference_json(found.changes),
            "not_played": parts_json(found.unplayed),
            "without_effect": parts_json(found.idle),
        }
        say(jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        say("".join(f"{line}\n" for line in diff_lines(found, after.zone)))
    raise typer.Exit(1 if found.acts else 0)


def diff_lines(found: Difference, zone: ZoneInfo) -> Iterator[str]:
    """The changes for people."""
    for number, change in enumerate(found.changes, start=1):
        yield f"{number}. {change.situation.words(zone)}"
        yield f"   was: {_told(change.old_rule, change.old_steps)}"
        yield f"   now: {_told(change.new_rule, change.new_steps)}"
    if found.unplayed:
        yield "Changed, not played (no example was found, and it may act all the same):"
        for part in found.unplayed:
            yield from _part_lines(part)
    if not found.acts:
        yield "No difference was found."
    if found.idle:
        yield f"Changed, and no call can tell: {'; '.join(part.what for part in found.idle)}."


def _told(rule: str | None, steps: Iterable[str]) -> str:
    return f"{', then '.join(steps) or 'nothing'}  ({rule or 'no rule'})"


def _part_lines(part: ChangedPart) -> Iterator[str]:
    yield f"   {part.what}"
    yield f"      was: {_one_line(part.was)}"
    yield f"      now: {_one_line(part.now)}"


def _one_line(text: str) -> str:
    return " / ".join(line.strip() for line in text.splitlines()) or "nothing"
