"""One event, or one cap, from the decision to its outcome."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from flowrules.call.entries import CapDue, Decided
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.run import Run
from flowrules.call.spent import Spent
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.plan import Plan
from flowrules.engine.raised import hangup_interrupted, step_failed
from flowrules.engine.state import OpenCap

MAX_CAUSES = 3
"""How many events may raise one another before the chain is cut."""


_RAISES_NOTHING = (EventStatus.PREEMPTED, EventStatus.ENDED, EventStatus.BROKEN)


class Stage(Enum):
    """How far it has come. The plan is made, and put on record, in steps of their own: only the decision is made in the
    step in which an event is reported, for that is the host's."""

    DECIDED = auto()
    PLANNED = auto()
    RUNNING = auto()
    RAISING = auto()
    """Its plan is over; what it raised is handled."""


@dataclass(slots=True, eq=False)
class Handling:
    """`ticket` as in Reported. `raised_by_another`: by the handling below it, which gets its outcome. `decision` is
    None for a cap, which `cap` is: no rule decided on it. `at_once`: its plan has nothing to send or to wait for."""

    ticket: int | None
    event_id: str
    run: Run
    make_plan: Callable[[], Plan]
    entry: Callable[[Plan], Decided | CapDue]
    decision: Decision | None = None
    cap: OpenCap | None = None
    raised_by_another: bool = False
    at_once: bool = False
    causes: int = MAX_CAUSES
    stage: Stage = Stage.DECIDED
    to_raise: tuple[Event, ...] = ()
    raised: tuple[EventOutcome, ...] = ()
    notes: tuple[str, ...] = ()
    suspended_at: datetime | None = None
    """Since when another has its turn before it."""

    def fork(self, spent: Spent) -> "Handling":
        return replace(self, run=self.run.fork(spent))

    @property
    def plan(self) -> Plan:
        return self.run.plan

    @property
    def left_open(self) -> OpenCap | None:
        """The cap that this was to close, where an urgent rule has dropped that."""
        closed = (
            any(step.verb == self.cap.verb and step.receipt.went_well for step in self.run.steps)
            if self.cap
            else True
        )
        return None if closed or self.run.status is not EventStatus.PREEMPTED else self.cap

    def draft(self) -> Plan:
        """The plan as it is, or would be made now."""
        return self.make_plan() if self.stage is Stage.DECIDED else self.run.plan

    def raises(self) -> tuple[Event, ...]:
        """The events that its plan, which is over, has led to in a call that goes on."""
        run, name = self.run, self.event_id
        if run.status in _RAISES_NOTHING:
            return ()
        if run.status is EventStatus.INTERRUPTED:
            return (hangup_interrupted(f"{name}>interrupted"),)
        return tuple(
            step_failed(end.verb, end.reason, f"{name}>failed{number}")
            for number, end in enumerate(run.failures, start=1)
        )

    def still_to_raise(self) -> tuple[Event, ...]:
        """The events that it will lead to, as far as can be told."""
        run = self.run
        if run.spent.stopped:
            return ()
        if self.stage is Stage.RAISING:
            return self.to_raise
        failing = run.failing
        failed = (*run.failures, failing) if failing is not None else run.failures
        return tuple(step_failed(end.verb, end.reason) for end in failed)

    def outcome(self) -> EventOutcome:
        run, decision = self.run, self.decision
        return EventOutcome(
            self.event_id,
            run.status,
            run.plan.revision,
            tuple((part.rule, part.outcome) for part in run.plan.parts),
            tuple(run.steps),
            tuple(run.advise),
            self.raised,
            (*(decision.notes if decision is not None else ()), *run.plan.notes, *run.notes, *self.notes),
            decision=decision,
        )


def refused(event_id: str, status: EventStatus, note: str) -> EventOutcome:
    """The outcome of an event that was not decided."""
    return EventOutcome(event_id, status, notes=(note,))
