"""A recorded call, played by a rule set: what would have been done, event by event.

It drives the same machine as a live call (`flowrules/call`). Time jumps from one thing that happens to the next; what
becomes of a verb comes from the recording (`outcomes.py`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from flowrules.call.call import twin_of
from flowrules.call.effects import Bug, Defer, MaySend, Record, Send
from flowrules.call.entries import CapDue, Decided, Settled
from flowrules.call.inputs import AboutToSend, Answered, Input, Woken
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Reason, Receipt, not_sent
from flowrules.call.setup import Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event
from flowrules.engine.state import start_call
from flowrules.recordings.call import Handled, RecordedCall, Sent
from flowrules.recordings.pace import EVEN
from flowrules.replaying.keeping import BEFORE, CONTINUED, Due, Keeping
from flowrules.replaying.outcomes import NOTHING_FAILS, Origin, Outcomes, Supposed, Supposing
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
    return _player(ruleset, call, supposing).end(call.until)


def replay_beside_record(
    ruleset: RuleSet, call: RecordedCall, supposing: Supposing = NOTHING_FAILS
) -> Played:
    """The same, as far as the recording says what was done (`as_recorded`): of a call that is cut off it does not say
    how what was under way came to its end."""
    player = _player(ruleset, call, supposing)
    played = player.end(call.until)
    return played if call.known_until is None else known_part(call, played, player.settled)


def known_part(call: RecordedCall, played: Played, settled: Sequence[datetime]) -> Played:
    """Of a call that is cut off, what was over before anything that was under way at its end had begun, and what the
    recording has itself. `settled`: when each event was over."""
    assert call.known_until is not None
    on_record = {one.event_id for one in call.happened or ()}
    handled = [
        one
        for one, at in zip(played.handled, settled, strict=True)
        if at < call.known_until or one.event_id in on_record
    ]
    return replace(played, handled=tuple(handled))


def _player(ruleset: RuleSet, call: RecordedCall, supposing: Supposing) -> "Player":
    player = Player(ruleset, call, supposing)
    for number, (when, received) in enumerate(call.inputs):
        player.come_to(when, number)
        player.feed(received, when)
    return player


def as_recorded(call: RecordedCall) -> Played | None:
    """What was done in a call; None where the recording does not say."""
    return None if call.happened is None else Played(call.happened, call.over)


@lru_cache(maxsize=64)
def quiet(setup: Setup) -> Setup:
    """As a call was set up, but that nothing is told which a replay does not ask for."""
    return replace(setup, sends=False, steps=False, trace=False)


class Player:
    """A call on its way: time passes, inputs come."""

    def __init__(self, ruleset: RuleSet, call: RecordedCall, supposing: Supposing) -> None:
        self.machine = CallMachine(
            start_call(call.call_id, call.started, call.facts),
            ruleset,
            quiet(call.setup),
            unknown_ending=call.unknown_ending,
            unknown_to_host=call.unknown_to_host,
            decided_before=call.decided_before,
        )
        self._call = call
        self._pace = None if call.pace is EVEN else Keeping(call)
        self._outcomes = Outcomes(call.outcomes, supposing)
        self.now = call.started
        self.handled: list[Handled] = []
        self.settled: list[datetime] = []
        """When each of these was over."""
        self._begun: dict[str, tuple[datetime, Event | None]] = {}
        self._origins: dict[Origin, tuple[str, ...]] = {}
        self.bugs: list[str] = []
        self._unheld: dict[int, Supposed] = {}
        """What becomes of requests that guard rails held back in the recording, if these let them go."""
        self._due: list[Due] = []
        """Answers that are on their way, and what comes before them."""
        if ruleset.timers:
            self.feed(Woken(call.started), call.started)

    def at_rest(self) -> "Player":
        """A copy that can be played on from here, with nothing of what was done before."""
        twin = self.fork()
        twin.handled, twin.settled, twin._origins, twin._begun = [], [], {}, {}
        return twin

    def fork(self) -> "Player":
        """A copy that goes its own way from here."""
        twin = twin_of(self)
        twin.machine, twin._outcomes = self.machine.fork(), self._outcomes.fork()
        twin.handled, twin.settled, twin.bugs = [*self.handled], [*self.settled], [*self.bugs]
        twin._unheld = {**self._unheld}
        twin._begun, twin._origins, twin._due = {**self._begun}, {**self._origins}, [*self._due]
        return twin

    def come_to(self, when: datetime, number: int) -> None:
        """Let time pass until the call's input of this number comes."""
        self.pass_until(when, number if self._pace is None else self._pace.place(number))

    def pass_until(self, until: datetime, place: float = math.inf) -> None:
        """Let time pass; what comes due on the way happens at its time."""
        if not self._due and self.machine.wakes_at is None:
            return
        for _ in range(MAX_WAKES):
            due = self._next()
            if due is None or due.at > until or (due.at == until and due.place >= place):
                return
            self._take(due)

    def come_to_rest(self, until: datetime) -> datetime | None:
        """Let time pass until no plan is under way, and no longer: when that is; None where that takes longer."""
        at = self.now
        while self.machine.busy:
            due = self._next()
            if due is None or due.at > until:
                return None
            self._take(due)
            at = due.at
        return at

    def end(self, until: datetime) -> Played:
        """The recording ends. A plan that is under way then is brought to its end all the same: what it would have
        done is part of what its rule does."""
        self.pass_until(until)
        for _ in range(MAX_WAKES):
            due = self._next() if self.machine.busy else None
            if due is None:
                break
            self._take(due)
        return Played(tuple(self.handled), self.machine.over, self._origins, tuple(self.bugs))

    def _next(self) -> Due | None:
        """What comes next by itself."""
        due = min(self._due, default=None, key=_order)
        wakes = self.machine.wakes_at
        if wakes is None:
            return due
        wake = Due(wakes, BEFORE, Woken(wakes))
        if self._pace is not None:
            wake = self._pace.waking(wake)
        return wake if due is None or _order(wake) < _order(due) else due

    def _take(self, due: Due) -> None:
        if type(due.received) is Woken:
            if self._pace is not None:
                self._pace.woken(due)
        else:
            self._due.remove(due)
        if type(due.received) is AboutToSend:
            self._about_to_send(due)
        else:
            self.feed(due.received, due.at)

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
                        self.settled.append(now)
                    case Send():
                        self._send(effect, now, following)
                    case Defer():
                        self._go_on(now, following)
                    case Bug(where, error):
                        self.bugs.append(f"{where}: {type(error).__name__}")

    def _go_on(self, now: datetime, following: list[Input]) -> None:
        """The call has been put off for a moment."""
        due = None if self._pace is None else self._pace.continuing(now, self.machine)
        if due is None:
            following.append(CONTINUED)
        else:
            self._due.append(due)

    def _send(self, send: Send, now: datetime, following: list[Input]) -> None:
        outcome = self._outcomes.answer(send.event_id, send.request)
        sent, answered = outcome.sent, Answered(send.step, outcome.receipt)
        if outcome.left:
            told = self._origins.get(outcome.origin, ())
            self._origins[outcome.origin] = (*told, word(send.request.verb, send.request.body))
        if sent is not None and sent.asked:
            for after, place in sent.asked:
                self._due.append(Due(now + after, place, AboutToSend(send.step)))
        elif outcome.left and not self._may_leave(send.step, now):
            following.append(Answered(send.step, _FORBIDDEN))
            return
        if sent is not None and sent.held_back:
            self._unheld[send.step] = self._outcomes.supposed(send.request)
        if sent is not None and (sent.took or sent.asked):
            self._due.append(Due(now + sent.took, sent.place or BEFORE, answered))
        elif sent is None and send.event_id in self._call.under_way:
            self._due.append(Due(max(now, self._call.until) + _INSTANT, BEFORE, answered))
        else:
            following.append(answered)

    def _about_to_send(self, due: Due) -> None:
        """An attempt leaves, if nothing speaks against it. Of one that left in the recording and may not leave here,
        and of one that guard rails held back there and not here, the recorded answer tells nothing."""
        received = due.received
        assert isinstance(received, AboutToSend)
        self.now = due.at
        if self._may_leave(received.step, due.at):
            if (supposed := self._unheld.pop(received.step, None)) is not None:
                told = self._origins.get(Origin.SUPPOSED, ())
                self._origins[Origin.SUPPOSED] = (*told, supposed.word)
                self._answer_at_once(received.step, supposed.receipt, due.at)
            return
        answer = next(
            (
                one
                for one in self._due
                if isinstance(one.received, Answered) and one.received.step == received.step
            ),
            None,
        )
        if answer is None or answer.received.receipt.left:  # type: ignore[union-attr]
            self._answer_at_once(received.step, _FORBIDDEN, due.at)

    def _answer_at_once(self, step: int, receipt: Receipt, now: datetime) -> None:
        """Instead of what the recording says."""
        self._due = [one for one in self._due if getattr(one.received, "step", None) != step]
        self.feed(Answered(step, receipt), now)

    def _may_leave(self, step: int, now: datetime) -> bool:
        return MaySend(step, allowed=True) in self.machine.handle(AboutToSend(step), now)


_INSTANT = timedelta(microseconds=1)
_FORBIDDEN = not_sent(Reason.FORBIDDEN, "forbidden")


def _order(due: Due) -> tuple[datetime, float]:
    return due.at, due.place


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
        body, left = (None, None) if request is None else (request.body, at if step.receipt.left else None)
        yield Sent(step.verb, step.receipt, outcome.event_id, step.rule.id, step.path, body, left)
