"""Journals (`runtime/journal`), read as recordings: a folder with its closed files and the one that is written.

A file is a piece: the sessions of calls that begin in it, which may go on in the files after it. Each file begins with
what was open then, so that it can be read without those before it. Sessions are held in memory until they are over.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flowrules.call.receipt import Status
from flowrules.recordings.call import NotReplayed
from flowrules.recordings.journal_lines import Entry, Line, read_entry, read_line
from flowrules.recordings.journal_quick import JournalCall
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.format import TELL_FORMAT, check_format
from flowrules.runtime.journal.open_calls import TELL_OF_DECIDED, OpenCalls
from flowrules.runtime.journal.reader import entry_of

NO_ENTRY = "a line of a journal is cut off, or is no entry"
NEWER = "a newer version of flowrules wrote it"
_NAME = re.compile(r"journal(-\d{12})?\.jsonl")


@dataclass(slots=True)
class _Open:
    """A session under way, with its lines, that with which it began first. `owned`: it began in the file that is
    read. `name`: by which its lines name it."""

    name: str
    lines: list[Line]
    raw: list[bytes]
    decided_before: frozenset[str]
    origin: str
    owned: bool
    done: bool
    broken: bool = False
    masked: bool = False

    def made(self) -> JournalCall:
        return JournalCall(
            self.lines,
            self.raw,
            self.decided_before,
            self.origin,
            broken=self.broken,
            done=self.done,
            masked=self.masked,
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


def read_sessions(
    files: Sequence[tuple[Path, str]], *, done: bool = True
) -> Iterator[JournalCall | NotReplayed]:
    """The sessions that begin in the first of these files, which follow one another in a journal, each as soon as it is
    over; and the lines of that file that can't be read. `done`: what was done in them is asked for, too. Raises
    OSError."""
    calls = _Calls()
    under_way: dict[str, _Open] = {}
    owned = 0
    before = 0
    for number, (path, name) in enumerate(files):
        if number and not owned:
            return
        with path.open("rb") as file:
            for place, raw in enumerate(file, start=1):
                if raw.isspace():
                    continue
                line = read_line(raw)
                if line is None:
                    if not number:
                        yield NotReplayed("", NO_ENTRY, 1, f"{name}, line {place}")
                    continue
                kind, call = line.kind, line.call
                if kind in TELL_FORMAT:
                    try:
                        check_format(_entry(raw))
                    except JournalError:
                        yield from (one.made() for one in under_way.values() if one.owned)
                        yield NotReplayed("", NEWER, 0, name)
                        return
                if before and line.seq != before + 1:
                    for one in under_way.values():
                        one.broken = True
                before = line.seq
                over: _Open | None = None
                if kind == "journal":
                    yield from (one.made() for one in under_way.values() if one.owned)
                    under_way.clear()
                    owned = 0
                    if number:
                        return
                elif kind == "call":
                    over = under_way.get(call)
                    decided = calls.decided(call)
                    under_way[call] = _Open(
                        line.session,
                        [line],
                        [raw],
                        decided,
                        f"{name}, line {place}",
                        not number,
                        done,
                        masked=b"masked:" in raw,
                    )
                    owned += not number
                elif (session := under_way.get(call)) is not None and (
                    line.tried_for is None and (not line.session or line.session == session.name)
                ):
                    # What a fleet has tried for a host that was gone is no part of what the call did.
                    session.lines.append(line)
                    session.raw.append(raw)
                    if b"masked:" in raw:
                        session.masked = True
                    if kind == "ended":
                        over = under_way.pop(call)
                if over is not None and over.owned:
                    owned -= 1
                    yield over.made()
                if kind in TELL_OF_DECIDED and not calls.is_nothing(line):
                    calls.learn(line, raw)
    yield from (one.made() for one in under_way.values() if one.owned)


class _Calls:
    """Which events were decided in calls that may be taken over again."""

    def __init__(self) -> None:
        self._calls = OpenCalls()

    def decided(self, call: str) -> frozenset[str]:
        known = self._calls.calls.get(call)
        return _NOTHING if known is None else frozenset(known.decided)

    def learn(self, line: Line, raw: bytes) -> None:
        entry = _entry(raw)
        try:
            if line.kind == "receipt" and line.call not in self._calls.calls:
                self._calls.decided(line.call, "#", line.at)
            self._calls.learn(entry.kind, entry.at, entry.fields)
        except (TypeError, ValueError, KeyError, AttributeError):  # No process of ours wrote it.
            self._calls = OpenCalls()

    def is_nothing(self, line: Line) -> bool:
        """Whether nothing is remembered of what a line tells: of most calls it is nothing at all."""
        if line.inputs is None or line.call in self._calls.calls:
            return False
        match line.kind:
            case "decided":
                return line.event.startswith("#") and not line.identity
            case "receipt":
                return line.status != Status.UNKNOWN
            case "ended":
                return True
        return False


_NOTHING: frozenset[str] = frozenset()


def _entry(raw: bytes) -> Entry:
    entry = read_entry(raw)
    assert entry is not None
    return entry
