"""What a call wants done. Its driver performs these in order. Tuples, since every event makes some."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flowrules.call.entries import Entry
from flowrules.call.outcome import EventOutcome
from flowrules.call.request import VerbRequest
from flowrules.engine.planning.plan import PlannedStep


class Record(NamedTuple):
    """Put this on record. A Sending entry has to be safe on the disk before the driver goes on with what follows."""

    entry: Entry


class Send(NamedTuple):
    """Send a request and repeat it where that can't do harm, until `deadline`. Each attempt is announced
    (`AboutToSend`) right before it leaves; the end is `Answered`, exactly once. `event_id`: what leads to it."""

    step: int
    request: VerbRequest
    deadline: datetime
    event_id: str


class MaySend(NamedTuple):
    """Whether the attempt that was announced may leave. If not, the request is given up."""

    step: int
    allowed: bool


class CallOff(NamedTuple):
    """Send nothing more of this request. What is on the wire is awaited, and answered."""

    step: int


class WakeAt(NamedTuple):
    """Say Woken at this time, not earlier; None: there is nothing to wait for. The latest one counts."""

    when: datetime | None


@dataclass(frozen=True, slots=True)
class Defer:
    """Say Continued, soon: between two pieces of work others have a turn."""


class Ran(NamedTuple):
    """A step of a plan has been dealt with. `reason`: why it failed, None where it went well; `sent`: a request went
    out for it, or would have in a run that sends nothing."""

    event_id: str
    step: PlannedStep
    reason: str | None = None
    sent: bool = False


class LeftOut(NamedTuple):
    """So many facts of an event are not kept: there is no room for them. `first`: it is the first time."""

    facts: int
    first: bool = False


class Tell(NamedTuple):
    """The outcome of an event: for whoever reported it under this ticket; None: time has set it off."""

    ticket: int | None
    outcome: EventOutcome


class Bug(NamedTuple):
    """flowrules itself has failed; the call goes on. `where` names the place for a log."""

    where: str
    error: Exception


Effect = Record | Send | MaySend | CallOff | WakeAt | Defer | Ran | LeftOut | Tell | Bug
