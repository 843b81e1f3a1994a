"""One event after the other: heard, decided, planned, carried out, with all that it led to."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from flowrules.call.fact_limits import NO_ROOM
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.compiler.ruleset import RuleSet
from flowrules.control.clock import give_way
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.hear import hear
from flowrules.engine.plan import Plan, PlanPart
from flowrules.engine.planner import make_closing, make_plan, takes_time
from flowrules.engine.raised import hangup_interrupted, step_failed
from flowrules.engine.state import close_cap, forget
from flowrules.engine.timers import after_reload, due, next_due
from flowrules.engine.utterance import note_set_off
from flowrules.language.nodes import Rank
from flowrules.runtime.call import LiveCall
from flowrules.runtime.caps import OpenCap
from flowrules.runtime.ending import ends
from flowrules.runtime.executor import PlanRun, Spent
from flowrules.runtime.log import Log

MAX_CAUSES = 3
"""How many events may raise one another before the chain is cut."""

_RAISES_NOTHING = (EventStatus.PREEMPTED, EventStatus.ENDED, EventStatus.BROKEN)
_log = Log(__name__)


class Decided(NamedTuple):
    """An event, or a cap that is due, and what is still to be done about it: to make the plan, to put it on record and
    to run it. Only the decision is made in the step in which an event is reported, for that is the host's.

    `decision` is None for a cap: no rule decided on it; `run` is None where no rule took the event. `takes_time`:
    there may be something to send or to wait for.
    """

    event_id: str
    decision: Decision | None
    make_plan: Callable[[], Plan]
    record: Callable[[Plan], None]
    run: PlanRun | None
    takes_time: bool


class Conductor:
    """Plays a call's events. Whoever calls sees to it that one is played at a time.

    `running` is the plan that is under way, from the moment it is decided.
    """

    __slots__ = ("_call", "_last_rules", "_rules", "_trace", "running")

    def __init__(self, call: LiveCall, rules: Callable[[], RuleSet], *, trace: bool) -> None:
        self.running: PlanRun | None = None
        self._call = call
        self._rules = rules
        self._trace = trace
        self._last_rules: RuleSet | None = None

    def take(
        self,
        event: Event,
        *,
        spent: Spent | None = None,
        after_unknown: bool = False,
        records_only: bool = False,
    ) -> Decided:
        """Hear an event and decide on it, by the rules of this moment. The rest as for PlanRun."""
        call, ruleset, now = self._call, self._current_rules(), self._call.now()
        if not event.reported:
            event = event._replace(event_id=call.event_name(event.event_id))
        else:
            event = self._let_in(event, ruleset)
        call.state = hear(ruleset, call.state, event, now)
        decision = decide(ruleset, event, call.state, now, trace=self._trace)
        call.state = note_set_off(call.state, event, (rule for rule, _ in decision.parts))
        if event.timer:
            call.house.counters.add("timers")
        if decision.parts:
            call.house.counters.add("events_matched")
            self.running = PlanRun(
                call,
                ruleset,
                event.event_id,
                spent or Spent(),
                draft=partial(make_plan, ruleset, decision, call.state),
                urgent_rule=_urgent(decision),
                after_unknown=after_unknown,
                records_only=records_only,
            )
        return Decided(
            event.event_id,
            decision,
            partial(make_plan, ruleset, decision, call.state),
            partial(call.recorder.decided, event, call.state, decision),
            self.running,
            takes_time(decision),
        )

    def take_cap(self, cap: OpenCap) -> Decided:
        """Take what closes a pair whose cap has run out. The guard rails of this moment hold."""
        call, ruleset = self._call, self._current_rules()
        call.state = close_cap(call.state, cap.verb, cap.body)
        state, now = call.state, call.now()
        path = f"{cap.path}.cap"
        event_id = call.event_name(cap.event_id, f">{path}")

        def make_closing_plan() -> Plan:
            steps, notes = make_closing(ruleset, cap.verb, cap.body, path, state, now)
            return Plan(ruleset.revision, (PlanPart(cap.rule, "cap", steps),), notes)

        self.running = PlanRun(call, ruleset, event_id, Spent())
        record = partial(call.recorder.cap_due, event_id)
        return Decided(event_id, None, make_closing_plan, record, self.running, takes_time=True)

    async def carry_out(self, decided: Decided, causes: int = MAX_CAUSES) -> EventOutcome:
        """Make a plan, put it on record and run it, then the plans of the events that it raised."""
        run = decided.run
        if run is None:
            plan = decided.make_plan()
            decided.record(plan)
            return self._settle(decided, plan)
        notes: tuple[str, ...] = ()
        try:
            run.plan = decided.make_plan()
            if decided.takes_time:
                try:
                    await give_way()
                except asyncio.CancelledError:
                    run.cancelled()
            decided.record(run.plan)
            await run.run()
        except Exception:
            _log.exception("plan.broken", call=self._call.call_id)
            self._call.house.counters.add("plans_broken")
            notes = ("flowrules failed; please report it",)
            run.abandon(*notes)
        self.running = None
        raised: list[EventOutcome] = []
        for event in self._raised_by(run, decided.event_id):
            if run.spent.stopped:
                break
            if causes <= 1:
                notes += (f"no further event was raised: {MAX_CAUSES} had led to one another",)
                break
            unknown = self._call.unknown_ending
            follows = self.take(event, spent=run.spent, after_unknown=unknown)
            outcome = await self.carry_out(follows, causes - 1)
            raised.append(outcome)
            if self._call.over or outcome.status is EventStatus.PREEMPTED:
                break
        return self._settle(decided, run.plan, tuple(raised), notes)

    def _settle(
        self,
        decided: Decided,
        plan: Plan,
        raised: tuple[EventOutcome, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> EventOutcome:
        """The outcome of an event whose plan is over, or had nothing in it."""
        decision, run = decided.decision, decided.run
        outcome = EventOutcome(
            decided.event_id,
            run.status if run else EventStatus.DONE,
            plan.revision,
            tuple((part.rule, part.outcome) for part in plan.parts),
            run.steps if run else (),
            tuple(run.advise) if run else (),
            raised,
            (*(decision.notes if decision else ()), *plan.notes, *notes),
            decision=decision,
        )
        self._call.recorder.closed(outcome)
        self._count(outcome)
        return outcome

    def urgent_rule(self, event: Event) -> str:
        """The id of the urgent rule that would take an event now; '' where none would. Changes nothing."""
        ruleset, call = self._rules(), self._call
        if ruleset.urgent is None:
            return ""
        now = call.now()
        return _urgent(decide(ruleset, event, hear(ruleset, call.state, event, now), now))

    def ends_ahead(self, waiting: Iterable[Event]) -> bool:
        """Whether the call is about to end: by the plan that is under way, made or not; by what takes its failure;
        or by one of the events that wait, as it would be decided now. Changes nothing."""
        run = self.running
        if self._call.ending.ahead or (run is not None and run.begins_with_an_ending):
            return True
        raised = [] if run is None or run.spent.stopped else self._raised_by(run, "")
        if not raised and run is not None and run.failing is not None and not run.spent.stopped:
            raised = [step_failed(*run.failing)]
        return any(self._would_end(event) for event in (*raised, *waiting))

    def _would_end(self, event: Event) -> bool:
        ruleset, now = self._rules(), self._call.now()
        state = hear(ruleset, self._call.state, event, now)
        plan = make_plan(ruleset, decide(ruleset, event, state, now), state)
        return any(ends(part.steps) for part in plan.parts)

    def due_timer(self) -> Event | None:
        """The event of the first timer that is due."""
        ruleset = self._current_rules()
        events = due(ruleset, self._call.state, self._call.now()) if ruleset.timers else ()
        return events[0] if events else None

    def seconds_to_timer(self) -> float | None:
        """How long until the next timer is due; None where none is armed."""
        ruleset = self._current_rules()
        if not ruleset.timers:
            return None
        now = self._call.now()
        when = next_due(ruleset, self._call.state, now)
        return None if when is None else (when - now).total_seconds()

    def _let_in(self, event: Event, ruleset: RuleSet) -> Event:
        """The event, of which is kept what there is room for."""
        call = self._call
        event, left_out = call.fact_limits.admit(event, ruleset)
        if left_out:
            if not call.fact_limits.full:
                call.fact_limits.full = True
                call.recorder.note(NO_ROOM)
                _log.warning("facts.not_kept", call=call.call_id)
            call.house.counters.add("facts_not_kept", len(left_out))
            for name in left_out & call.state.facts.keys():
                call.state = forget(call.state, name)
        return event

    def _current_rules(self) -> RuleSet:
        """The rules that are live now. Where they have changed, timers that came too late for this call are over."""
        ruleset = self._rules()
        if self._last_rules is not None and self._last_rules is not ruleset:
            call = self._call
            call.state = after_reload(ruleset, self._last_rules, call.state, call.now())
        self._last_rules = ruleset
        return ruleset

    def _raised_by(self, run: PlanRun, event_id: str) -> list[Event]:
        if self._call.over or run.status in _RAISES_NOTHING:
            return []
        if run.status is EventStatus.INTERRUPTED:
            return [hangup_interrupted(f"{event_id}>interrupted")]
        return [
            step_failed(end.verb, end.reason, f"{event_id}>failed{number}")
            for number, end in enumerate(run.failures, start=1)
        ]

    def _count(self, outcome: EventOutcome) -> None:
        counters = self._call.house.counters
        match outcome.status:
            case EventStatus.FAILED:
                counters.add("plans_failed")
            case EventStatus.PREEMPTED:
                counters.add("plans_preempted")
            case EventStatus.INTERRUPTED:
                counters.add("hangups_interrupted")
        if outcome.matched and _log.tells:
            _log.info(
                "event.decided",
                call=self._call.call_id,
                event_id=outcome.event_id,
                rules=[rule.label for rule, _ in outcome.rules],
                status=outcome.status.value,
                steps=[str(step) for step in outcome.steps],
                revision=outcome.revision,
            )


def _urgent(decision: Decision) -> str:
    """The id of the urgent rule that took an event; '' where none did."""
    owner = decision.owner
    return owner.id if owner is not None and owner.rank is Rank.URGENT else ""
