"""A session of a call, as a journal tells it (`runtime/journal/reader.py`), as a recorded call."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flowrules.call.inputs import (
    Answered,
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Input,
    Learned,
    PlayedOut,
    Reported,
    Stopped,
    Woken,
)
from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.compiler.refs import RuleRef
from flowrules.recordings.call import (
    NO_TIME,
    RECORDED,
    UNANSWERED,
    Handled,
    NotReplayed,
    Recorded,
    RecordedCall,
    Sent,
    Timed,
)
from flowrules.recordings.journal_lines import Entry
from flowrules.recordings.pace import Beat, Pace
from flowrules.runtime.journal.input_json import input_of, moment_of, value_of
from flowrules.runtime.journal.replaying.comparing import holds_mask
from flowrules.runtime.journal.setup_json import setup_of

OLDER = "an older version wrote it, which did not put on record what happens to a call"
BROKEN = "what happened to it can't be read"
MISSING = "lines of the journal are missing"
_KEPT = (BotFinished, BotSpeaking, CallerHeard, CallerSpeaking, Closed, Learned, PlayedOut, Reported, Stopped)
FAILED = "flowrules itself has failed in it"


class _Failed(Exception):
    """What followed is of no rules' making."""


def call_of(
    opening: Entry,
    entries: Sequence[Entry],
    decided_before: frozenset[str],
    origin: str,
    *,
    broken: bool,
    done: bool,
) -> Recorded:
    """`entries` are those of the session that follow `opening`. `broken`: some may be missing. `done`: it is told
    what was done, too."""
    fields = opening.fields
    call_id = opening.call
    if "setup" not in fields:
        return NotReplayed(call_id, OLDER, _events(entries), origin)
    if broken:
        return NotReplayed(call_id, MISSING, _events(entries), origin)
    try:
        return _Session(opening, entries, done=done).call(decided_before, origin)
    except _Failed:
        return NotReplayed(call_id, FAILED, _events(entries), origin)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return NotReplayed(call_id, BROKEN, _events(entries), origin)


class _Asked(NamedTuple):
    """An attempt that was about to leave; `since`: when its request was wanted."""

    since: datetime
    beat: Beat
    by_host: bool
    """The host has something against it."""


class _Answer(NamedTuple):
    """`place` as in Beat."""

    received: Answered
    since: datetime
    place: int


