"""A recorded call, played by a rule set: what would have been done, event by event.

It drives the same machine as a live call (`flowrules/call`). Time jumps from one thing that happens to the next; what
becomes of a verb comes from the recording (`outcomes.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from flowrules.call.effects import Bug, Defer, MaySend, Record, Send
from flowrules.call.entries import CapDue, Decided, Settled
from flowrules.call.inputs import AboutToSend, Answered, Continued, Input, Woken
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Reason, not_sent
from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event
from flowrules.engine.state import start_call
from flowrules.recordings.call import Handled, RecordedCall, Sent
from flowrules.replaying.outcomes import NOTHING_FAILS, Origin, Outcomes, Supposing
from flowrules.replaying.verbs import is_ending, word

MAX_WAKES = 10_000
"""How often time alone may wake a call between two of its inputs: more would mean a rule that sets itself off."""


@dataclass(frozen=True, slots=True)
class Played:
    """What is done in a call. `handled`: every event, timer and cap, in the order in which they were over. `over`: why
    the AI's session has ended, '' while it has not. `origins`: of the verbs that went out, by their words, where their
    outcomes come from; None: they are what happened. `bugs`: errors of flowrules itself."""

    handled: tuple[Handled, ...]
    over: str = ""
    origins: Mapping[Origin, tuple[str, ...]] | None = None
    bugs: tuple[str, ...] = ()

    @property
    def ending(self) -> tuple[str, Sent] | None:
        """The event and the verb that ended the AI's session; None where no verb did."""
        for one in reversed(self.handled):
            for sent in one.verbs:
                if sent.receipt.went_well and is_ending(sent.verb):
                    return one.event_id, sent
        return None


def replay_call(ruleset: RuleSet, call: RecordedCall, supposing: Supposing = NOTHING_FAILS) -> Played:
    """Play a call to the last moment of which the recording speaks. Equal inputs, equal answer."""
    player = Player(ruleset, call, supposing)
    for when, received in call.inputs:
        player.pass_until(when)
        player.feed(received, when)
    return player.end(call.until)


def as_recorded(call: RecordedCall) -> Played | None:
    """What was done in a call; None where the recording does not say."""
    return None if call.happened is None else Played(call.happened, call.over)


@lru_cache(maxsize=64)
def _quiet(setup: Setup) -> Setup:
    """As a call was set up, but that nothing is told which a replay does not ask for."""
    return replace(setup, sends=False, steps=False, trace=False)


class Player:
    """A call on its way: time passes, inputs come."""

    def __init__(self, ruleset: RuleSet, call: RecordedCall, supposing: Supposing) -> None:
        self.machine = CallMachine(
            start_call(call.call_id, call.started, call.facts),
            ruleset,
            _quiet(call.setup),
            unknown_ending=call.unknown_ending,
            unknown_to_host=call.unknown_to_host,
            decided_before=call.decided_before,
        )
        self._outcomes = Outcomes(call.outcomes, supposing)
        self.now = call.started
        self.handled: list[Handled] = []
        self._begun: dict[str, tuple[datetime, Event | None]] = {}
        self._origins: dict[Origin, tuple[str, ...]] = {}
        self.bugs: list[str] = []
        self._pending: tuple[datetime, Answered] | None = None
        """The answer that is on its way."""
        if ruleset.timers:
            self.feed(Woken(call.started), call.started)

    def pass_until(self, until: datetime) -> None:
        """Let time pass; what comes due on the way happens at its time."""
        machine = self.machine
        for _ in range(MAX_WAKES):
            pending, when = self._pending, machine.wakes_at
            if pending is not None and pending[0] <= until and (when is None or pending[0] <= when):
                self._pending = None
                self.feed(pending[1], pending[0])
            elif when is not None and when <= until:
                self.feed(Woken(when), when)
            else:
                return

    def come_to_rest(self, until: datetime) -> datetime | None:
        """Let time pass until no plan is under way, and no longer: when that is; None where that takes longer."""
        at = self.now
        while self.machine.busy:
            when = self._pending[0] if self._pending is not None else self.machine.wakes_at
            if when is None or when > until:
                return None
            self.pass_until(when)
            at = when
        return at

    def end(self, until: datetime) -> Played:
        """The recording ends. A plan that is under way then is brought to its end all the same: what it would have
        done is part of what its rule does."""
        self.pass_until(until)
        for _ in range(MAX_WAKES):
            when = self._pending[0] if self._pending is not None else self.machine.wakes_at
            if when is None or not self.machine.busy:
                break
            self.pass_until(when)
        return Played(tuple(self.handled), self.machine.over, self._origins, tuple(self.bugs))

    def feed(self, received: Input, now: datetime) -> None:
        """Take an input in, and answer what the call wants of its platform."""
        following = [received]
        self.now = now
        for one in following:
            for effect in self.machine.handle(one, now):
                match effect:
                    case Record(Decided(event=event)):
                        self._begun[event.event_id] = now, event
                    case Record(CapDue(event_id=event_id)):
                        self._begun[event_id] = now, None
                    case Record(Settled(outcome)):
                        self.handled.append(
                            _handled(outcome, *self._begun.pop(outcome.event_id, (now, None)))
                        )
                    case Send():
                        self._send(effect, now, following)
                    case Defer():
                        following.append(Continued())
                    case Bug(where, error):
                        self.bugs.append(f"{where}: {type(error).__name__}")

    def _send(self, send: Send, now: datetime, following: list[Input]) -> None:
        outcome = self._outcomes.answer(send.event_id, send.request)
        if outcome.left:
            if MaySend(send.step, allowed=True) not in self.machine.handle(AboutToSend(send.step), now):
                following.append(Answered(send.step, not_sent(Reason.FORBIDDEN, "forbidden")))
                return
            told = self._origins.get(outcome.origin, ())
            self._origins[outcome.origin] = (*told, word(send.request.verb, send.request.body))
        answered = Answered(send.step, outcome.receipt)
        if outcome.took:
            self._pending = now + outcome.took, answered
        else:
            following.append(answered)


def _handled(outcome: EventOutcome, at: datetime, event: Event | None) -> Handled:
    return Handled(
        outcome.event_id,
        at,
        {} if event is None else event.keys,
        outcome.rules,
        tuple(_sent(outcome, at)),
        outcome.status.value,
        "" if event is None else event.timer,
        outcome.advise,
        outcome.stay_silent,
    )


def _sent(outcome: EventOutcome, at: datetime) -> Iterable[Sent]:
    for step in outcome.steps:
        request = step.request
        body, left = (None, None) if request is None else (request.body, at)
        yield Sent(step.verb, step.receipt, outcome.event_id, step.rule.id, step.path, body, left)
