"""What a call writes into the journal, entry by entry; without a journal, nothing."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol, assert_never

from flowrules.call.entries import (
    CapDue,
    Decided,
    Ended,
    Entry,
    Note,
    NotSent,
    Received,
    Sending,
    Settled,
)
from flowrules.call.inputs import AboutToSend, CallerHeard, Input
from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.call.setup import Setup
from flowrules.engine.event import Event
from flowrules.engine.state import CallState
from flowrules.runtime.journal.entry_json import (
    cap_due_shown,
    decided_said,
    decided_shown,
    fate_shown,
    request_shown,
    step_shown,
)
from flowrules.runtime.journal.input_json import IN_TIME, Timing, input_json
from flowrules.runtime.journal.masking import Cover, Masker, as_json
from flowrules.runtime.journal.open_calls import TELL_WHAT_IS_OPEN
from flowrules.runtime.journal.setup_json import setup_json

_NO_MESSAGE = as_json({"message": None})
_NOTHING_SAID = as_json({"advise": (), "notes": ()})
"""What most verbs' outcomes say, and most events'."""
_NOTHING_OPEN: Mapping[str, Any] = {}
"""What an entry tells of what is open, of a kind that tells nothing of it."""

MAX_INPUTS = 64
"""Inputs that are kept until an entry takes them along."""


class Pages(Protocol):
    """Where entries are written: a journal on a disk, or in memory."""

    @property
    def masker(self) -> Masker: ...

    def note_json(self, kind: str, *objects: bytes, about: Mapping[str, Any]) -> None: ...

    async def commit_json(
        self, kind: str, *objects: bytes, about: Mapping[str, Any], at_most: float | None = None
    ) -> None: ...


class Recorder:
    """One call's pen. An entry is the call's name, then what can be shown as it is, then what may quote somebody:
    that is masked with the cover of the event it belongs to; then `inputs`: what has happened to the call since the
    entry before."""

    __slots__ = (
        "_began", "_call", "_covers", "_decides_on", "_inputs", "_intent", "_journal", "_last_cover", "_names",
        "_state",
    )  # fmt: skip

    def __init__(self, journal: Pages | None, call_id: str, session_start: datetime) -> None:
        self._journal = journal
        self._call = b""
        self._names = {"call": call_id, "session": session_start.isoformat()}
        self._began = session_start
        self._state: CallState | None = None
        """The call at the last decision."""
        self._inputs: list[tuple[Input, datetime, str, Timing]] = []
        """What has happened since the last entry, when, and what the host had against a request."""
        self._decides_on: Mapping[str, Any] | None = None
        """What the event carries that the entry is about which is written at present."""
        self._covers: dict[str, Cover] = {}
        """Of the events that are under way, by their ids."""
        self._last_cover: Cover | None = None
        """That of the last decision: for what belongs to no event, or to one that is over."""
        self._intent: tuple[VerbRequest, bytes] | None = None
        """What the last intent was about, as its receipt will say again."""
        if journal is not None:
            self._call = as_json(self._names)

    @property
    def writes(self) -> bool:
        return self._journal is not None

    def opened(
        self,
        state: CallState,
        mode: str,
        revision: str,
        setup: Setup | None = None,
        *,
        agent_type: str = "agent",
        unknown_ending: bool = False,
        unknown_to_host: bool = False,
        decided_before: Collection[str] = (),
    ) -> None:
        """The call is taken over. `setup` and what follows is what its machine was made with; None: what happens to it
        is not written down."""
        if self._journal is None:
            return
        self._state = state
        cover = self._journal.masker.over(state.facts, state.sources)
        facts = {name: cover.fact(name, value) for name, value in state.facts.items()}
        shown: dict[str, Any] = {"mode": mode, "revision": revision, "facts": facts}
        if setup is not None:
            shown["setup"] = {
                **setup_json(setup),
                "agent_type": agent_type,
                "unknown_ending": unknown_ending,
                **({"unknown_to_host": True} if unknown_to_host else {}),
                "decided_before": len(decided_before),
            }
        self._note("call", shown)

    def took(self, received: Input, now: datetime, timing: Timing = IN_TIME) -> None:
        """Something has happened to the call: it is written down with the entry that follows."""
        if self._journal is None:
            return
        inputs = self._inputs
        if inputs and type(received) is CallerHeard and type(inputs[-1][0]) is CallerHeard:
            # A voice that goes on is told of many times a second. Nothing has come of the last time, or it would
            # have been written down.
            inputs.pop()
        inputs.append((received, now, "", timing))
        if len(inputs) >= MAX_INPUTS:
            self._note("input", {})

    def objected(self, why: str) -> None:
        """The host has something against the request that is about to be sent."""
        if self._inputs and isinstance(self._inputs[-1][0], AboutToSend):
            received, now, _, timing = self._inputs[-1]
            self._inputs[-1] = received, now, why, timing

    def write(self, entry: Entry) -> None:
        """An entry, which is on record soon. An intent whose request leaves this process is committed instead."""
        if self._journal is None:
            return
        match entry:
            case Decided(event, state, decision, plan):
                cover = self._last_cover = self._journal.masker.over(state.facts, state.sources, event)
                self._covers[event.event_id] = cover
                self._state = state
                self._decides_on = event.keys
                self._note("decided", decided_shown(entry), decided_said(cover, event.keys, decision, plan))
                self._decides_on = None
            case Settled(outcome):
                self._settled(outcome)
            case Sending():
                objects, about = self._intended(entry)
                self._journal.note_json("sending", *objects, about=about)
            case Received():
                self._received(entry)
            case NotSent(event_id, rule, path, verb, receipt):
                step = step_shown(event_id, rule, path, verb)
                self._note("step", {**step, **fate_shown(receipt)}, self._message(event_id, receipt))
            case CapDue(event_id):
                self._note("decided", cap_due_shown(self._cover(event_id), entry))
            case Ended(why):
                self._note("ended", {"why": why})
            case Note(message, event_id, rule):
                about = {} if rule is None else {"event": event_id, "rule": rule.id}
                self._note("note", {"message": message, **about})
            case _:
                assert_never(entry)

    async def commit(self, entry: Sending, at_most: float) -> None:
        """Put an intent on record before its request goes out, in so many seconds. Raises JournalError."""
        if self._journal is not None:
            objects, about = self._intended(entry)
            await self._journal.commit_json("sending", *objects, about=about, at_most=at_most)

    def note(self, message: str) -> None:
        """`message` must not quote what somebody said."""
        self.write(Note(message))

    # --- inside ---

    def _intended(self, entry: Sending) -> tuple[tuple[bytes, ...], dict[str, Any]]:
        step = request_shown(entry.event_id, entry.rule, entry.path, entry.request)
        self._intent = entry.request, step
        body = self._masked(entry.event_id, {"body": entry.request.body})
        return (self._call, step, body, self._taken()), self._about(entry)

    def _received(self, entry: Received) -> None:
        assert self._journal is not None
        intent, step = self._intent or (None, b"")
        self._intent = None
        if intent is not entry.request:
            step = request_shown(entry.event_id, entry.rule, entry.path, entry.request)
        fate = fate_shown(entry.receipt)
        self._journal.note_json(
            "receipt",
            self._call,
            step,
            as_json(fate),
            self._message(entry.event_id, entry.receipt),
            self._taken(),
            about={**self._about(entry), "status": fate["status"]},
        )

    def _settled(self, outcome: EventOutcome) -> None:
        notes = () if outcome.decision else outcome.notes
        said = _NOTHING_SAID
        if outcome.advise or notes:
            said = self._masked(outcome.event_id, {"advise": outcome.advise, "notes": notes})
        silent = b',"stay_silent":true' if outcome.stay_silent else b""
        shown = b'{"event":%b,"status":"%b"%b}' % (
            as_json(outcome.event_id),
            outcome.status.value.encode(),
            silent,
        )
        assert self._journal is not None
        self._journal.note_json("closed", self._call, shown, said, self._taken(), about=_NOTHING_OPEN)
        self._covers.pop(outcome.event_id, None)

    def _note(self, kind: str, shown: Mapping[str, Any], quoting: bytes = b"") -> None:
        assert self._journal is not None
        about = {**self._names, **shown} if kind in TELL_WHAT_IS_OPEN else shown
        self._journal.note_json(kind, self._call, as_json(shown), quoting, self._taken(), about=about)

    def _taken(self) -> bytes:
        """What has happened since the last entry."""
        if not self._inputs:
            return b""
        assert self._journal is not None
        taken, self._inputs = self._inputs, []
        told = [
            input_json(received, now, self._began, self._facts, self._quoted, objection, timing)
            for received, now, objection, timing in taken
        ]
        return b'{"inputs":[%b]}' % b",".join(told)

    def _facts(self, event: Event) -> dict[str, Any] | None:
        """What an event carries, masked as it will be where it is decided; None: it is decided in this entry."""
        assert self._journal is not None
        if event.keys is self._decides_on:
            return None
        known, sources = ({}, {}) if self._state is None else (self._state.facts, self._state.sources)
        cover = self._journal.masker.over(known, sources, event)
        named = cover.named(event.keys)
        if cover.clears(as_json(named)):
            return named
        return {name: cover.fact(name, value) for name, value in event.keys.items()}

    def _quoted(self, value: Any) -> Any:
        """What may quote anybody who was heard in an event that is under way; of a reply, what tells a fact of the
        call that the host wants masked, too."""
        assert self._journal is not None
        masker = self._journal.masker
        if isinstance(value, dict):
            value = {
                name: masker.digest(told) if masker.hides(f"call.{name}") else told
                for name, told in value.items()
            }
        data = as_json(value)
        covers = self._covers.values()
        for cover in covers if self._last_cover in covers else (*covers, self._last_cover):
            if cover is not None and not cover.clears(data):
                value = cover.any(value)
        return value

    def _about(self, entry: Sending | Received) -> dict[str, Any]:
        """What tells an intent from others."""
        request = entry.request
        step = step_shown(entry.event_id, entry.rule, entry.path, request.verb)
        by = {"by": "host"} if request.by_host else {}
        return {**self._names, **step, "key": request.key, **by}

    def _message(self, event_id: str, receipt: Receipt) -> bytes:
        return self._masked(event_id, {"message": receipt.message}) if receipt.message else _NO_MESSAGE

    def _masked(self, event_id: str, quotes: Mapping[str, Any]) -> bytes:
        cover = self._cover(event_id)
        return as_json(quotes) if cover is None else cover.json(quotes)

    def _cover(self, event_id: str) -> Cover | None:
        return self._covers.get(event_id, self._last_cover)
