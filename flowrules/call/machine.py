"""The call machine: what a call does, decided by one object. Inputs in, effects out.

It never waits, looks at no clock, sends nothing and rolls no dice: equal inputs at equal times lead to equal effects.
Whoever drives it performs the effects in order and says what came of them.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from flowrules.call.beginning import cap_handling, handling_of, let_in
from flowrules.call.call import Call
from flowrules.call.effects import Bug, Defer, Effect, MaySend, Tell, WakeAt
from flowrules.call.entries import Decided, Ended, Settled
from flowrules.call.foresight import Foresight, urgent_rule
from flowrules.call.handling import MAX_CAUSES, Handling, Stage, refused
from flowrules.call.inputs import (
    AboutToSend,
    Answered,
    BotFinished,
    BotSpeaking,
    CallerHeard,
    CallerSpeaking,
    Closed,
    Continued,
    Failed,
    Input,
    Learned,
    PlayedOut,
    Reported,
    RulesChanged,
    Stopped,
    Woken,
)
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.queue import Queue, Waiting
from flowrules.call.receipt import Receipt
from flowrules.call.repeats import Repeats
from flowrules.call.setup import Setup
from flowrules.call.speech import Speech
from flowrules.call.spent import Spent
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import CALLER_KEYS, Event, Source
from flowrules.engine.hear import hear
from flowrules.engine.raised import call_ended
from flowrules.engine.state import (
    CallState,
    due_caps,
    is_open,
    machine_at_start,
    open_cap,
    with_facts,
)
from flowrules.engine.timers import after_reload, due, next_due
from flowrules.engine.turns import Turns
from flowrules.engine.utterance import note_set_off

NOTHING = "nothing was said or pressed, so nothing has happened"
_CLOSED = "the WebSocket is closed"
_UNDECIDABLE = "flowrules could not decide this event; please report it"
_BROKEN = "flowrules failed; please report it"
ENDING_EVENT = "#ended"
"""What the event of the call's close is called."""


