"""Erasing calls: what their lines say of anybody is taken out, and the chain of the journal stays verifiable.

A line that is erased keeps its number, its time, its kind, its place in the chain (`erased`: its link as it was), and
what tells of rules and verbs alone: which rule took an event, how a verb went. Ids, facts, texts, bodies and what
happened are gone. Only closed files are rewritten, each as a whole: the new one is written beside it, the erasure is
put on record, and then the new files take the places of the old ones. Whatever kills the process in between, a file is
the old or the new one, and the next erasure finishes what is on record, and drops what is not.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from flowrules.runtime.journal.file import sync_folder
from flowrules.runtime.journal.masking import as_json
from flowrules.runtime.journal.reader import Entry, closed_files, entry_of, link
from flowrules.runtime.journal.retention.erasures import PENDING, last_number, pending, put_on_record

_OF_ALL = ("seq", "prev", "at", "kind")
_KEPT = (
    "format", "torn", "mode", "revision", "source", "timer", "rules", "rule", "path", "verb", "by", "status", "reason",
    "http_status", "attempts", "may_have_acted", "stay_silent",
)  # fmt: skip
_OPEN = ("journal", "checkpoint")


def erase(folder: Path, calls: Collection[str], now: datetime) -> int:
    """Erase calls from the closed files of a journal; how many lines that were. Raises OSError. Nobody else may erase
    meanwhile."""
    finish(folder)
    number = last_number(folder) + 1
    erased: dict[int, str] = {}
    for path in closed_files(folder):
        erased |= _rewrite(path, path.with_name(f"{path.name}.{number}{PENDING}"), frozenset(calls))
    if erased:
        sync_folder(folder)
        put_on_record(folder, now, erased)
        finish(folder)
    return len(erased)


def finish(folder: Path) -> None:
    """Finish an erasure that was cut short, if it is on record; else drop what it has left. Raises OSError."""
    on_record = last_number(folder)
    for fresh in pending(folder):
        name, number, _ = fresh.name.rsplit(".", 2)
        # The journal may have forgotten the file meanwhile, for its age.
        if int(number) <= on_record and (folder / name).exists():
            fresh.replace(folder / name)
        else:
            fresh.unlink()
    sync_folder(folder)


# --- inside ---


def _rewrite(path: Path, fresh: Path, calls: frozenset[str]) -> dict[int, str]:
    """Write a file anew without these calls, beside it; the numbers of the lines that are others now, each with its
    digest. Where there are none no file is left."""
    needles = tuple(as_json(call)[1:-1] for call in calls)
    erased: dict[int, str] = {}
    with path.open("rb") as old:
        for raw in old:
            if _speaks_of(raw, needles, calls) is not None:
                break
        else:
            return {}
        old.seek(0)
        descriptor = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as new:
            for seq, line in _lines(old, new, needles, calls):
                erased[seq] = link(line)
            new.flush()
            os.fsync(new.fileno())
    stat = path.stat()
    # Files are forgotten by their age, and what they say is as old as it was.
    os.utime(fresh, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    return erased


def _lines(
    old: BinaryIO, new: BinaryIO, needles: tuple[bytes, ...], calls: frozenset[str]
) -> Iterator[tuple[int, bytes]]:
    for raw in old:
        line = raw
        if (entry := _speaks_of(raw, needles, calls)) is not None:
            line = as_json(_left_of(entry, calls)) + b"\n"
            yield entry.seq, line
        new.write(line)


def _speaks_of(raw: bytes, needles: tuple[bytes, ...], calls: frozenset[str]) -> Entry | None:
    """A line's entry, if it speaks of one of these calls."""
    if not any(needle in raw for needle in needles):
        return None
    entry = entry_of(raw)
    speaks = entry is not None and (entry.call in calls or (entry.kind in _OPEN and _opens(entry, calls)))
    return entry if speaks else None


def _opens(entry: Entry, calls: frozenset[str]) -> bool:
    fields = entry.fields
    intents = fields.get("intents") or ()
    return not calls.isdisjoint(fields.get("calls") or ()) or any(one.get("call") in calls for one in intents)


def _left_of(entry: Entry, calls: frozenset[str]) -> dict[str, Any]:
    """What is left of a line."""
    fields = entry.fields
    left: dict[str, Any] = {name: fields[name] for name in _OF_ALL}
    left["erased"] = entry.link
    left |= {name: fields[name] for name in _KEPT if name in fields}
    if entry.kind == "decided":
        left |= dict(_looked_at(fields))
    if entry.kind in _OPEN:
        left["calls"] = {call: what for call, what in fields["calls"].items() if call not in calls}
        left["intents"] = [_intent(one, calls) for one in fields["intents"]]
    return left


def _looked_at(decided: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a report counts: verdicts by rule, facts that nobody knew, waits that the rules asked for."""
    trace, facts = decided.get("trace"), decided.get("facts")
    if trace:
        yield "trace", [line[:2] for line in trace]
    if facts and (unknown := sorted(name for name, value in facts.items() if value is None)):
        yield "unknown", unknown
    waits = [
        [part["rule"]["id"], step["seconds"]]
        for part in decided.get("plan") or ()
        for step in part["steps"]
        if step["step"] == "wait"
    ]
    if waits:
        yield "waits", waits


def _intent(intent: Mapping[str, Any], calls: frozenset[str]) -> Mapping[str, Any]:
    if intent.get("call") not in calls:
        return intent
    return {name: intent[name] for name in ("rule", "path", "verb", "by") if name in intent}
