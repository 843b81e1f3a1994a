"""What a call puts on record. The journal writes these down (`runtime/calls/recorder.py`)."""

from datetime import datetime
from typing import NamedTuple

from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.compiler.refs import RuleRef
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.planning.plan import Plan
from flowrules.engine.state import CallState


class Decided(NamedTuple):
    """Which rules took an event, and what is to come of it. `state` is the call after the event was heard."""

    event: Event
    state: CallState
    decision: Decision
    plan: Plan


class CapDue(NamedTuple):
    """A cap has run out: the plan closes the pair."""

    event_id: str
    plan: Plan


class Sending(NamedTuple):
    """The intent. It is on record before the first byte of the request leaves."""

    event_id: str
    rule: RuleRef
    path: str
    request: VerbRequest
    deadline: datetime


class Received(NamedTuple):
    """What became of an intent."""

    event_id: str
    rule: RuleRef
    path: str
    request: VerbRequest
    receipt: Receipt


class NotSent(NamedTuple):
    """A planned verb that did not come to be sent."""

    event_id: str
    rule: RuleRef
    path: str
    verb: str
    receipt: Receipt


class Settled(NamedTuple):
    """An event, and all that it led to, is over."""

    outcome: EventOutcome


class Ended(NamedTuple):
    """The call is over, and nothing more comes of it."""

    why: str


class Note(NamedTuple):
    """Anything else worth keeping. It quotes nobody. `event_id` and `rule` name what it is about, where it is about an
    event and a rule."""

    message: str
    event_id: str = ""
    rule: RuleRef | None = None


Entry = Decided | CapDue | Sending | Received | NotSent | Settled | Ended | Note
