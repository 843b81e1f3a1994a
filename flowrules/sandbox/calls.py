"""A call as the platform sees it, and what each verb does to it."""

import asyncio
import uuid
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from flowrules.sandbox.clock import iso
from flowrules.sandbox.limits import Limiter
from flowrules.verbs import call as on_call
from flowrules.verbs import conference as on_conference
from flowrules.verbs import lead as on_lead
from flowrules.verbs.model import Verb


def new_id() -> str:
    """An id that nothing else has, and nobody can guess."""
    return uuid.uuid4().hex


@dataclass(slots=True)
class CallState:
    """What the platform believes of the call: the reply to `get_call_state`."""

    on_hold: bool = False
    muted: bool = False
    agent_muted: bool = False
    recording: str = "on"
    in_conference: bool = False
    conference_id: str | None = None
    members: dict[str, str] = field(default_factory=dict)
    """Member id → destination."""
    monitoring: dict[str, str] = field(default_factory=dict)
    """Target call id → mode."""
    supervisor_requested: str | None = None
    disposition: str | None = None
    notes: str | None = None
    lead_status: str | None = None
    lead_fields: dict[str, Any] = field(default_factory=dict)
    callback: dict[str, Any] | None = None
    logs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Call:
    """An AI session. `metadata` is the first frame's data without the token; `outcome` is None while it lives."""

    call_id: str
    session_id: str
    tenant: str
    voice_agent_id: str
    token_lifetime: str
    metadata: dict[str, Any]
    started_at: float
    limiter: Limiter
    state: CallState = field(default_factory=CallState)
    outcome: str | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    ended_at: float | None = None
    tokens_issued: int = 0
    frames_sent: list[str] = field(default_factory=list)
    """The kinds of the text frames that went to the agent, in order."""
    cached: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    """Idempotency key → the body of the first answer."""
    new_id: Callable[[], str] = field(default=new_id, repr=False)
    """Names its conference and the members of it."""

    @property
    def ended(self) -> bool:
        return self.outcome is not None

    def end(self, outcome: str, now: float) -> None:
        self.outcome, self.ended_at = outcome, now
        self.over.set()

    def describe(self) -> dict[str, Any]:
        """The call's state as JSON."""
        state = {name: getattr(self.state, name) for name in CallState.__slots__}
        copied = {name: copy(value) for name, value in state.items()}
        return {"status": "ended" if self.ended else "active", "outcome": self.outcome, **copied}

    def as_session(self) -> dict[str, Any]:
        """A row of `GET /api/v1/ai-sessions`."""
        return {
            "id": self.session_id,
            "call_id": self.call_id,
            "tenant_id": self.tenant,
            "voice_agent_id": self.voice_agent_id,
            "started_at": iso(self.started_at),
            "ended_at": None if self.ended_at is None else iso(self.ended_at),
            "outcome": self.outcome,
            "disposition": self.state.disposition,
            "metadata": {"logs": self.state.logs},
        }


@dataclass(frozen=True, slots=True)
class Done:
    """A verb was carried out: the reply's `result`, and the outcome where it ended the AI's session."""

    result: dict[str, Any] = field(default_factory=dict)
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class NotDone:
    """The call's state does not allow the verb."""

    status: int
    code: str
    message: str


def act(call: Call, verb: Verb, *, leave_ends: bool) -> Done | NotDone:
    """Carry a verb out on a live call."""
    state = call.state
    match verb:
        case on_call.Transfer():
            return Done(outcome=f"transferred_{verb.destination_type}")
        case on_call.Hangup():
            return Done(outcome="hangup")
        case on_call.Log():
            state.logs.append(verb.metadata)
        case on_call.Mute(target="caller"):
            state.muted = True
        case on_call.Mute():
            state.agent_muted = True
        case on_call.Unmute(target="caller"):
            state.muted = False
        case on_call.Unmute():
            state.agent_muted = False
        case on_call.Hold():
            state.on_hold = True
        case on_call.Unhold():
            state.on_hold = False
        case on_call.SendDtmf() | on_call.PlayAudio():
            pass
        case on_call.SetDisposition():
            state.disposition, state.notes = verb.disposition, verb.notes
        case on_call.RecordingPause():
            state.recording = "paused"
        case on_call.RecordingResume():
            state.recording = "on"
        case on_call.GetCallState():
            return Done(call.describe())
        case on_lead.SetLeadField():
            state.lead_fields[verb.field] = verb.value
        case on_lead.SetLeadStatus():
            state.lead_status = verb.status
        case on_lead.ScheduleCallback():
            state.callback = {k: v for k, v in verb.body().items() if k != "event"}
        case _:
            return _confer(call, verb, leave_ends=leave_ends)
    return Done()


def _confer(call: Call, verb: Verb, *, leave_ends: bool) -> Done | NotDone:
    state = call.state
    match verb:
        case on_conference.ConferenceStart():
            return Done({"conference_id": _conference(call)})
        case on_conference.ConferenceAdd():
            # No page says that conference_start must come first: adding somebody opens the conference.
            member = f"mem_{call.new_id()[:12]}"
            state.members[member] = verb.destination
            return Done({"conference_id": _conference(call), "member_id": member})
        case on_conference.ConferenceRemove():
            if state.members.pop(verb.member_id, None) is None:
                return NotDone(404, "member_not_found", "No such member in this call's conference")
            return Done({"conference_id": state.conference_id})
        case on_conference.ConferenceLeave():
            state.in_conference = False
            return Done(outcome="conference_left" if leave_ends else None)
        case on_conference.RequestSupervisor():
            state.supervisor_requested = verb.urgency
        case on_conference.MonitorStart():
            state.monitoring[verb.target_call_id] = verb.mode
        case on_conference.Whisper() | on_conference.Barge() | on_conference.MonitorStop():
            if verb.target_call_id not in state.monitoring:
                return NotDone(
                    403, "conference_membership_required", "Call monitor_start on the target first"
                )
            if isinstance(verb, on_conference.MonitorStop):
                del state.monitoring[verb.target_call_id]
        case _:
            raise LookupError(f"the sandbox does not know what {verb.event} does")
    return Done()


def _conference(call: Call) -> str:
    state = call.state
    if state.conference_id is None or not state.in_conference:
        state.conference_id, state.in_conference = f"conf_{call.new_id()[:12]}", True
    return state.conference_id
