"""`flowrules diff`: what an edit of the rules changes, with examples."""

import json as jsonlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from flowrules.cli.files import fail
from flowrules.cli.screen import say
from flowrules.cli.situation import live_rules
from flowrules.scenarios.difference import Change, difference_json, differences
from flowrules.scenarios.recording import BadRecording, Replay, read_recording, replay


def diff(
    old: Annotated[Path, typer.Argument(help="The rules as they were: a file or a folder.")],
    new: Annotated[Path, typer.Argument(help="The rules as they shall be.")],
    recording: Annotated[
        Path | None,
        typer.Option(help="Recorded events as JSON lines, or a journal's file, to ask both about."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say for which events other verbs would be sent, with an example for each.

    Ends with 0 where no difference was found, 1 where one was, 2 where something can't be read.
    """
    before, after = live_rules(old), live_rules(new)
    changes = differences(before, after)
    replayed = None
    if recording is not None:
        try:
            with recording.open(encoding="utf-8") as lines:
                replayed = replay(before, after, read_recording(lines, after.zone))
        except OSError as error:
            fail(f"{recording} can't be read: {error.strerror or error}")
        except (BadRecording, UnicodeDecodeError) as error:
            fail(f"{recording} is no recording: {error}")
    if json:
        data: dict[str, Any] = {"changes": difference_json(changes)}
        if replayed is not None:
            data["recording"] = {"events": replayed.events, "changes": difference_json(replayed.changes)}
        say(jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n")
    else:
        say("".join(f"{line}\n" for line in diff_lines(changes, replayed)))
    raise typer.Exit(1 if changes or (replayed and replayed.changes) else 0)


def diff_lines(changes: Iterable[Change], replayed: Replay | None) -> Iterator[str]:
    """The changes for people."""
    number = 0
    for number, change in enumerate(changes, start=1):
        yield f"{number}. {change.situation.words()}"
        yield f"   was: {_told(change.old_rule, change.old)}"
        yield f"   now: {_told(change.new_rule, change.new)}"
    if not number:
        yield "No difference was found."
    if replayed is not None:
        yield f"{len(replayed.changes)} of {replayed.events} recorded events would send something else."
        kinds = Counter(
            (_told(one.old_rule, one.old), _told(one.new_rule, one.new)) for one in replayed.changes
        )
        for (was, now), count in kinds.most_common():
            yield f"   {count} times was: {was}"
            yield f"   {' ' * len(str(count))}       now: {now}"


def _told(rule: str | None, bodies: Iterable[Mapping[str, Any]]) -> str:
    sent = [
        " ".join([str(body["event"]), *(_value(value) for name, value in body.items() if name != "event")])
        for body in bodies
    ]
    return f"{', then '.join(sent) or 'nothing'}  ({rule or 'no rule'})"


def _value(value: object) -> str:
    return value if isinstance(value, str) and " " not in value else jsonlib.dumps(value, ensure_ascii=False)
