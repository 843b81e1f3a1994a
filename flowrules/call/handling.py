"""One event, or one cap, from the decision to its outcome; and what an event would lead to now."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from flowrules.call.call import Call, twin_of
from flowrules.call.effects import LeftOut
from flowrules.call.entries import CapDue, Decided, Note
from flowrules.call.fact_limits import NO_ROOM
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.running.position import ends
from flowrules.call.running.progress import Spent
from flowrules.call.running.run import Run
from flowrules.compiler.refs import RuleRef
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.planning.plan import Plan, PlanPart
from flowrules.engine.planning.planner import make_closing, takes_time
from flowrules.engine.raised import hangup_interrupted, step_failed
from flowrules.engine.state import CallState, OpenCap, close_cap, forget
from flowrules.language.nodes import Rank

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


@dataclass(eq=False)
class Handling:
    """`ticket` as in Reported. `subject` is the event and the decision on it, or a cap that has run out, on which no
    rule decides; `state` and `now` are the call at that moment. `raised_by_another`: by the handling below it, which
    gets its outcome. `at_once`: its plan has nothing to send or to wait for."""

    ticket: int | None
    subject: tuple[Event, Decision] | OpenCap
    state: CallState
    now: datetime
    run: Run
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
        twin = twin_of(self)
        twin.run = self.run.fork(spent)
        return twin

    @property
    def decision(self) -> Decision | None:
        return None if isinstance(self.subject, OpenCap) else self.subject[1]

    def make_plan(self, call: Call) -> Plan:
        """A pair whose cap has run out is closed; the guard rails of that moment hold."""
        ruleset, cap = self.run.ruleset, self.subject
        if not isinstance(cap, OpenCap):
            return call.setup.make_plan(ruleset, cap[1], self.state)
        made = make_closing(ruleset, cap.verb, cap.body, _cap_path(cap), self.state, self.now)
        return Plan(ruleset.revision, (PlanPart(cap.rule, "cap", made.steps, rails=made.rails),), made.notes)

    def record(self, call: Call) -> None:
        """Put on record what it is about, and what is to come of it."""
        plan, subject = self.run.plan, self.subject
        if isinstance(subject, OpenCap):
            call.record(CapDue(self.run.event_id, plan))
        else:
            call.record(Decided(subject[0], self.state, subject[1], plan))

    @property
    def left_open(self) -> OpenCap | None:
        """The cap that this was to close, where an urgent rule has dropped that."""
        cap, run = self.subject, self.run
        if not isinstance(cap, OpenCap) or run.status is not EventStatus.PREEMPTED:
            return None
        closed = any(step.verb == cap.verb and step.receipt.went_well for step in run.steps)
        return None if closed else cap

    def ends(self, call: Call) -> bool:
        """Whether it ends the call, if all goes well."""
        if self.run.stopped or self.stage is Stage.RAISING:
            return False
        if self.stage is Stage.RUNNING:
            return self.run.ending_ahead()
        return _ends(self.make_plan(call) if self.stage is Stage.DECIDED else self.run.plan)

    def raises(self) -> tuple[Event, ...]:
        """The events that its plan, which is over, has led to in a call that goes on."""
        run, name = self.run, self.run.event_id
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
        failed = run.failures if run.failing is None else (*run.failures, run.failing)
        return tuple(step_failed(end.verb, end.reason) for end in failed)

    def outcome(self) -> EventOutcome:
        run, plan, decision = self.run, self.run.plan, self.decision
        notes = plan.notes + run.notes + self.notes
        return EventOutcome(
            run.event_id,
            run.status,
            plan.revision,
            tuple([(part.rule, part.outcome) for part in plan.parts]),
            run.steps,
            run.advise,
            self.raised,
            notes if decision is None else decision.notes + notes,
            stay_silent=run.stay_silent or any(one.stay_silent for one in self.raised),
            decision=decision,
        )


def handling_of(
    call: Call,
    event: Event,
    decision: Decision,
    ticket: int | None,
    raised_by: Handling | None,
    *,
    records_only: bool,
) -> Handling:
    """An event that rules have taken. `raised_by`: the handling that has led to it; they count as one."""
    owner = decision.owner
    run = Run(
        call,
        event.event_id,
        Spent() if raised_by is None else raised_by.run.spent,
        urgent_rule=owner.id if owner is not None and owner.rank is Rank.URGENT else "",
        after_unknown=raised_by is not None and call.unknown_ending,
        records_only=records_only,
    )
    return Handling(
        ticket,
        (event, decision),
        call.state,
        call.now,
        run,
        raised_by is not None,
        not takes_time(decision),
        MAX_CAUSES if raised_by is None else raised_by.causes - 1,
    )


def cap_handling(call: Call, cap: OpenCap) -> Handling:
    """A pair whose cap has run out is closed."""
    call.state = close_cap(call.state, cap.verb, cap.body)
    name = call.event_name(cap.event_id, f">{_cap_path(cap)}")
    return Handling(None, cap, call.state, call.now, Run(call, name, Spent()))


def let_in(call: Call, event: Event) -> Event:
    """A reported event, of which is kept what there is room for."""
    call.kept, left_out = call.kept.admit(event, call.ruleset)
    if not left_out:
        return event
    first = not call.kept.full
    if first:
        call.kept = call.kept._replace(full=True)
        call.record(Note(NO_ROOM))
    call.do(LeftOut(len(left_out), first))
    for name in left_out & call.state.facts.keys():
        call.state = forget(call.state, name)
    return event._replace(passing=event.passing | left_out)


def refused(event_id: str, status: EventStatus, note: str) -> EventOutcome:
    """The outcome of an event that was not decided."""
    return EventOutcome(event_id, status, notes=(note,))


def would_end(call: Call, event: Event) -> bool:
    """Whether the plan for an event would end the call, if it were decided now. Nothing is changed by asking."""
    state = apply_event(call.ruleset, call.state, event, call.now)
    decision = call.setup.decide(call.ruleset, event, state, call.now)
    return _ends(call.setup.make_plan(call.ruleset, decision, state))


def urgent_rule(call: Call, event: Event) -> tuple[RuleRef | None, bool]:
    """The urgent rule that would take an event, None where none would; and whether its plan ends the call."""
    if call.ruleset.urgent is None:
        return None, False
    state = apply_event(call.ruleset, call.state, event, call.now)
    owner = call.setup.decide(call.ruleset, event, state, call.now).owner
    if owner is None or owner.rank is not Rank.URGENT:
        return None, False
    return call.ruleset.ref(owner), would_end(call, event)


def _ends(plan: Plan) -> bool:
    return any(ends(part.steps) for part in plan.parts)


def _cap_path(cap: OpenCap) -> str:
    return f"{cap.path}.cap"
