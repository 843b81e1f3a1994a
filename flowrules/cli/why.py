"""`flowrules why`: for every rule one line that says what became of it, now or by the journal."""

import json as jsonlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from flowrules.cli.files import fail
from flowrules.cli.screen import say
from flowrules.cli.situation import AtOption, FactOption, situation
from flowrules.engine.plan import FailedStep
from flowrules.engine.preview import Preview
from flowrules.engine.preview import preview as make_preview
from flowrules.engine.trace import trace_json, trace_lines
from flowrules.runtime.journal.reader import Entry, read_file, read_journal, what_happened


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
        _from_journal(journal, entry, json)
        return
    if path is None or not event:
        fail("Name the rules and an event (flowrules why rules intent=sales), or a --journal.")
    asked = situation(path, event, fact, at)
    shown = make_preview(asked.ruleset, asked.event, asked.now, known=asked.known)
    say(_json(trace_json(shown.decision)) if json else "".join(f"{line}\n" for line in why_lines(shown)))


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


def _from_journal(path: Path, number: int | None, json: bool) -> None:
    try:
        entries = [one for one in _entries(path) if one.kind == "decided"]
    except OSError as error:
        fail(f"{error.filename or path} can't be read: {error.strerror or error}")
    if number is None:
        for one in entries:
            typer.echo(f"{one.seq:>8}  {one.at}  {one.call}  {what_happened(one)}")
        return
    found = next((one for one in entries if one.seq == number), None)
    if found is None:
        fail(f"There is no decision with the number {number} in {path}.")
    say(_json(dict(found.fields)) if json else "".join(f"{line}\n" for line in entry_lines(found)))


def _entries(path: Path) -> Iterator[Entry]:
    if path.is_dir():
        return read_journal(path)
    return (line.entry for line in read_file(path) if line.entry is not None)


def entry_lines(entry: Entry) -> Iterator[str]:
    """A journal's decision for people. What is masked there stays masked."""
    get = entry.fields.get
    yield f"{entry.at}  call {entry.call}, event {entry.event}: {what_happened(entry)}"
    yield f"decided by rules of revision {get('revision')}"
    for name, value in (get("facts") or {}).items():
        yield f"    {name} was {'unknown' if value is None else value}"
    labels = {rule["id"]: rule["label"] for rule in get("rules") or []}
    for rule, _, reason in get("trace") or []:
        yield labels.get(rule, rule)
        yield f"    {reason}"
    for rule in get("rules") or []:
        yield f"{rule['file']}:{rule['line']}  {rule['label']}: {rule['outcome']}"
    if not get("rules"):
        yield "no rule took the event"
    for note in get("notes") or []:
        yield f"note: {note}"


def _json(data: Any) -> str:
    return jsonlib.dumps(data, ensure_ascii=False, indent=2) + "\n"
