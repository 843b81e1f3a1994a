"""Journals (`runtime/journal`), read as recordings: a folder with its closed files and the one that is written.

A file is a piece: the sessions of calls that begin in it, which may go on in the files after it. Each file begins with
what was open then, so that it can be read without those before it. Sessions are held in memory until they are over.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowrules.recordings.call import NotReplayed, Recorded
from flowrules.recordings.journal_calls import call_of
from flowrules.recordings.journal_lines import Entry, read_entries
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.format import TELL_FORMAT, check_format
from flowrules.runtime.journal.open_calls import TELL_OF_DECIDED, OpenCalls
from flowrules.runtime.journal.reader import entry_of

NO_ENTRY = "a line of a journal is cut off, or is no entry"
NEWER = "a newer version of flowrules wrote it"
_NAME = re.compile(r"journal(-\d{12})?\.jsonl")


@dataclass(slots=True)
class _Open:
    """A session under way. `owned`: it began in the file that is read."""

    opening: Entry
    decided_before: frozenset[str]
    origin: str
    owned: bool
    done: bool
    entries: list[Entry] = field(default_factory=list)
    broken: bool = False

    def made(self) -> Recorded:
        return call_of(
            self.opening, self.entries, self.decided_before, self.origin, broken=self.broken, done=self.done
        )


def is_journal(path: Path) -> bool:
    """Whether a file is one of a journal: by its name, or its first line. Raises OSError."""
    if _NAME.fullmatch(path.name):
        return True
    if path.suffix != ".jsonl":
        return False
    with path.open("rb") as file:
        return entry_of(file.readline(1 << 20)) is not None


def in_order(paths: Sequence[Path]) -> list[Path]:
    """The files of one folder, oldest first: the one that is written comes last."""
    return sorted(paths, key=lambda path: (path.name == "journal.jsonl", path.name))


def read_sessions(files: Sequence[tuple[Path, str]], *, done: bool = True) -> Iterator[Recorded]:
    """The sessions that begin in the first of these files, which follow one another in a journal, each as soon as it is
    over; and the lines of that file that can't be read. `done`: what was done in them is asked for, too. Raises
    OSError."""
    calls = OpenCalls()
    under_way: dict[str, _Open] = {}
    owned = 0
    before = 0
    for number, (path, name) in enumerate(files):
        if number and not owned:
            return
        for line, entry in read_entries(path):
            if entry is None:
                if not number:
                    yield NotReplayed("", NO_ENTRY, 1, f"{name}, line {line}")
                continue
            seq, at, kind, fields = entry
            if kind in TELL_FORMAT:
                try:
                    check_format(entry)
                except JournalError:
                    yield from (one.made() for one in under_way.values() if one.owned)
                    yield NotReplayed("", NEWER, 0, name)
                    return
            if before and seq != before + 1:
                for one in under_way.values():
                    one.broken = True
            before, call = seq, entry.call
            over: _Open | None = None
            if kind == "journal":
                yield from (one.made() for one in under_way.values() if one.owned)
                under_way.clear()
                owned = 0
                if number:
                    return
            elif kind == "call":
                over = under_way.get(call)
                known = calls.calls.get(call)
                decided = frozenset() if known is None else frozenset(known.decided)
                under_way[call] = _Open(entry, decided, f"{name}, line {line}", not number, done)
                owned += not number
            elif (session := under_way.get(call)) is not None and _belongs(fields, session):
                session.entries.append(entry)
                if kind == "ended":
                    over = under_way.pop(call)
            if over is not None and over.owned:
                owned -= 1
                yield over.made()
            if kind not in TELL_OF_DECIDED:
                continue
            try:
                calls.learn(kind, at, fields)
            except (TypeError, ValueError, KeyError, AttributeError):  # No process of ours wrote it.
                calls = OpenCalls()
    yield from (one.made() for one in under_way.values() if one.owned)


def _belongs(fields: Mapping[str, Any], session: _Open) -> bool:
    """What a fleet has tried for a host that was gone is no part of what the call did."""
    of = session.opening.fields.get("session")
    return "tried_for" not in fields and bool(fields.get("session", of) == of)
