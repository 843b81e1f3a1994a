"""A session of a call, as a journal tells it (`runtime/journal/reader.py`), as a recorded call."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flowrules.call.inputs import (
    AboutToSend,
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
)
from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.compiler.refs import RuleRef
from flowrules.recordings.call import NO_TIME, Handled, NotReplayed, Recorded, RecordedCall, Sent, Timed
from flowrules.runtime.journal.comparing import holds_mask
from flowrules.runtime.journal.input_json import input_of, moment_of, value_of
from flowrules.runtime.journal.reader import Entry
from flowrules.runtime.journal.setup_json import setup_of

OLDER = "an older version wrote it, which did not put on record what happens to a call"
BROKEN = "what happened to it can't be read"
MISSING = "lines of the journal are missing"
_KEPT = (BotFinished, BotSpeaking, CallerHeard, CallerSpeaking, Closed, Learned, PlayedOut, Reported, Stopped)
_BY_PROCESS = frozenset({"rules_changed", "failed"})
"""Inputs that tell of no caller, and that a replay does not need."""


def call_of(
    opening: Entry, entries: Sequence[Entry], decided_before: frozenset[str], origin: str, *, broken: bool
) -> Recorded:
    """`entries` are those of the session that follow `opening`. `broken`: some may be missing."""
    fields = opening.fields
    call_id = opening.call
    if "setup" not in fields:
        return NotReplayed(call_id, OLDER, _events(entries), origin)
    if broken:
        return NotReplayed(call_id, MISSING, _events(entries), origin)
    try:
        return _Session(opening, entries).call(decided_before, origin)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return NotReplayed(call_id, BROKEN, _events(entries), origin)


class _Session:
    """What is read of a session, entry by entry. Raises KeyError, ValueError, TypeError and AttributeError for what is
    none."""

    def __init__(self, opening: Entry, entries: Sequence[Entry]) -> None:
        self._opening = opening
        self._entries = entries
        self._began = self._now = datetime.fromisoformat(opening.fields["session"])
        self._inputs: list[Timed] = []
        self._left: dict[int, datetime] = {}
        """When requests went out, by the numbers of their steps."""
        self._answer: Answered | None = None
        """The last one."""
        self._before = self._began
        """When something else happened last: no later than that, a request was wanted of which no attempt left."""
        self._bodies: dict[tuple[str, ...], Any] = {}
        self._decided: dict[str, tuple[datetime, Entry]] = {}
        self._verbs: dict[str, list[Sent]] = {}
        self._outcomes: list[Sent] = []
        self._handled: list[Handled] = []
        self._over = ""
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
        return RecordedCall(
            self._opening.call,
            self._began,
            fields["facts"],
            tuple(self._inputs),
            self._now,
            tuple(self._outcomes),
            tuple(self._handled),
            self._over,
            origin,
            frozenset(self._masked),
            tuple(self._revisions),
            setup_of(told, lambda body: ""),
            told["unknown_ending"],
            told.get("unknown_to_host", False),
            decided_before,
        )

    # --- inside ---

    def _input(self, told: Mapping[str, Any], entry: Mapping[str, Any]) -> None:
        self._now = now = moment_of(told["us"], self._began)
        if told["input"] in _BY_PROCESS:
            if "revision" in told:
                self._revisions[str(told["revision"])] = None
            return
        received: Input = input_of(told, self._began, _no_rules, entry)
        if isinstance(received, AboutToSend):
            self._left[received.step] = now
        elif isinstance(received, Answered):
            self._answer = received
            return
        elif isinstance(received, _KEPT):
            self._inputs.append((now, received))
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
                self._bodies[entry.step] = fields.get("body")
            case "receipt" | "step":
                self._outcome(entry)
            case "closed":
                self._closed(entry)
            case "ended":
                self._over = str(fields["why"])

    def _outcome(self, entry: Entry) -> None:
        fields = entry.fields
        body = self._bodies.pop(entry.step, None)
        answer, self._answer = self._answer, None
        left, took = None, NO_TIME
        if answer is not None and entry.kind == "receipt":
            left = self._left.pop(answer.step, None)
            took = self._now - (left or self._before)
            receipt = answer.receipt
        else:
            receipt = _receipt(fields)
        if left is None and receipt.left:
            left = self._now
        event, rule, path = entry.step[2:]
        sent = Sent(str(fields["verb"]), receipt, event, rule, path, body, left, took)
        self._verbs.setdefault(event, []).append(sent)
        if entry.kind == "receipt" or receipt.left:
            self._outcomes.append(sent)

    def _closed(self, entry: Entry) -> None:
        at, decided = self._decided.pop(entry.event, (self._now, None))
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


def _events(entries: Sequence[Entry]) -> int:
    return sum(entry.kind == "decided" for entry in entries)


def _no_rules(revision: str) -> Any:
    raise ValueError("rules are not asked for")
