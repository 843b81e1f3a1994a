"""One pass through a journal's entries, in memory that depends on the rules and on how many calls are live, and not
on how many lines there are."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flowrules.compiler.refs import RuleRef
from flowrules.engine.decision import Verdict
from flowrules.reporting.durations import Durations
from flowrules.reporting.stretches import Stretch, Tally, Times
from flowrules.runtime.journal.reader import Entry

_TOOK = ("fired", "otherwise")
_OF_UNKNOWN = "took the event with its otherwise: unknown"
"""How the reason begins of a rule that took an event with its `otherwise` since a fact was unknown
(engine/trace.py)."""
_WENT_WELL = ("accepted", "withheld")


@dataclass(slots=True)
class _Live:
    """A session that goes on. `reported`: when events came that wait to be decided, in seconds since 1970; `unnamed` of
    those without an id, in order."""

    began: float
    opened: float
    rules: set[str] = field(default_factory=set)
    reported: dict[str, float] = field(default_factory=dict)
    unnamed: deque[float] = field(default_factory=deque)
    sent: dict[tuple[str, ...], float] = field(default_factory=dict)


@dataclass(slots=True)
class Load:
    """Rules that were loaded, or could not be. `stretch`: the number of the one that began with it."""

    at: str
    status: str
    revision: str
    was: str
    message: str
    stretch: int | None


class Reading:
    """Takes entries in order, and counts."""

    def __init__(self) -> None:
        self.entries = self.erased = 0
        self.first = self.last = ""
        self.totals, self.times = Tally(), Times()
        self.stretches: list[Stretch] = []
        self.loads: list[Load] = []
        self.refs: dict[str, RuleRef] = {}
        self.fired: Counter[str] = Counter()
        self.otherwise: Counter[str] = Counter()
        self.calls_of: Counter[str] = Counter()
        self.rails: Counter[str] = Counter()
        self.held_back: dict[str, set[Verdict]] = {}
        """By a rule's id, the verdicts of events that it did not take."""
        self.branches: set[str] = set()
        """Rules of which a failure branch has run."""
        self.unknown: Counter[tuple[str, tuple[str, ...]]] = Counter()
        """By a rule's id and the facts that nobody knew in an event."""
        self.verbs: Counter[tuple[str, str, str]] = Counter()
        self.waits: Counter[str] = Counter()
        self.waited: dict[str, float] = {}
        self.ended: Counter[str] = Counter()
        self.sources: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.call_length, self.answers, self.until_decided = Durations(), Durations(), Durations()
        self.steps: dict[tuple[str, str, str], Durations] = {}
        self._live: dict[tuple[int, str, str], _Live] = {}
        """By the journal's number, the call's id and the session."""
        self._not_live: dict[tuple[str, str, str], Counter[int]] = {}
        """How often each journal tells that rules did not go live, by the status, the revision and the message."""

    @property
    def open(self) -> int:
        return len(self._live)

    def take(self, entry: Entry, journal: int = 0) -> None:
        """An entry, erased ones too: of these is left what they count. What no process of ours wrote is passed over.
        `journal`: the number of the one that it stands in, where several workers have one each."""
        self.entries += 1
        self.erased += "erased" in entry.fields
        self.first = self.first or entry.at
        self.last = entry.at
        try:
            self._take(entry, datetime.fromisoformat(entry.at).timestamp(), journal)
        except (KeyError, TypeError, ValueError, AttributeError):
            return

    # --- inside ---

    def _take(self, entry: Entry, now: float, journal: int) -> None:
        fields, time = entry.fields, self.times.of(entry.at)
        session = journal, entry.call, str(fields.get("session", ""))
        live = self._live.get(session)
        match entry.kind:
            case "journal":
                # The process is gone, and its calls with it.
                self._live = {of: live for of, live in self._live.items() if of[0] != journal}
            case "rules":
                self._loaded(entry.at, fields, journal)
            case "call":
                self._count(entry.at, time, "calls")
                if "erased" not in fields:
                    began = datetime.fromisoformat(fields["session"]).timestamp()
                    live = self._live[session] = _Live(began, now)
            case "decided":
                self._decided(entry, time, live, now)
            case "sending":
                self._count(entry.at, time, "verbs")
                if live is not None:
                    live.sent[entry.step] = now
                self._ran(fields)
            case "receipt":
                self._received(entry, time, live, now)
            case "step":
                self.verbs[fields["verb"], fields["status"], fields.get("reason") or ""] += 1
                self._ran(fields)
            case "closed":
                self.statuses[fields["status"]] += 1
            case "ended":
                self._ended(entry, now, self._live.pop(session, None))
        if live is not None and entry.kind != "decided":
            self._reported(entry, live)

    def _loaded(self, at: str, fields: Mapping[str, Any], journal: int) -> None:
        status, revision = fields["status"], fields.get("revision") or ""
        was = self.stretches[-1].revision if self.stretches else ""
        if status == "live" and revision != was:
            self.stretches.append(Stretch(revision, at))
            if was:
                self.loads.append(Load(at, status, revision, was, "", len(self.stretches) - 1))
        elif status in ("refused", "held"):
            message = fields.get("message") or ""
            told = self._not_live.setdefault((status, revision, message), Counter())
            told[journal] += 1
            # Each worker tells of the same edit.
            if all(told[journal] > times for other, times in told.items() if other != journal):
                self.loads.append(Load(at, status, revision, was, message, None))

    def _decided(self, entry: Entry, time: Tally, live: _Live | None, now: float) -> None:
        fields = entry.fields
        for part in fields.get("plan") or ():
            self._planned(part)
        for rule_id, seconds in fields.get("waits") or ():  # What an erasure has left of the plan.
            self._waits(rule_id, seconds)
        took = [rule for rule in fields["rules"] if rule["outcome"] in _TOOK]
        for rule in fields["rules"]:
            self._know(rule)
        if any(rule["outcome"] == "cap" for rule in fields["rules"]):
            return
        self._count(entry.at, time, "events")
        if fields.get("source"):
            self.sources["a timer" if fields.get("timer") else fields["source"]] += 1
        if not took:
            self._count(entry.at, time, "unmatched")
        stretch = self._stretch(entry.at, fields.get("revision"))
        for rule in took:
            (self.fired if rule["outcome"] == "fired" else self.otherwise)[rule["id"]] += 1
            stretch.rules[rule["id"]] += 1
            if live is not None:
                live.rules.add(rule["id"])
        self._looked_at(fields)
        self._waited(entry, live, now)

    def _planned(self, part: Mapping[str, Any]) -> None:
        for step in part["steps"]:
            if step["step"] == "wait":
                self._waits(part["rule"]["id"], step["seconds"])
        for one in part.get("rails") or ():
            self._know(one["rail"])
            self.rails[one["rail"]["id"]] += 1

    def _waits(self, rule_id: str, seconds: float) -> None:
        self.waits[rule_id] += 1
        self.waited[rule_id] = self.waited.get(rule_id, 0.0) + seconds

    def _looked_at(self, fields: Mapping[str, Any]) -> None:
        """Why rules did not take an event, and which facts nobody knew."""
        missing: tuple[str, ...] | None = None
        for rule_id, verdict, *reason in fields.get("trace") or ():
            if verdict in (Verdict.GUARD_NO, Verdict.GUARD_UNKNOWN, Verdict.OTHERWISE):
                self.held_back.setdefault(rule_id, set()).add(Verdict(verdict))
            by_unknown = verdict == Verdict.OTHERWISE and reason and str(reason[0]).startswith(_OF_UNKNOWN)
            if verdict == Verdict.GUARD_UNKNOWN or by_unknown:
                if missing is None:
                    facts = fields.get("facts") or {}
                    known = fields.get("unknown") or (name for name, value in facts.items() if value is None)
                    missing = tuple(sorted(known))
                self.unknown[rule_id, missing] += 1

    def _waited(self, entry: Entry, live: _Live | None, now: float) -> None:
        """How long the event waited until it was decided."""
        if live is None:
            return
        came = self._reported(entry, live)
        if came is None:
            came = live.reported.pop(entry.event, None)
        if came is None and entry.event.startswith("#") and live.unnamed:
            came = live.unnamed.popleft()
        if came is not None:
            self.until_decided.add(now - came)

    def _reported(self, entry: Entry, live: _Live) -> float | None:
        """Note when events came; when the one came that the entry decides on, if it has only just come."""
        decided_on = None
        for happened in entry.fields.get("inputs") or ():
            if happened["input"] == "reported":
                at = live.began + happened["us"] / 1e6
                if "keys" not in happened and entry.kind == "decided":
                    decided_on = at
                elif happened["event"]:
                    live.reported[happened["event"]] = at
                else:
                    live.unnamed.append(at)
        return decided_on

    def _received(self, entry: Entry, time: Tally, live: _Live | None, now: float) -> None:
        fields = entry.fields
        status = fields["status"]
        self.verbs[fields["verb"], status, fields.get("reason") or ""] += 1
        if status not in _WENT_WELL:
            self._count(entry.at, time, "failed")
        sent = None if live is None else live.sent.pop(entry.step, None)
        if sent is not None:
            self.answers.add(now - sent)
            of = fields["rule"], fields["path"], fields["verb"]
            self.steps.setdefault(of, Durations()).add(now - sent)

    def _ran(self, fields: Mapping[str, Any]) -> None:
        if ".fail" in fields["path"]:
            self.branches.add(fields["rule"])

    def _ended(self, entry: Entry, now: float, live: _Live | None) -> None:
        if entry.fields.get("why"):
            self.ended[entry.fields["why"]] += 1
        if live is not None:
            self.call_length.add(now - live.opened)
            self.calls_of.update(live.rules)

    def _know(self, rule: Mapping[str, Any]) -> None:
        """The place where it stood last is the one that is told."""
        known = self.refs.get(rule["id"])
        if known is None or known.line != rule["line"] or known.file != rule["file"]:
            self.refs[rule["id"]] = RuleRef(rule["id"], rule["label"], rule["file"], rule["line"])

    def _stretch(self, at: str, revision: str | None) -> Stretch:
        """The one of a revision; of what is not about one, the last."""
        if not self.stretches:
            self.stretches.append(Stretch(revision or "", at))
        if revision is not None:
            for stretch in self.stretches[:-3:-1]:
                if stretch.revision == revision:
                    return stretch
        return self.stretches[-1]

    def _count(self, at: str, time: Tally, what: str) -> None:
        for tally in (self.totals, time, self._stretch(at, None).tally):
            setattr(tally, what, getattr(tally, what) + 1)
