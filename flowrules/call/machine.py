"""The call machine: what a call does, decided by one object. Inputs in, effects out.

It never waits, looks at no clock, sends nothing and rolls no dice: equal inputs at equal times lead to equal effects.
Whoever drives it performs the effects in order and says what came of them.
"""

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import assert_never

from flowrules.call.agenda import BROKEN, CLOSED, Agenda, Waiting
from flowrules.call.call import Call, Speech, earlier, twin_of
from flowrules.call.deduplication import Repeats
from flowrules.call.effects import Bug, Effect, MaySend, Tell, WakeAt
from flowrules.call.handling import refused
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
from flowrules.call.key import key_of
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.receipt import Receipt
from flowrules.call.running.progress import Spent
from flowrules.call.said import was_interrupted
from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source
from flowrules.engine.key_entry import COMPLETE, LAST_KEY, PAUSE, Entry, waits_for_keys, with_keys
from flowrules.engine.state import CallState, counted_in_all, with_facts
from flowrules.engine.timers import after_reload, facts_in_all, next_due

NOTHING = "nothing was said or pressed, so nothing has happened"


class CallMachine(Agenda):
    """One call as a state machine.

    `state` is the first state, as `start_call` makes it. `unknown_ending` says that an ending verb of an earlier
    process may have acted, and `unknown_to_host` that the host itself carried that verb out. `decided_before` are the
    digests of the events that an earlier process decided."""

    def __init__(
        self,
        state: CallState,
        ruleset: RuleSet,
        setup: Setup,
        *,
        unknown_ending: bool = False,
        unknown_to_host: bool = False,
        decided_before: Iterable[str] = (),
    ) -> None:
        repeats = Repeats(decided_before)
        call = Call(setup, ruleset, state, unknown_ending=unknown_ending, repeats=repeats)
        call.unknown_to_host = unknown_to_host
        super().__init__(call)
        self._reports = 0
        self._wake: datetime | None = None

    def fork(self) -> "CallMachine":
        """An independent copy of this call."""
        twin = twin_of(self)
        twin._call = self._call.fork()
        if self._stack:
            spent = {
                one.run.spent: Spent(one.run.spent.verbs, stopped=one.run.spent.stopped)
                for one in self._stack
            }
            twin._stack = tuple([one.fork(spent[one.run.spent]) for one in self._stack])
        return twin

    def key(self, now: datetime | None = None) -> Hashable:
        """A value that is equal for two calls if both behave alike from `now` on (`call/key.py`). `now` defaults to the
        time of the last input."""
        return key_of(self, self._call.now if now is None else max(now, self._call.now))

    # --- what is true of the call ---

    @property
    def state(self) -> CallState:
        return self._call.state

    @property
    def ruleset(self) -> RuleSet:
        """The rule set that decides this call's events now."""
        return self._call.ruleset

    @property
    def machine_answered(self) -> bool:
        """Whether a machine is on the line, not a person."""
        return self._call.machine

    @property
    def over(self) -> str:
        """Why the AI's session has ended; '' while it has not."""
        return self._call.over

    @property
    def unknown_ending(self) -> bool:
        """Whether a verb that ends the AI's session had no answer, so that it may have acted."""
        return self._call.unknown_ending

    @property
    def stays_silent(self) -> bool:
        """Whether a rule has said `stay silent` in the turn that goes on."""
        return self._call.state.turns.now.place <= self._call.silent_at

    @property
    def unknown_to_host(self) -> bool:
        """Whether the host itself carried out the verb of `unknown_ending`."""
        return self._call.unknown_to_host

    @property
    def busy(self) -> bool:
        """Whether a plan is under way."""
        return bool(self._stack)

    @property
    def at_work(self) -> str:
        """The id of the event whose plan runs now; of several, the one that began last. '' if none runs."""
        return self._stack[-1].run.event_id if self._stack else ""

    @property
    def waiting(self) -> int:
        """How many events wait for their turn."""
        return len(self._waiting)

    @property
    def records_only(self) -> bool:
        """Whether the call is closed and its last records are still being sent."""
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
    def wakes_at(self) -> datetime | None:
        """The moment of the last WakeAt."""
        return self._wake

    def knows(self, event: Event, digest: str) -> bool:
        """Whether an event with an id was reported before."""
        return self._call.repeats.knows(event, digest, self._call.state.turns)

    # --- inputs ---

    def handle(self, received: Input, now: datetime) -> tuple[Effect, ...]:
        """Handle one input, and return the effects to perform, in order. `now` is the call's own time, which never runs
        backwards."""
        call = self._call
        call.now = max(call.now, now)
        if isinstance(received, Woken):
            call.now = max(call.now, received.when)
        if call.speech.said_until is not None:
            call.speech_passes()
        in_all, since = facts_in_all(call.ruleset), call.state.since
        try:
            if call.entry is not None and not isinstance(received, AboutToSend | Closed | Stopped):
                self._entry_waits_no_longer()
            self._take(received)
        except Exception as error:
            call.do(Bug("input.broken", error))
            if isinstance(received, Reported):
                call.do(Tell(received.ticket, refused(received.event.event_id, EventStatus.BROKEN, BROKEN)))
        if not isinstance(received, AboutToSend):
            self._advance()
            if in_all:
                call.state = counted_in_all(call.state, since, in_all, call.now)
            if (when := self._next_wake()) != self._wake:
                self._wake = when
                call.do(WakeAt(when))
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
        turns = call.state.turns
        if digest and call.repeats.knows(event, digest, turns):
            if (outcome := call.repeats.again(ticket, event, digest, turns)) is not None:
                call.do(Tell(ticket, outcome))
            return
        self._reports += 1
        turns, turn = turns.take(event, call.now)
        if turns is not call.state.turns:
            call.state = call.state._replace(turns=turns)
        name = call.repeats.name(event.event_id, self._reports) if event.event_id else f"#{self._reports}"
        event = event.taken_in(name, digest, turn)
        call.note_speakers(event)
        if digest:
            call.repeats.first(event, digest, turn.place)
        if call.over or self._closing is not None:
            self._refuse(ticket, event, EventStatus.CALL_OVER, call.over or CLOSED)
            return
        self._has_its_turn(event, ticket)
        if "dtmf" in event.keys and waits_for_keys(call.ruleset):
            entry = call.entry = with_keys(call.entry, event, call.now)
            if entry.keys == LAST_KEY:  # It ends an entry that is over already, or none.
                call.entry = None
            else:
                self._entry_may_end(entry, COMPLETE)

    def _has_its_turn(self, event: Event, ticket: int | None) -> None:
        if not self._stack:
            self._begin(event, ticket)
        else:
            self._wait(Waiting(ticket, event, self._call.now))

    def _entry_waits_no_longer(self) -> None:
        """End the entry of several keys: no key has come within the pause."""
        entry, ends = self._call.entry, self._call.pause_ends
        if entry is not None and ends is not None and ends <= self._call.now:
            self._entry_may_end(entry, PAUSE)

    def _entry_may_end(self, entry: Entry, end: str) -> None:
        call, name = self._call, f"{entry.event_id}{end}"
        over = call.setup.ends_entry(call.ruleset, entry.keys, name)
        if over or end is PAUSE:
            call.entry = None
        if over and not call.over and self._closing is None:
            self._has_its_turn(entry.as_event(name), None)

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
        """Take a receipt in. One of a plan that is gone changes nothing but who speaks."""
        if self._call.speech.voiced == step:
            self._call.host_spoke(interrupted=was_interrupted(receipt))
        if not self._stack:
            return
        top = self._stack[-1]
        try:
            if top.run.answered(self._call, step, receipt) and broken:
                self._give_up(top)
        except Exception as error:
            self._broke(top, error)

    def _close(self, closed: Closed) -> None:
        call = self._call
        if self._closing is None:
            self._closing = closed
            for handling in self._stack:
                handling.run.close(call, closed.why)
            self._flush()
        elif self._closing_outcome is None:
            self._closed_again += (closed.ticket,)
        else:
            self._call.do(Tell(closed.ticket, self._closing_outcome))

    # --- time ---

    def _next_wake(self) -> datetime | None:
        call, goes_on = self._call, not self._call.over and self._closing is None
        if self.finished:
            return None
        when = earlier(call.speech.said_until, call.pause_ends if goes_on else None)
        if self._stack:
            return earlier(when, self._stack[-1].run.wakes_at)
        if not goes_on:
            return when
        for cap in call.state.caps:
            when = earlier(when, cap.due)
        return earlier(when, self._next_timer()) if call.ruleset.timers else when

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
