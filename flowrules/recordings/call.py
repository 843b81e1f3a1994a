"""A recorded call: what happened to it, what the platform answered, and what was done. Every reader of recordings makes
it, and `flowrules.replaying` plays it again.

What happened to a call are inputs of the call machine (`call/inputs.py`). Left out are those that follow from the rules
themselves: that time has come, that a request may leave, what became of it. A replay makes these anew, for other rules
send other verbs and wait for other times.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flowrules.call.inputs import (
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Learned,
    PlayedOut,
    Reported,
    Stopped,
)
from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.call.setup import Setup
from flowrules.compiler.refs import RuleRef
from flowrules.language.values import Value
from flowrules.recordings.pace import EVEN, Pace

RecordedInput = (
    Reported
    | Learned
    | BotSpeaking
    | BotFinished
    | PlayedOut
    | CallerSpeaking
    | CallerHeard
    | Closed
    | Stopped
)
"""An event is `Reported(ticket, event, digest)`: tickets are 1, 2, … within the call, `digest` is '' for an event that
came without an id (`repeats.digest` makes it otherwise). `Closed` takes the next ticket."""

Timed = tuple[datetime, RecordedInput]
"""When it came, and what it was. The time is aware of its zone."""

NO_TIME = timedelta()
UNANSWERED = Receipt(Status.UNKNOWN, Reason.TIMEOUT, message="the recording ends before the answer")
"""What stands in a recording for an answer that came after its end, if one came."""
RECORDED = Setup(sends=False)
"""What a call was set up with, where the recording does not say: as by default."""


class Sent(NamedTuple):
    """A verb that was dealt with, and what became of it.

    `event_id`, `rule` (its id) and `path` say what it was sent for; '' where the recording does not. `body` is the JSON
    that was sent, None where it is not on record. `left`: when its request went out, None: it never did. `took`: how
    long the answer took, from when the request was wanted. `asked`: how long after that each attempt was about to
    leave, and its number among all that came in the call; none: at once. `place`: that of the answer."""

    verb: str
    receipt: Receipt
    event_id: str = ""
    rule: str = ""
    path: str = ""
    body: Mapping[str, Any] | None = None
    left: datetime | None = None
    took: timedelta = NO_TIME
    asked: tuple[tuple[timedelta, int], ...] = ()
    place: int = 0
    held_back: bool = False
    """A guard rail held it back in the last moment."""


class Handled(NamedTuple):
    """One event, timer or cap, and what was done for it. `rules`: those that took it, each with `fired`, `otherwise` or
    `cap`, the owner last. `verbs`: in the order in which their fate was known. `status`: of `EventStatus`, as text."""

    event_id: str
    at: datetime
    keys: Mapping[str, Value]
    rules: tuple[tuple[RuleRef, str], ...] = ()
    verbs: tuple[Sent, ...] = ()
    status: str = "done"
    timer: str = ""
    """The key of the timer that set it off; '' for what was reported or raised."""
    advise: tuple[str, ...] | None = None
    """What the model was told for its next turn; None: not on record."""
    stay_silent: bool | None = None
    """Whether the model was not to answer; None: not on record."""


class RecordedCall(NamedTuple):
    """One call. `facts` is what the platform's metadata said when it began, nested or dotted. `inputs` are in the order
    of their times. `until`: the last moment that the recording speaks of. `outcomes`: every verb that went out, or was
    refused before, in order. `origin`: where it stands, for people (`calls.jsonl, line 4`).

    `happened`: what was done, event by event; None where the recording does not say. `over`: why the AI's session
    ended. `masked`: facts whose values the recording hides. `revisions`: the rules that it was decided by.
    """

    call_id: str
    started: datetime
    facts: Mapping[str, object]
    inputs: tuple[Timed, ...]
    until: datetime
    outcomes: tuple[Sent, ...] = ()
    happened: tuple[Handled, ...] | None = None
    over: str = ""
    origin: str = ""
    masked: frozenset[str] = frozenset()
    revisions: tuple[str, ...] = ()
    setup: Setup = RECORDED
    unknown_ending: bool = False
    """An ending verb of an earlier process may have acted."""
    unknown_to_host: bool = False
    decided_before: frozenset[str] = frozenset()
    """The digests of events that an earlier process decided."""
    pace: Pace = EVEN
    under_way: frozenset[str] = frozenset()
    """The ids of events that had begun, and were not over, where the recording ends."""
    known_until: datetime | None = None
    """From then on the recording does not say all that was done: what was under way at its end had begun. None: it says
    all."""

    @property
    def events(self) -> int:
        """How many events were reported."""
        return sum(type(received) is Reported for _, received in self.inputs)


class NotReplayed(NamedTuple):
    """A call that can't be played again, with so many events. `reason` is a sentence without names and numbers of this
    one call, so that calls can be counted by it."""

    call_id: str
    reason: str
    events: int = 0
    origin: str = ""


Recorded = RecordedCall | NotReplayed
"""What a reader yields: every call is one of these, none is dropped."""
