"""Which event has its turn in a call: what is under way, what waits, what is next, and how each begins and ends."""

from dataclasses import dataclass, replace
from datetime import datetime

from flowrules.call.call import Call
from flowrules.call.effects import Bug, Defer, Tell
from flowrules.call.entries import Decided, Ended, Note, Settled
from flowrules.call.handling import (
    MAX_CAUSES,
    Handling,
    Stage,
    cap_handling,
    handling_of,
    let_in,
    refused,
    urgent_rule,
    would_end,
)
from flowrules.call.inputs import Closed
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.engine.apply_event import apply_event
from flowrules.engine.event import Event
from flowrules.engine.raised import call_ended
from flowrules.engine.state import due_caps, is_open, open_cap
from flowrules.engine.timers import due
from flowrules.engine.utterance import note_set_off

CLOSED = "the WebSocket is closed"
_UNDECIDABLE = "flowrules could not decide this event; please report it"
BROKEN = "flowrules failed; please report it"
PASSES = "an urgent rule takes this event before what is under way goes on"
ENDING_EVENT = "#ended"
"""What the event of the call's close is called."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that was reported at this time, under this ticket; None: nobody waits for its outcome."""

    ticket: int | None
    event: Event
    since: datetime


class Agenda:
    """`advance` goes on as far as it goes without anybody's answer."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._stack: tuple[Handling, ...] = ()
        """What is under way: an event, what it raised, and urgent ones that have their turn before it goes on. The last
        one is at work."""
        self._beside: tuple[Waiting, ...] = ()
        """Urgent events that wait, whose steps run before an ending that is decided already."""
        self._urgent: tuple[Waiting, ...] = ()
        self._ordinary: tuple[Waiting, ...] = ()
        self._closing: Closed | None = None
        self._closed_again: tuple[int, ...] = ()
        """Who else has told of the close, and waits for its outcome."""
        self._closing_outcome: EventOutcome | None = None
        self._ending_begun = False
        self.finished = False
        """Nothing more comes of this call."""
        self._deferred = self._may_continue = False
        self._timers_broken = False
        """Timers could not be asked: they are left alone until other rules come."""

    @property
    def _waiting(self) -> tuple[Waiting, ...]:
        """In the order in which their turns come."""
        return self._beside + self._urgent + self._ordinary

    # --- what waits ---

    def _wait(self, waiting: Waiting) -> None:
        """An event comes while a plan is under way. An urgent rule that takes it drops that plan; unless the plan is to
        end the call and the urgent rule is not: then its steps run before that."""
        call = self._call
        rule, beside = None, False
        try:
            rule, ends = urgent_rule(call, waiting.event)
            beside = rule is not None and not ends and any(one.ends(call) for one in self._stack)
        except Exception as error:
            call.do(Bug("event.broken", error))
        size = call.setup.limits.queue_size
        passing = rule if rule is not None and rule.id != self._stack[-1].run.urgent_rule else None
        if (len(self._beside) + len(self._urgent) if passing else len(self._ordinary)) >= size:
            self._refuse(waiting.ticket, waiting.event, EventStatus.QUEUE_FULL, f"{size} events were waiting")
            return
        if passing is None:
            self._ordinary += (waiting,)
            return
        call.record(Note(PASSES, waiting.event.event_id, passing))
        if beside:
            self._beside += (waiting,)
        else:
            self._stop_all("an urgent rule took the call", EventStatus.PREEMPTED)
            self._urgent += (waiting,)

    def _stop_all(self, why: str, status: EventStatus) -> None:
        """Records after the close go on, for there is nobody else to send them."""
        for handling in self._stack:
            if not handling.run.records_only:
                handling.run.stop(self._call, why, status)

    def _flush(self) -> None:
        """The call is over: what still waits is not decided, and says so."""
        waiting, self._beside, self._urgent, self._ordinary = self._waiting, (), (), ()
        for one in waiting:
            self._refuse(one.ticket, one.event, EventStatus.CALL_OVER, self._call.over or CLOSED)

    # --- what is next ---

    def ending_ahead(self) -> bool:
        """Whether the call is about to end: by the running plan, by a failure branch of it, or by a waiting event as it
        would be decided now."""
        call, stack = self._call, self._stack
        if not stack or call.over or self._closing is not None:
            return False
        if any(handling.ends(call) for handling in stack):
            return True
        raised = [event for one in stack for event in one.still_to_raise()]
        return any(would_end(call, event) for event in (*raised, *(one.event for one in self._waiting)))

    def _advance(self) -> None:
        while True:
            if not self._stack:
                if not self._next():
                    return
                continue
            top = self._stack[-1]
            try:
                if self._beside and self._lets_another_go_first(top):
                    self._begin_beside(top)
                elif not self._go_on(top):
                    return
            except Exception as error:
                self._broke(top, error)

    def _next(self) -> bool:
        """Begin with what is next while nothing is under way; whether there was something. What ends, ends before
        anything begins: a cap whose time came before an event was reported, or a timer was due, is first."""
        call = self._call
        if call.over or self._closing is not None:
            self._flush()
            return self._begin_ending()
        caps = due_caps(call.state, call.now) if call.state.caps else ()
        beside, urgent, ordinary = self._beside, self._urgent, self._ordinary
        if beside:  # What was to run beside an ending that is gone has its turn all the same.
            self._beside = beside[1:]
            self._begin(beside[0].event, beside[0].ticket)
        elif urgent:
            self._urgent = urgent[1:]
            self._begin(urgent[0].event, urgent[0].ticket)
        elif caps and (not ordinary or caps[0].due <= ordinary[0].since):
            self._stack += (cap_handling(call, caps[0]),)
        elif ordinary:
            self._ordinary = ordinary[1:]
            self._begin(ordinary[0].event, ordinary[0].ticket)
        elif call.ruleset.timers and not self._timers_broken and (events := self._due_timers()):
            self._begin(events[0], None)
        else:
            return False
        return True

    def _due_timers(self) -> tuple[Event, ...]:
        call = self._call
        try:
            return due(call.ruleset, call.state, call.now)
        except Exception as error:
            self._timers_broken = True
            call.do(Bug("timer.broken", error))
            return ()

    def _begin_ending(self) -> bool:
        """After the close, when nothing is under way any more: decide `call_ended`."""
        if self._closing is None or self._ending_begun:
            return False
        self._ending_begun = True
        self._call.end(self._closing.why)
        self._begin(call_ended(ENDING_EVENT), self._closing.ticket, records_only=True)
        return True

    def _lets_another_go_first(self, top: Handling) -> bool:
        """Whether an urgent rule runs before what is under way goes on. One such rule does not run before another."""
        if top.run.in_flight or top.run.stopped or self._call.over:
            return False
        one_does = any(handling.suspended_at is not None for handling in self._stack[:-1])
        return not one_does or top.ends(self._call)

    def _begin_beside(self, top: Handling) -> None:
        call, waiting, self._beside = self._call, self._beside[0], self._beside[1:]
        top.suspended_at = top.suspended_at or call.now
        self._begin(waiting.event, waiting.ticket)
        decision = self._stack[-1].decision
        if self._stack[-1] is top or decision is None or decision.owner is None:
            return
        rule = call.ruleset.ref(decision.owner)
        told = f"{rule.label} ({rule.file}, line {rule.line})"
        top.run.note(call, f"{told} ran before the ending, for it does not end the call itself")

    # --- from the decision to the outcome ---

    def _begin(
        self,
        event: Event,
        ticket: int | None,
        *,
        raised_by: Handling | None = None,
        records_only: bool = False,
    ) -> None:
        """Hear an event and decide on it, by the rules of this moment."""
        call = self._call
        ruleset, setup = call.ruleset, call.setup
        try:
            if event.reported:
                event = let_in(call, event)
            elif not records_only:
                event = event._replace(event_id=call.event_name(event.event_id))
            state = call.state = apply_event(ruleset, call.state, event, call.now)
            decision = setup.decide(ruleset, event, state, call.now, trace=setup.trace)
            parts = decision.parts
            if parts:
                call.state = note_set_off(state, event, [rule for rule, _ in parts])
            else:
                plan = setup.make_plan(ruleset, decision, state)
        except Exception as error:
            call.do(Bug("event.broken", error))
            if event.timer:  # It is not to be tried for ever.
                call.state = call.state._replace(timers_fired=call.state.timers_fired | {event.timer})
            outcome = refused(event.event_id, EventStatus.BROKEN, _UNDECIDABLE)
            self._over(outcome, ticket, raised=raised_by is not None, last=records_only)
            return
        if parts:
            self._stack += (handling_of(call, event, decision, ticket, raised_by, records_only=records_only),)
            return
        call.record(Decided(event, state, decision, plan))
        notes = decision.notes + plan.notes
        done = EventOutcome(event.event_id, EventStatus.DONE, plan.revision, notes=notes, decision=decision)
        self._over(done, ticket, raised=raised_by is not None, last=records_only)

    def _go_on(self, top: Handling) -> bool:
        """Whether there is more to do at once."""
        call, run = self._call, top.run
        if top.suspended_at is not None:
            run.resume(call, top.suspended_at)
            top.suspended_at = None
            if call.over and not run.records_only:
                run.stop(call, call.over, EventStatus.ENDED)
        if top.stage is Stage.DECIDED:
            if not (top.at_once or self._continues()):
                return False
            run.plan = top.make_plan(call)
            top.stage = Stage.PLANNED
        if top.stage is Stage.PLANNED:
            if not (top.at_once or self._continues()):
                return False
            top.record(call)
            top.stage = Stage.RUNNING
        if top.stage is Stage.RUNNING:
            run.advance(call)
            if not run.over:
                return False
            top.to_raise = () if call.over else top.raises()
            top.stage = Stage.RAISING
            if self._beside:
                return True
        self._raise_or_settle(top)
        return True

    def _continues(self) -> bool:
        """Whether the driver has said Continued; if not, it is asked to."""
        if self._may_continue:
            self._may_continue = False
            return True
        if not self._deferred:
            self._deferred = True
            self._call.do(Defer())
        return False

    def _raise_or_settle(self, top: Handling) -> None:
        over = self._call.over or (top.raised and top.raised[-1].status is EventStatus.PREEMPTED)
        if not top.to_raise or top.run.spent.stopped or over:
            self._settle(top)
        elif top.causes <= 1:
            top.notes += (f"no further event was raised: {MAX_CAUSES} had led to one another",)
            self._settle(top)
        else:
            event, top.to_raise = top.to_raise[0], top.to_raise[1:]
            self._begin(event, None, raised_by=top)

    def _settle(self, top: Handling) -> None:
        call, cap = self._call, top.left_open
        if cap is not None and not call.over and not is_open(call.state, cap.verb, cap.body):
            # The urgent rule has its turn first. No pair is left open for good.
            call.state = open_cap(call.state, cap)
        self._stack = self._stack[:-1]
        self._over(top.outcome(), top.ticket, raised=top.raised_by_another, last=self._ending_begun)

    def _over(self, outcome: EventOutcome, ticket: int | None, *, raised: bool, last: bool) -> None:
        """An event and all that it led to is over. `raised`: by what is under way; `last`: nothing follows it."""
        self._call.record(Settled(outcome))
        if raised:
            self._stack[-1].raised += (outcome,)
            return
        self._tell(ticket, outcome)
        if last:
            self.finished = True
            self._closing_outcome = replace(outcome, repeated=True, decision=None)
            for again in self._closed_again:
                self._call.do(Tell(again, self._closing_outcome))
            self._call.record(Ended(self._call.over))

    def _tell(self, ticket: int | None, outcome: EventOutcome) -> None:
        self._call.do(Tell(ticket, outcome))
        for again, kept in self._call.repeats.settled(outcome):
            self._call.do(Tell(again, kept))

    def _refuse(self, ticket: int | None, event: Event, status: EventStatus, note: str) -> None:
        """An outcome for what was not decided."""
        outcome = refused(event.event_id, status, note)
        self._call.record(Settled(outcome))
        self._tell(ticket, outcome)

    # --- where flowrules itself fails ---

    def _broke(self, top: Handling, error: Exception) -> None:
        self._call.do(Bug("plan.broken", error))
        self._give_up(top)

    def _give_up(self, top: Handling) -> None:
        """Nothing more of this plan is sent. What is on the wire is awaited: it has a fate of its own."""
        if BROKEN not in top.notes:
            top.notes += (BROKEN,)
        if top.run.in_flight:
            top.run.stop(self._call, BROKEN, EventStatus.BROKEN)
            return
        if top.stage in (Stage.DECIDED, Stage.PLANNED):
            top.record(self._call)
        top.run.abandon(self._call, BROKEN)
        top.to_raise, top.stage = (), Stage.RAISING
