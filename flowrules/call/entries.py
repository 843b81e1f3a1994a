"""What a call puts on record. The journal writes these down (`runtime/recorder.py`)."""

from dataclasses import dataclass
from datetime import datetime

from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.compiler.refs import RuleRef
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.plan import Plan
from flowrules.engine.state import CallState


@dataclass(frozen=True, slots=True)
class Decided:
    """Which rules took an event, and what is to come of it. `state` is the call after the event was heard."""

    event: Event
    state: CallState
    decision: Decision
    plan: Plan


@dataclass(frozen=True, slots=True)
class CapDue:
    """A cap has run out: the plan closes the pair."""

    event_id: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Sending:
    """The intent. It is on record before the first byte of the request leaves."""

    event_id: str
    rule: RuleRef
    path: str
    request: VerbRequest
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """What became of an intent."""

    event_id: str
    rule: RuleRef
    path: str
    request: VerbRequest
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class NotSent:
    """A planned verb that did not come to be sent."""

    event_id: str
    rule: RuleRef
    path: str
    verb: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Settled:
    """An event, and all that it led to, is over."""

    outcome: EventOutcome


@dataclass(frozen=True, slots=True)
class Ended:
    """The call is over, and nothing more comes of it."""

    why: str


@dataclass(frozen=True, slots=True)
class Note:
    """Anything else worth keeping. It quotes nobody."""

    message: str


Entry = Decided | CapDue | Sending | Received | NotSent | Settled | Ended | Note
