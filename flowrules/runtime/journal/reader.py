"""Reading the journal back: entry by entry, or as the story of one call.

A folder holds `journal.jsonl` and the closed files `journal-<number of their last line>.jsonl`. Each line is an
object with `seq` (1, 2, …, over all files), `prev` (a digest of the line before), `at` (UTC), `kind`, what belongs to
its kind, and a random `salt` (`journal.schema.json` is the whole of it, `docs/journal.md` says it in words):

    journal   a process began to write; `format` (see `format.py`); `torn`: the one before was cut off in the middle
              of a line; `calls`: those that had not ended; `intents`: verbs whose fate nobody knows; their receipts
              follow
    checkpoint  what is open at this moment, so that nobody has to read further back: `calls`, and `intents`, the
              verbs on the wire; it begins every file but the first, ends what a process wrote, and stands between
    call      a call was taken over; `setup`: what its machine was made with
    decided   an event was decided: revision, rules, facts read, trace, the plan
    sending   this verb goes out now, under this key (null: it carries none); `by` host: the host carries it out
    receipt   what became of it
    step      a planned step that was not sent, and why
    closed    the event's plan is over
    ended     the call is over
    rules     the rules were loaded, or could not be
    input     many things have happened to the call, and nothing that is written down has come of them yet
    note      anything else worth keeping

An entry of a call may have `inputs`: what has happened to the call since the entry before, each with `input` (its kind)
and `us` (when, in microseconds since the session began). From these the call is replayed (`journal/replay.py`). One
without `keys` is the event that the entry decides on: they stand there. Of the platform's replies they keep what can
change something in the call. The texts of the rules of a revision stand beside the journal, in `rules-<revision>.json`.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowrules.language.unicode import read_json
from flowrules.runtime.journal.format import check_format

CURRENT = "journal.jsonl"


def closed_name(seq: int) -> str:
    return f"journal-{seq:012d}.jsonl"


def journal_files(folder: Path) -> list[Path]:
    """The files of a journal, oldest first."""
    closed, current = closed_files(folder), folder / CURRENT
    return [*closed, current] if current.exists() else closed


def closed_files(folder: Path) -> list[Path]:
    """Those that nobody writes any more, oldest first."""
    return sorted(folder.glob("journal-*.jsonl"))


def link(line: bytes) -> str:
    """What the next line says under `prev`."""
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line. `link` is what the next line has to say under `prev`. A line that was erased (`erasing.py`) has the link
    that it had; `own` is the digest of what stands there now, '' for a line that is as it was written."""

    seq: int
    prev: str
    at: str
    kind: str
    fields: Mapping[str, Any]
    link: str
    own: str = ""

    @property
    def is_erased(self) -> bool:
        return bool(self.own)

    @property
    def call(self) -> str:
        return str(self.fields.get("call", ""))

    @property
    def event(self) -> str:
        return str(self.fields.get("event", ""))

    @property
    def step(self) -> tuple[str, ...]:
        """Which step a sending, receipt or step entry speaks of."""
        return tuple(str(self.fields.get(name, "")) for name in ("call", "session", "event", "rule", "path"))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, from 1. `entry` is None where it is torn or no entry."""

    path: Path
    number: int
    entry: Entry | None


def read_file(path: Path) -> Iterator[Line]:
    """One file's lines; empty ones are passed over."""
    with path.open("rb") as file:
        yield from _lines(path, file)


def _lines(path: Path, file: Iterable[bytes]) -> Iterator[Line]:
    for number, raw in enumerate(file, start=1):
        if raw.strip():
            yield Line(path, number, entry_of(raw))


def read_lines(folder: Path) -> Iterator[Line]:
    """The lines of all files, oldest first. Raises OSError. A process may write meanwhile, close its file and begin
    another: what stood there at the beginning is read, in order."""
    current = folder / CURRENT
    with ExitStack() as stack:
        # Opened before the others are looked for: it may be closed, and get another name, at any moment.
        file = stack.enter_context(current.open("rb")) if current.exists() else None
        for path in closed_files(folder):
            if file is None or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
                yield from read_file(path)
        if file is not None:
            yield from _lines(current, file)


def read_journal(folder: Path) -> Iterator[Entry]:
    """Every entry that can be read, oldest first. Raises OSError, and JournalError for what a newer version wrote."""
    for line in read_lines(folder):
        if line.entry is not None:
            check_format(line.entry)
            yield line.entry


def story(folder: Path, call_id: str) -> Iterator[str]:
    """What happened in one call, a line for each entry, fit for a terminal. Raises OSError."""
    under_way: list[str] | None = None
    for entry in read_journal(folder):
        if entry.call == call_id and entry.kind != "input":
            told = f"{entry.at[11:23]}  {_tell(entry)}{_cut_off(entry, under_way)}"
            yield "".join(character if character.isprintable() else "\ufffd" for character in told)
            match entry.kind:
                case "call":
                    under_way = []
                case "decided" if under_way is not None:
                    under_way.append(entry.event)
                case "closed" if under_way is not None and entry.event in under_way:
                    under_way.remove(entry.event)
                case "ended":
                    under_way = None


def entry_of(raw: bytes) -> Entry | None:
    """A line's entry; None where it is torn, or none of ours."""
    try:
        fields: Any = read_json(raw)
    except ValueError:
        return None
    match fields:
        case {"seq": int(seq), "prev": str(prev), "at": str(at), "kind": str(kind), "erased": str(erased)}:
            return Entry(seq, prev, at, kind, fields, erased, link(raw))
        case {"seq": int(seq), "prev": str(prev), "at": str(at), "kind": str(kind)}:
            return Entry(seq, prev, at, kind, fields, link(raw))
    return None


def _cut_off(entry: Entry, under_way: list[str] | None) -> str:
    """Of a call that is taken over for another time: which events it was in the middle of. What their plans still held
    is not sent."""
    if entry.kind != "call" or under_way is None:
        return ""
    stopped = ", again: the process before had stopped"
    return f"{stopped} in the middle of {', '.join(under_way)}" if under_way else stopped


def what_happened(decided: Entry) -> str:
    """What a decision was made on: what the event carried, or what time had set off."""
    keys: Mapping[str, Any] = decided.fields.get("keys") or {}
    if keys:
        return " ".join(name if value is True else f"{name}={value}" for name, value in keys.items())
    if decided.fields.get("timer"):
        return "a timer"
    return "its time was up" if decided.event.endswith(".cap") else "an event"


def _tell(entry: Entry) -> str:
    get = entry.fields.get
    match entry.kind:
        case "call":
            return f"the call is ours ({get('mode')}, rules {get('revision')})"
        case "decided":
            rules = ", ".join(str(rule.get("label")) for rule in get("rules") or [])
            return f"{entry.event}: {what_happened(entry)} → {rules or 'no rule'}"
        case "sending":
            whose = ", to the host" if get("by") == "host" else ""
            return f"{entry.event}: {get('verb')} goes out{whose} ({get('path')})"
        case "receipt" | "step":
            reason = f" because {get('reason')}" if get("reason") else ""
            message = f": {get('message')}" if get("message") else ""
            return f"{entry.event}: {get('verb')} {get('status')}{reason}{message}"
        case "closed":
            return f"{entry.event}: over, {get('status')}"
        case "ended":
            return f"the call is over: {get('why')}"
    return f"{entry.kind}: {get('message', '')}"
