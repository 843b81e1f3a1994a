"""The journal's raw lines, read anew: nothing here shares code with what wrote them."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Step = tuple[str, str, str, str, str]
"""Call, session, event, rule, path: which step of which plan."""

_TOKEN = re.compile(rb"yt_(?:cb|live|test)_[0-9A-Za-z]")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an intent. `run` counts the processes that wrote, from 1."""

    run: int
    status: str
    reason: str
    http_status: int | None
    attempts: int
    may_have_acted: bool


@dataclass(slots=True)
class Intent:
    """A verb that was about to go out. `key` is None where it carries none; `at` in seconds since 1970."""

    seq: int
    run: int
    at: float
    step: Step
    verb: str
    key: str | None
    body: Any
    overlaps: bool
    """Another verb of the same call had no receipt yet."""
    receipt: Receipt | None = None

    @property
    def call(self) -> str:
        return self.step[0]

    @property
    def session(self) -> str:
        return self.step[1]

    @property
    def event(self) -> str:
        return self.step[2]

    @property
    def answer(self) -> Receipt | None:
        """Its receipt, if the process that sent it wrote it. Another one knows nothing of what came back."""
        return self.receipt if self.receipt is not None and self.receipt.run == self.run else None

    def __str__(self) -> str:
        return f"{self.verb} (line {self.seq}, event {self.event}, step {self.step[4]})"


@dataclass(frozen=True, slots=True)
class Decided:
    """An event, and the verbs of its plan, those of failure branches left out."""

    seq: int
    run: int
    call: str
    session: str
    event: str
    verbs: tuple[Step, ...]


@dataclass(slots=True)
class Journal:
    """All that the claims ask for, in the order of the lines. `faults` are lines that do not fit."""

    runs: int = 0
    lines: int = 0
    calls: set[str] = field(default_factory=set)
    intents: list[Intent] = field(default_factory=list)
    unsent: list[Step] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    closed: set[tuple[str, str, str]] = field(default_factory=set)
    """Call, session, event."""
    ended: dict[tuple[str, str], int] = field(default_factory=dict)
    """Call and session → the line at which it was over."""
    stray_receipts: list[tuple[str, int]] = field(default_factory=list)
    """Call and line of receipts for what was not being sent."""
    outcomes: Counter[str] = field(default_factory=Counter)
    loads: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def read_journal(folder: Path) -> Journal:
    """`journal-<number>.jsonl` in order, then `journal.jsonl`. Raises OSError."""
    reading = _Reading()
    for path in [*sorted(folder.glob("journal-*.jsonl")), folder / "journal.jsonl"]:
        reading.file(path.name, path.read_bytes().split(b"\n"))
    return reading.journal


def read_lines(lines: Iterable[bytes]) -> Journal:
    """A journal that was never written to a disk."""
    reading = _Reading()
    reading.file("journal.jsonl", lines)
    return reading.journal


class _Reading:
    def __init__(self) -> None:
        self.journal = Journal()
        self._open: dict[tuple[str, bool], dict[Step, Intent]] = {}
        """By call, and whether they are beside what it does: what a fleet tries for a host that was gone."""
        self._left_open: dict[Step, Intent] = {}
        """By the processes before."""
        self._seq, self._digest = 0, ""
        self._torn = ""

    def file(self, name: str, lines: Iterable[bytes]) -> None:
        for number, line in enumerate(lines, start=1):
            if line:
                self.line(name, number, line)

    def line(self, name: str, number: int, line: bytes) -> None:
        journal = self.journal
        try:
            entry = json.loads(line)
            seq, previous, kind = entry["seq"], entry["prev"], entry["kind"]
        except (ValueError, KeyError, TypeError):
            if self._torn:
                journal.faults.append(f"{self._torn}: can't be read")
            self._torn = f"{name}, line {number}"
            return
        if self._torn and kind != "journal":
            journal.faults.append(f"{self._torn}: can't be read, and no new process began behind it")
        self._torn = ""
        if journal.lines and (seq != self._seq + 1 or previous != self._digest):
            journal.faults.append(f"{name}, line {number}: does not follow the line before it")
        if _TOKEN.search(line):
            journal.faults.append(f"{name}, line {number}: shows a token")
        self._seq, self._digest = seq, hashlib.sha256(line).hexdigest()[:16]
        journal.lines += 1
        self._entry(kind, entry)

    def _entry(self, kind: str, entry: dict[str, Any]) -> None:
        journal = self.journal
        match kind:
            case "journal":
                journal.runs += 1
                self._left_open.update(pair for intents in self._open.values() for pair in intents.items())
                self._open.clear()
            case "call":
                journal.calls.add(entry["call"])
            case "rules":
                journal.loads[entry["status"]] += 1
            case "decided":
                journal.decided.append(self._decided(entry))
            case "sending":
                self._sending(entry)
            case "receipt":
                self._receipt(entry)
            case "step":
                journal.unsent.append(_step(entry))
            case "closed":
                journal.closed.add((entry["call"], entry["session"], entry["event"]))
                journal.outcomes[entry["status"]] += 1
            case "ended":
                journal.ended[entry["call"], entry["session"]] = entry["seq"]

    def _decided(self, entry: dict[str, Any]) -> Decided:
        call, session, event = entry["call"], entry["session"], entry["event"]
        verbs = tuple(
            (call, session, event, part["rule"]["id"], step["path"])
            for part in entry["plan"]
            for step in part["steps"]
            if step["step"] == "verb"
        )
        return Decided(entry["seq"], self.journal.runs, call, session, event, verbs)

    def _sending(self, entry: dict[str, Any]) -> None:
        under_way = self._open.setdefault((entry["call"], "tried_for" in entry), {})
        intent = Intent(
            entry["seq"],
            self.journal.runs,
            datetime.fromisoformat(entry["at"]).timestamp(),
            _step(entry),
            entry["verb"],
            entry["key"],
            entry["body"],
            overlaps=bool(under_way),
        )
        under_way[intent.step] = intent
        self.journal.intents.append(intent)

    def _receipt(self, entry: dict[str, Any]) -> None:
        step = _step(entry)
        under_way = self._open.get((entry["call"], "tried_for" in entry), {})
        intent = under_way.pop(step, None) or self._left_open.pop(step, None)
        if intent is None or (intent.key, intent.verb) != (entry["key"], entry["verb"]):
            self.journal.stray_receipts.append((entry["call"], entry["seq"]))
            return
        intent.receipt = Receipt(
            self.journal.runs,
            entry["status"],
            entry["reason"] or "",
            entry.get("http_status"),
            entry["attempts"],
            entry["may_have_acted"],
        )


def _step(entry: dict[str, Any]) -> Step:
    return entry["call"], entry["session"], entry["event"], entry["rule"], entry["path"]