class _Session:
    """What is read of a session, entry by entry. Raises KeyError, ValueError, TypeError and AttributeError for what is
    none."""

    def __init__(self, opening: Entry, entries: Sequence[Entry], *, done: bool) -> None:
        self._opening = opening
        self._done = done
        self._entries = entries
        self._began = self._now = datetime.fromisoformat(opening.fields["session"])
        self._inputs: list[Timed] = []
        self._place = 0
        self._places: list[int] = []
        self._woken: dict[datetime, list[Beat]] = {}
        self._overdue: dict[datetime, Beat] = {}
        self._continued: dict[datetime, list[Beat]] = {}
        self._edits: list[tuple[Beat, str]] = []
        self._asked: dict[int, list[_Asked]] = {}
        """The attempts of each request, by the numbers of their steps."""
        self._answer: _Answer | None = None
        """One that came since the last entry."""
        self._intent: Entry | None = None
        """Of a request that has no answer yet."""
        self._before = self._began
        """When something else happened last."""
        self._decided: dict[str, tuple[datetime, Entry]] = {}
        self._verbs: dict[str, list[Sent]] = {}
        self._outcomes: list[Sent] = []
        self._handled: list[Handled] = []
        self._settled: set[str] = set()
        """Events that are over."""
        self._over = ""
        self._under_way: frozenset[str] = frozenset()
        self._known_until: datetime | None = None
        self._masked: set[str] = set()
        self._revisions: dict[str, None] = {str(opening.fields["revision"]): None}

    def call(self, decided_before: frozenset[str], origin: str) -> RecordedCall:
        fields = self._opening.fields
        told = fields["setup"]
        self._note_masks(fields["facts"])
        for entry in self._entries:
            for one in entry.fields.get("inputs", ()):
                self._input(one, entry.fields)
            self._entry(entry)
        if not self._over:
            self._note_the_end()
        return RecordedCall(
            self._opening.call,
            self._began,
            fields["facts"],
            tuple(self._inputs),
            self._now,
            tuple(self._outcomes),
            tuple(self._handled) if self._done else None,
            self._over,
            origin,
            frozenset(self._masked),
            tuple(self._revisions),
            setup_of(told, RECORDED.objection),
            told["unknown_ending"],
            told.get("unknown_to_host", False),
            decided_before,
            Pace(tuple(self._places), self._woken, self._overdue, self._continued, tuple(self._edits)),
            self._under_way,
            self._known_until,
        )

    # --- inside ---

    def _input(self, told: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        began, kind = self._began, told["input"]
        self._now = now = moment_of(told["us"], began)
        beat = Beat(now, self._place)
        self._place += 1
        if "overdue" in told:
            self._overdue[moment_of(told["overdue"], began)] = beat
        # Before `since` was on record: no later than what came before.
        since = moment_of(told["since"], began) if "since" in told else self._before
        if kind == "continued":
            self._continued.setdefault(since, []).append(beat)
            self._before = now
            return
        if kind == "about_to_send":
            self._asked.setdefault(told["step"], []).append(_Asked(since, beat, "objection" in told))
            return
        if kind == "rules_changed":
            revision = str(told["revision"])
            self._revisions[revision] = None
            self._edits.append((beat, revision))
            self._before = now
            return
        if kind == "failed":
            raise _Failed
        received: Input = input_of(told, began, _no_rules, entry)
        match received:
            case Answered():
                if received.broken:
                    raise _Failed
                self._answer = _Answer(received, since, beat.place)
                self._before = now
                return
            case Woken(when):
                self._woken.setdefault(when, []).append(beat)
            case _:
                assert isinstance(received, _KEPT)
                self._inputs.append((now, received))
                self._places.append(beat.place)
                if isinstance(received, Reported):
                    self._note_masks(received.event.keys)
                elif isinstance(received, Learned):
                    self._note_masks(received.facts)
        self._before = now

    def _entry(self, entry: Entry) -> None:
        fields = entry.fields
        match entry.kind:
            case "decided":
                self._decided[entry.event] = self._now, entry
                if "revision" in fields:
                    self._revisions[str(fields["revision"])] = None
            case "sending":
                self._intent = entry
            case "receipt" | "step":
                self._outcome(entry)
            case "closed":
                self._closed(entry)
            case "ended":
                self._over = str(fields["why"])
        if entry.kind != "input":
            self._answer = None

    def _outcome(self, entry: Entry) -> None:
        body = None
        if self._intent is not None and self._intent.step == entry.step:
            body, self._intent = self._intent.fields.get("body"), None
        answer = self._answer
        if answer is not None and entry.kind == "receipt":
            receipt = answer.received.receipt
        else:
            receipt = _receipt(entry.fields)
            if answer is not None and not _tells(receipt, answer.received.receipt):
                answer = None  # It was that of a request whose plan is gone.
        sent = self._sent(entry, receipt, body, answer, self._now)
        if self._done:
            self._verbs.setdefault(sent.event_id, []).append(sent)
        if answer is not None or entry.kind == "receipt" or receipt.left:
            self._outcomes.append(sent)

    def _sent(
        self, entry: Entry, receipt: Receipt, body: Any, answer: "_Answer | None", at: datetime
    ) -> Sent:
        asked = () if answer is None else tuple(self._asked.pop(answer.received.step, ()))
        left = None
        if receipt.left:
            left = asked[0].beat.at if asked else at
        event, rule, path = entry.step[2:]
        return Sent(
            str(entry.fields["verb"]),
            receipt,
            event,
            rule,
            path,
            body,
            left,
            NO_TIME if answer is None else at - answer.since,
            tuple([(one.beat.at - one.since, one.beat.place) for one in asked]),
            0 if answer is None else answer.place,
            bool(asked) and left is None and receipt.reason is Reason.FORBIDDEN and not asked[-1].by_host,
        )

    def _note_the_end(self) -> None:
        """The recording is cut off. What was under way then goes on behind its end."""
        intent = self._intent
        if intent is not None and self._asked:
            step, asked = self._asked.popitem()
            self._asked = {step: asked}
            answer = _Answer(Answered(step, UNANSWERED), asked[0].since, self._place)
            behind = max(self._now, asked[-1].beat.at) + timedelta(microseconds=1)
            body = intent.fields.get("body")
            self._outcomes.append(self._sent(intent, UNANSWERED, body, answer, behind))
        begun = {name: at for name, (at, _) in self._decided.items()}
        reports = 0
        for at, received in self._inputs:
            if isinstance(received, Reported):
                reports += 1
                name = received.event.event_id or f"#{reports}"
                if name not in self._settled:
                    begun[name] = min(at, begun.get(name, at))
        self._under_way = frozenset(begun)
        self._known_until = min([self._now, *begun.values()])

    def _closed(self, entry: Entry) -> None:
        at, decided = self._decided.pop(entry.event, (self._now, None))
        self._settled.add(entry.event)
        if not self._done:
            return
        fields: Mapping[str, Any] = {} if decided is None else decided.fields
        self._handled.append(
            Handled(
                entry.event,
                at,
                {name: value_of(value) for name, value in (fields.get("keys") or {}).items()},
                tuple(
                    (RuleRef(rule["id"], rule["label"], rule["file"], rule["line"]), rule["outcome"])
                    for rule in fields.get("rules") or ()
                ),
                tuple(self._verbs.pop(entry.event, ())),
                str(entry.fields["status"]),
                fields.get("timer") or "",
                tuple(entry.fields.get("advise") or ()),
                entry.fields.get("stay_silent") is True,
            )
        )

    def _note_masks(self, facts: Mapping[str, Any]) -> None:
        self._masked.update(name for name, value in facts.items() if holds_mask(value))


def _receipt(fields: Mapping[str, Any]) -> Receipt:
    reason = fields.get("reason")
    return Receipt(
        Status(fields["status"]),
        None if reason is None else Reason(reason),
        fields.get("http_status"),
        fields.get("code") or "",
        fields.get("message") or "",
        attempts=fields.get("attempts") or 0,
        may_have_acted=fields.get("may_have_acted", False),
    )


def _tells(receipt: Receipt, answer: Receipt) -> bool:
    """Whether a step that was never sent has this answer: its own, or what guard rails or the host had against it."""
    return receipt.reason is Reason.FORBIDDEN or (receipt.status, receipt.reason) == (
        answer.status,
        answer.reason,
    )


def _events(entries: Sequence[Entry]) -> int:
    return sum(entry.kind == "decided" for entry in entries)


def _no_rules(revision: str) -> Any:
    raise ValueError("rules are not asked for")
