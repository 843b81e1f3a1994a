"""A decision that stands in a journal, as `flowrules why --journal` shows it."""

import json as jsonlib
from collections.abc import Iterator
from pathlib import Path

import typer

from flowrules.cli.options.files import fail
from flowrules.cli.terminal.screen import say
from flowrules.runtime.journal.reader import Entry, read_file, read_journal, what_happened


def from_journal(path: Path, number: int | None, json: bool) -> None:
    try:
        entries = [one for one in _entries(path) if one.kind == "decided" and not one.is_erased]
    except OSError as error:
        fail(f"{error.filename or path} can't be read: {error.strerror or error}")
    if number is None:
        for one in entries:
            typer.echo(f"{one.seq:>8}  {one.at}  {one.call}  {what_happened(one)}")
        return
    found = next((one for one in entries if one.seq == number), None)
    if found is None:
        fail(f"There is no decision with the number {number} in {path}.")
    if json:
        say(jsonlib.dumps(dict(found.fields), ensure_ascii=False, indent=2) + "\n")
    else:
        say("".join(f"{line}\n" for line in entry_lines(found)))


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
