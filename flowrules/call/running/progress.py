"""What is true of one plan while it runs, and what puts it on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from flowrules.call.call import Call, twin_of
from flowrules.call.effects import CallOff
from flowrules.call.entries import Note, NotSent
from flowrules.call.outcome import EventStatus, StepOutcome
from flowrules.call.receipt import Receipt
from flowrules.call.request import VerbRequest
from flowrules.call.running.pairs import OpenPair
from flowrules.call.running.position import Position
from flowrules.compiler.refs import RuleRef
from flowrules.engine.planning.plan import PlannedVerb
from flowrules.engine.planning.provisional import NOTHING, Provisional, taken_back
from flowrules.engine.state import use_limits


class Spent:
    """How many verbs an event has cost, with all that it led to; and whether all of that was stopped: then it leads to
    nothing more."""

    __slots__ = ("stopped", "verbs")

    def __init__(self, verbs: int = 0, *, stopped: bool = False) -> None:
        self.verbs = verbs
        self.stopped = stopped


@dataclass(eq=False)
class InFlight:
    """A request under way. `ready` is the step as it is sent. `looks`: the request is the question whether an ending
    verb before this step has acted. `voiced`: the host's own voice speaks it. `intended`: it is on record, or would be
    in a run that sends nothing."""

    number: int
    step: PlannedVerb
    ready: PlannedVerb
    request: VerbRequest
    deadline: datetime
    looks: bool = False
    voiced: bool = False
    intended: bool = False
    left_at: datetime | None = None
    objection: str = ""


class Waits(NamedTuple):
    """The plan waits until then, or for the bot's last word: `listens`."""

    until: datetime
    since: datetime
    listens: bool = False


class Progress:
    """Most of what it holds is immutable, so that a copy costs little.

    `urgent_rule`: the id of the urgent rule whose plan this is; '' for any other. `after_unknown`: this plan follows
    from one whose ending verb may have acted, so it may not end the call. `records_only`: the WebSocket is closed.
    """

    def __init__(
        self,
        call: Call,
        event_id: str,
        spent: Spent,
        urgent_rule: str,
        after_unknown: bool,
        records_only: bool,
    ) -> None:
        self.ruleset = call.ruleset
        self.event_id = event_id
        self.spent = spent
        self.urgent_rule = urgent_rule
        self.records_only = records_only
        self.status = EventStatus.DONE
        self.stopped = self.over = False
        self.why = ""
        """Why it was stopped."""
        self.closed_in_goodbye = False
        """The WebSocket closed while only its hangup was left: the call has ended as it was to end. What records belong
        to that are sent."""
        self.notes: tuple[str, ...] = ()
        """What its plan did not foresee, in sentences that quote nobody."""
        self.steps: tuple[StepOutcome, ...] = ()
        """In the order in which their fate was known."""
        self.waiting: InFlight | Waits | None = None
        self.interruptions = call.speech.interruptions
        """A caller who interrupts after this, even before the plan is made or while a record before the hangup is on
        the wire, drops it."""
        self.deadline = call.now + call.setup.limits.plan_deadline
        self.speech_since: datetime | None = None
        """Since when an ending verb waits for the bot's last word."""
        self.ending_unknown = after_unknown
        self.position = Position(())
        self.rule: RuleRef | None = None
        """Whose steps these are; None before the first."""
        self.cleans_up = False
        """These steps close a pair that the plan has opened; `rule` is the one that opened it."""
        self.part_rule = ""
        """The id of the rule whose run this is."""
        self.tried = self.counted = False
        """The run of a rule has come to a verb; it has counted against the rule's limits."""
        self.open_pairs: tuple[OpenPair, ...] = ()
        self.closed_caps: tuple[tuple[str, Mapping[str, object]], ...] = ()
        """Pairs with a cap that were to be closed before an ending verb, whatever became of that."""
        self.provisional: Provisional = NOTHING
        """What records have told for an ending that is still to come."""
        self._paths: frozenset[tuple[str, str]] = frozenset()
        """Rule and path of each request that was made: no two share a key."""

    def fork(self, spent: Spent) -> Self:
        twin = twin_of(self)
        twin.spent, twin.position = spent, self.position.fork()
        if isinstance(self.waiting, InFlight):
            twin.waiting = twin_of(self.waiting)
        return twin

    @property
    def _whose(self) -> RuleRef:
        assert self.rule is not None
        return self.rule

    @property
    def in_flight(self) -> bool:
        return type(self.waiting) is InFlight

    def stop(self, call: Call, why: str, status: EventStatus) -> None:
        """Drop what has not been sent. Only the first reason counts. A hangup that was interrupted raises an event;
        what else stops a plan stops all that led to it."""
        if self.stopped or self.over:
            return
        self.stopped, self.why, self.status = True, why, status
        self.spent.stopped = self.spent.stopped or status is not EventStatus.INTERRUPTED
        if isinstance(self.waiting, InFlight):
            call.do(CallOff(self.waiting.number))

    def note(self, call: Call, message: str) -> None:
        """`message` must not quote what somebody said."""
        self.notes += (message,)
        call.record(Note(f"{self.event_id}: {message}"))

    def _count_use(self, call: Call, at: datetime) -> None:
        """A run of a rule counts once against its limits: from when its first request left, or where it has no verb,
        when its part has come to its end. A cap is no run of its rule."""
        if not self.counted:
            self.counted = True
            call.state = use_limits(call.state, self.part_rule, at)

    def _take_back(self, call: Call) -> None:
        """The ending verb that records were moved before did not come about. Where the call goes on it is to know
        nothing of them; where it has ended all the same, they stand."""
        provisional, self.provisional = self.provisional, NOTHING
        if provisional and not call.over and self.status is not EventStatus.ENDED:
            before, call.state = call.state, taken_back(provisional, call.state)
            facts = [key for key in provisional if call.state.facts.get(key) != before.facts.get(key)]
            if facts:
                self.note(call, f"{', '.join(facts)}: as before again, for the ending did not come")

    def _not_sent(
        self,
        call: Call,
        rule: RuleRef,
        path: str,
        verb: str,
        receipt: Receipt,
        request: VerbRequest | None = None,
    ) -> None:
        """`request`: what would have been sent, in a run that sends nothing."""
        call.record(NotSent(self.event_id, rule, path, verb, receipt))
        self.steps += (StepOutcome(rule, path, verb, receipt, request),)