class CallMachine:
    """One call. `state` is its first, as `start_call` makes it; `unknown_ending`: an ending verb of an earlier process
    may have acted; `decided_before`: the digests of events that an earlier process decided."""

    __slots__ = (
        "_call",
        "_closed_again",
        "_closing",
        "_closing_outcome",
        "_deferred",
        "_ending_begun",
        "_may_continue",
        "_queue",
        "_reports",
        "_stack",
        "_timers_broken",
        "_wake",
        "finished",
    )

    def __init__(
        self,
        state: CallState,
        ruleset: RuleSet,
        setup: Setup,
        *,
        unknown_ending: bool = False,
        decided_before: Iterable[str] = (),
    ) -> None:
        self._call = Call(
            setup,
            ruleset,
            state,
            state.started_at,
            unknown_ending=unknown_ending,
            machine=machine_at_start(state.facts),
            repeats=Repeats(decided_before),
        )
        self._queue = Queue()
        self._stack: list[Handling] = []
        """What is under way: an event, what it raised, and urgent ones that have their turn before it goes on. The last
        one is at work."""
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
        self._reports = 0
        self._wake: datetime | None = None

    def fork(self) -> "CallMachine":
        """A copy that goes its own way from here."""
        twin = CallMachine.__new__(CallMachine)
        for name in CallMachine.__slots__:
            setattr(twin, name, getattr(self, name))
        twin._call = self._call.fork()
        twin._queue = self._queue.fork()
        spent = {id(one.run.spent): Spent(one.run.spent.verbs, one.run.spent.stopped) for one in self._stack}
        twin._stack = [one.fork(spent[id(one.run.spent)]) for one in self._stack]
        return twin

    # --- what is true of the call ---

    @property
    def state(self) -> CallState:
        return self._call.state

    @property
    def ruleset(self) -> RuleSet:
        """The rules that are live in it."""
        return self._call.ruleset

    @property
    def over(self) -> str:
        """Why the AI's session has ended; '' while it has not."""
        return self._call.over

    @property
    def unknown_ending(self) -> bool:
        """Whether a verb that ends the AI's session is unknown: it may have acted."""
        return self._call.unknown_ending

    @property
    def busy(self) -> bool:
        """Whether a plan is under way."""
        return bool(self._stack)

    @property
    def records_only(self) -> bool:
        """Whether the records after the call's close are under way: nobody else will send them."""
        return any(handling.run.records_only for handling in self._stack)

    @property
    def closed(self) -> bool:
        """Whether the WebSocket is closed."""
        return self._closing is not None

    @property
    def speech(self) -> Speech:
        """Who speaks at present."""
        return self._call.speech

    @property
    def turns(self) -> Turns:
        return self._call.state.turns

    @property
    def wakes_at(self) -> datetime | None:
        """What the last WakeAt said."""
        return self._wake

    def ending_ahead(self) -> bool:
        """Whether the call is about to end: by what is under way, by what takes its failure, or by an event that
        waits, as it would be decided now."""
        if not self._stack or self._call.over or self._closing is not None:
            return False
        foresight = Foresight(self._call)
        if any(foresight.ends_by(handling) for handling in self._stack):
            return True
        raised = [event for one in self._stack for event in one.still_to_raise()]
        waiting = (one.event for one in self._queue.all)
        return any(foresight.would_end(event) for event in (*raised, *waiting))

    def knows(self, event: Event, digest: str) -> bool:
        """Whether an event with an id was reported before."""
        return self._call.repeats.knows(event, digest, self.turns)

    # --- inputs ---

    def handle(self, received: Input, now: datetime) -> tuple[Effect, ...]:
        """Take an input in. `now` is the call's own time, which never runs backwards."""
        call = self._call
        call.now = max(call.now, now)
        if isinstance(received, Woken):
            call.now = max(call.now, received.when)
        if call.speech.said_until is not None:
            call.speech_passes()
        try:
            self._take(received)
        except Exception as error:
            call.do(Bug("input.broken", error))
            if isinstance(received, Reported):
                call.do(Tell(received.ticket, refused(received.event.event_id, EventStatus.BROKEN, _BROKEN)))
        if not isinstance(received, AboutToSend):
            self._advance()
            self._set_wake()
        effects, call.effects = call.effects, []
        return tuple(effects)

    def _take(self, received: Input) -> None:
        call = self._call
        match received:
            case Reported(ticket, event, digest):
                self._reported(ticket, event, digest)
            case Continued():
                self._may_continue, self._deferred = self._deferred, False
            case AboutToSend(step):
                self._about_to_send(step)
            case Answered(step, receipt, broken):
                self._answered(step, receipt, broken)
            case Woken():
                self._wake = None  # What follows from the time that has passed is looked at below.
            case BotSpeaking():
                call.bot_speaking()
            case BotFinished():
                call.bot_finished()
            case PlayedOut():
                call.played_out()
            case CallerSpeaking():
                call.speech = call.speech._replace(caller_signalled=True)
                call.caller_heard(interrupts=True)
            case CallerHeard():
                call.caller_heard(interrupts=False)
            case Learned(facts, source):
                sources = dict.fromkeys(facts, source) if source is not Source.HOST else {}
                call.state = with_facts(call.state, facts, call.now, sources)
            case RulesChanged(ruleset):
                before, call.ruleset = call.ruleset, ruleset
                self._timers_broken = False
                call.state = after_reload(ruleset, before, call.state, call.now)
            case Closed():
                self._close(received)
            case Stopped(why):
                self._stop_all(why, EventStatus.ENDED)
            case Failed():
                if self._stack:
                    self._give_up(self._stack[-1])
            case _:
                assert_never(received)

    def _reported(self, ticket: int, event: Event, digest: str) -> None:
        call = self._call
        if event.is_nothing:
            call.do(Tell(ticket, EventOutcome(event.event_id, EventStatus.DONE, notes=(NOTHING,))))
            return
        turns = self.turns
        if digest and call.repeats.knows(event, digest, turns):
            if (outcome := call.repeats.again(ticket, event, digest, turns)) is not None:
                call.do(Tell(ticket, outcome))
            return
        self._reports += 1
        turns, turn = turns.take(event, call.now)
        if turns is not self.turns:
            call.state = call.state._replace(turns=turns)
        name = call.repeats.name(event.event_id, self._reports) if event.event_id else f"#{self._reports}"
        event = event._replace(event_id=name, identity=digest, turn=turn)
        self._note_speakers(event)
        if digest:
            call.repeats.first(event, digest, turn.place)
        if call.over or self._closing is not None:
            self._refuse(ticket, event, EventStatus.CALL_OVER, call.over or _CLOSED)
        elif not self._stack:
            self._begin(event, ticket)
        else:
            self._wait(Waiting(ticket, event, call.now))

    def _note_speakers(self, event: Event) -> None:
        """What an event tells about who is on the line, and who speaks. Words interrupt a hangup where the host has no
        better signal; keys always do, for no voice goes before them."""
        call = self._call
        call.machine = event.answered_by_machine(call.machine)
        if not CALLER_KEYS.isdisjoint(event.keys):
            signalled = call.speech.caller_signalled
            call.caller_heard(interrupts="dtmf" in event.keys or not signalled)

    def _wait(self, waiting: Waiting) -> None:
        """An event comes while a plan is under way. An urgent rule that takes it drops that plan; unless the plan is to
        end the call and the urgent rule is not: then its steps run before that."""
        call, queue = self._call, self._queue
        rule, beside = "", False
        try:
            rule, ends = urgent_rule(call, waiting.event)
            beside = bool(rule) and not ends and any(map(Foresight(call).ends_by, self._stack))
        except Exception as error:
            call.do(Bug("event.broken", error))
        size = call.setup.limits.queue_size
        passes = bool(rule) and rule != self._stack[-1].run.urgent_rule
        if (len(queue.beside) + len(queue.urgent) if passes else len(queue.ordinary)) >= size:
            self._refuse(waiting.ticket, waiting.event, EventStatus.QUEUE_FULL, f"{size} events were waiting")
        elif not passes:
            queue.ordinary += (waiting,)
        elif beside:
            queue.beside += (waiting,)
        else:
            self._stop_all("an urgent rule took the call", EventStatus.PREEMPTED)
            queue.urgent += (waiting,)

    def _about_to_send(self, step: int) -> None:
        call, allowed = self._call, False
        if self._stack:
            top = self._stack[-1]
            try:
                allowed = top.run.about_to_send(call, step)
            except Exception as error:
                self._broke(top, error)
        call.do(MaySend(step, allowed))

    def _answered(self, step: int, receipt: Receipt, broken: bool) -> None:
        """A late receipt, of a plan that is gone, changes nothing."""
        if not self._stack:
            return
        top = self._stack[-1]
        try:
            if top.run.answered(self._call, step, receipt) and broken:
                self._give_up(top)
        except Exception as error:
            self._broke(top, error)

    def _close(self, closed: Closed) -> None:
        if self._closing is None:
            self._closing = closed
            self._stop_all(closed.why, EventStatus.ENDED)
            self._flush()
        elif self._closing_outcome is None:
            self._closed_again += (closed.ticket,)
        else:
            self._call.do(Tell(closed.ticket, self._closing_outcome))

    def _stop_all(self, why: str, status: EventStatus) -> None:
        """Records after the close go on, for there is nobody else to send them."""
        for handling in self._stack:
            if not handling.run.records_only:
                handling.run.stop(self._call, why, status)

    # --- going on ---

    def _advance(self) -> None:
        """Go on as far as it goes without anybody's answer."""
        while True:
            if not self._stack:
                if not self._next():
                    return
                continue
            top = self._stack[-1]
            try:
                if self._lets_another_go_first(top):
                    self._begin_beside(top)
                elif not self._go_on(top):
                    return
            except Exception as error:
                self._broke(top, error)

    def _note_held_up(self, top: Handling) -> None:
        """Say of a plan that is to end the call which rule has its turn before it goes on."""
        decision = self._stack[-1].decision
        if self._stack[-1] is top or decision is None or decision.owner is None:
            return
        rule = self._call.ruleset.ref(decision.owner)
        told = f"{rule.label} ({rule.file}, line {rule.line})"
        top.run.note(self._call, f"{told} ran before the ending, for it does not end the call itself")

    def _lets_another_go_first(self, top: Handling) -> bool:
        """Whether an urgent rule runs before what is under way goes on. One such rule does not run before another."""
        if not self._queue.beside or top.run.in_flight or top.run.stopped or self._call.over:
            return False
        one_does = any(handling.suspended_at is not None for handling in self._stack[:-1])
        return not one_does or Foresight(self._call).ends_by(top)

    def _begin_beside(self, top: Handling) -> None:
        waiting = self._queue.next_beside()
        assert waiting is not None
        top.suspended_at = top.suspended_at or self._call.now
        self._begin(waiting.event, waiting.ticket)
        self._note_held_up(top)

    def _go_on(self, top: Handling) -> bool:
        """Whether there is more to do at once."""
        call = self._call
        if top.suspended_at is not None:
            top.run.resume(call, top.suspended_at)
            top.suspended_at = None
            if call.over and not top.run.records_only:
                top.run.stop(call, call.over, EventStatus.ENDED)
        if top.stage in (Stage.DECIDED, Stage.PLANNED) and not top.at_once and not self._continues():
            return False
        match top.stage:
            case Stage.DECIDED:
                top.run.plan = top.make_plan()
                top.stage = Stage.PLANNED
            case Stage.PLANNED:
                call.record(top.entry(top.plan))
                top.stage = Stage.RUNNING
            case Stage.RUNNING:
                top.run.advance(call)
                if not top.run.over:
                    return False
                top.to_raise = () if call.over else top.raises()
                top.stage = Stage.RAISING
            case Stage.RAISING:
                self._raise_or_settle(top)
            case _:
                assert_never(top.stage)
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

    def _next(self) -> bool:
        """Begin with what is next while nothing is under way; whether there was something. What ends, ends before
        anything begins: a cap whose time came before an event was reported, or a timer was due, is first."""
        call, queue = self._call, self._queue
        if call.over or self._closing is not None:
            self._flush()
            return self._begin_ending()
        caps = due_caps(call.state, call.now)
        ordinary = queue.ordinary
        if (waiting := queue.next_urgent()) is not None:
            self._begin(waiting.event, waiting.ticket)
        elif caps and (not ordinary or caps[0].due <= ordinary[0].since):
            self._stack.append(cap_handling(call, caps[0]))
        elif (waiting := queue.next_ordinary()) is not None:
            self._begin(waiting.event, waiting.ticket)
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
        ruleset = call.ruleset
        try:
            if event.reported:
                event = let_in(call, event)
            elif not records_only:
                event = event._replace(event_id=call.event_name(event.event_id))
            call.state = hear(ruleset, call.state, event, call.now)
            decision = call.setup.decide(ruleset, event, call.state, call.now, trace=call.setup.trace)
            call.state = note_set_off(call.state, event, (rule for rule, _ in decision.parts))
            nothing = None if decision.parts else call.setup.make_plan(ruleset, decision, call.state)
        except Exception as error:
            call.do(Bug("event.broken", error))
            if event.timer:  # It is not to be tried for ever.
                call.state = call.state._replace(timers_fired=call.state.timers_fired | {event.timer})
            outcome = refused(event.event_id, EventStatus.BROKEN, _UNDECIDABLE)
            self._over(outcome, ticket, raised=raised_by is not None, last=records_only)
            return
        if nothing is None:
            self._stack.append(
                handling_of(call, event, decision, ticket, raised_by, records_only=records_only)
            )
            return
        call.record(Decided(event, call.state, decision, nothing))
        notes = (*decision.notes, *nothing.notes)
        done = EventOutcome(
            event.event_id, EventStatus.DONE, nothing.revision, notes=notes, decision=decision
        )
        self._over(done, ticket, raised=raised_by is not None, last=records_only)

    # --- the end of a handling ---

    def _raise_or_settle(self, top: Handling) -> None:
        call = self._call
        over = call.over or (top.raised and top.raised[-1].status is EventStatus.PREEMPTED)
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
        self._stack.pop()
        self._over(top.outcome(), top.ticket, raised=top.raised_by_another, last=top.run.records_only)

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

    def _flush(self) -> None:
        """The call is over: what still waits is not decided, and says so."""
        for waiting in self._queue.flush():
            self._refuse(waiting.ticket, waiting.event, EventStatus.CALL_OVER, self._call.over or _CLOSED)

    def _broke(self, top: Handling, error: Exception) -> None:
        self._call.do(Bug("plan.broken", error))
        self._give_up(top)

    def _give_up(self, top: Handling) -> None:
        """flowrules itself has failed: nothing more of this plan is sent. What is on the wire is awaited: it has a fate
        of its own."""
        if _BROKEN not in top.notes:
            top.notes += (_BROKEN,)
        if top.run.in_flight:
            top.run.stop(self._call, _BROKEN, EventStatus.BROKEN)
            return
        if top.stage in (Stage.DECIDED, Stage.PLANNED):
            self._call.record(top.entry(top.plan))
        top.run.abandon(self._call, _BROKEN)
        top.to_raise, top.stage = (), Stage.RAISING

    # --- time ---

    def _set_wake(self) -> None:
        when = self._next_wake()
        if when != self._wake:
            self._wake = when
            self._call.do(WakeAt(when))

    def _next_wake(self) -> datetime | None:
        call = self._call
        when = call.speech.said_until
        if self.finished:
            return None
        if self._stack:
            return _first(when, self._stack[-1].run.wakes_at)
        if call.over or self._closing is not None:
            return when
        for cap in call.state.caps:
            when = _first(when, cap.due)
        return _first(when, self._next_timer()) if call.ruleset.timers else when

    def _next_timer(self) -> datetime | None:
        call = self._call
        if self._timers_broken:
            return None
        try:
            return next_due(call.ruleset, call.state, call.now)
        except Exception as error:
            self._timers_broken = True
            call.do(Bug("timer.broken", error))
            return None


def _first(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments, where there are two."""
    if one is None or other is None:
        return one or other
    return min(one, other)
