"""A machine under watch: whatever comes in, what goes out of it must keep these promises."""

import re
from collections import Counter
from datetime import datetime

from flowrules.call.effects import Bug, CallOff, Effect, LeftOut, MaySend, Record, Send, Tell, WakeAt
from flowrules.call.entries import CapDue, Decided, Entry, Note, NotSent, Received, Sending, Settled
from flowrules.call.inputs import AboutToSend, Answered, Closed, Input, Reported, Woken
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome, EventStatus, StepOutcome
from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.engine.planning.plan import Plan, PlannedVerb
from flowrules.verbs import BY_NAME, LOOK
from flowrules.verbs import Effect as Does

Step = tuple[str, str, str]
"""Event, rule and path."""


class Watched:
    """`reached` gathers what was seen, so that a test can tell that the inputs reach it. `tolerant`: something of ours
    is made to fail, so that bugs are told."""

    def __init__(self, machine: CallMachine, reached: set[str], *, tolerant: bool = False) -> None:
        self._tolerant = tolerant
        self.machine = machine
        self.reached = reached
        self.open_send: Send | None = None
        self.tickets: set[int] = set()
        self.told: Counter[int] = Counter()
        self.outcomes: list[EventOutcome] = []
        self._keys: set[str] = set()
        self._intents: Counter[Step] = Counter()
        self._received: Counter[Step] = Counter()
        self._planned: dict[str, Counter[tuple[str, str]]] = {}
        self._fates: dict[str, Counter[tuple[str, str]]] = {}
        self._steps: dict[str, list[StepOutcome]] = {}
        self._ended = False
        """An ending verb was accepted, or the platform said that the session is over."""
        self._in_doubt = machine.unknown_ending
        """An ending verb may have acted, and no look has told."""
        self._closed = False

    def handle(self, received: Input, now: datetime) -> tuple[Effect, ...]:
        finished = self.machine.finished
        wanted = self.machine.wakes_at
        before = self.open_send
        match received:
            case Reported(ticket) | Closed(ticket):
                self.tickets.add(ticket)
            case Answered(step, receipt) if before is not None and before.step == step:
                self._answered(before, receipt)
        suspended = [one for one in self.machine._stack if one.suspended_at is not None]
        effects = self.machine.handle(received, now)
        if suspended:
            self.reached.add("run beside an ending")
        if isinstance(received, Closed):
            self._closed = True
        for effect in effects:
            self._see(effect)
        asked = [effect for effect in effects if isinstance(effect, MaySend)]
        if isinstance(received, AboutToSend):
            (answer,) = asked
            assert answer.step == received.step
            if answer.allowed:
                self._leaves(received.step)
        else:
            assert not asked
            assert not any(isinstance(e, Record) and isinstance(e.entry, Sending) for e in effects)
        if isinstance(received, Woken) and received.when == wanted and len(effects) == 1:
            assert effects != (WakeAt(wanted),), "it asks for the same moment again, and nothing has happened"
        if finished:
            assert all(
                isinstance(effect, MaySend | Tell | LeftOut) or _refuses(effect) for effect in effects
            ), effects
        return effects

    def at_rest(self) -> None:
        """All has come to its end: whoever waits has been told, and nothing is open."""
        assert self.machine.finished
        assert not self.machine.busy
        assert self.machine.wakes_at is None
        assert self.open_send is None
        assert self.told == Counter(self.tickets)
        assert not self._planned, "it was decided, and is never settled"
        assert not self._steps, "a step of what is never settled"
        assert self._intents == self._received

    def _see(self, effect: Effect) -> None:
        match effect:
            case Bug(where, error):
                self.reached.add("a bug")
                if not self._tolerant:
                    raise AssertionError(where) from error
            case Send():
                self._sent(effect)
            case CallOff(step):
                assert self.open_send is not None
                assert self.open_send.step == step
            case Tell(ticket, outcome):
                self.outcomes.append(outcome)
                if ticket is not None:
                    self.told[ticket] += 1
                    assert self.told[ticket] == 1, "an event has two outcomes"
                self.reached.add(f"status {outcome.status}")
                if outcome.repeated:
                    self.reached.add("a repeat")
                if outcome.raised:
                    self.reached.add("something raised")
            case Record(entry):
                self._recorded(entry)

    def _sent(self, send: Send) -> None:
        assert self.open_send is None, "the request before it has no answer yet"
        self.open_send = send
        request = send.request
        if request.key is not None:
            assert request.key not in self._keys, "two requests share a key"
            self._keys.add(request.key)
        if request.verb == LOOK.name and request.key is None:
            self.reached.add("a look" if self._in_doubt else "a read")
        self._may_act(request.verb)

    def _leaves(self, step: int) -> None:
        send = self.open_send
        assert send is not None
        assert send.step == step
        self._may_act(send.request.verb)

    def _may_act(self, verb: str) -> None:
        does = BY_NAME[verb].effect
        if does in (Does.LIVE, Does.ENDING):
            assert not self._ended, f"{verb} after the AI's session has ended"
            assert not self._closed, f"{verb} after the close"
        if does is Does.ENDING:
            assert not self._in_doubt, f"{verb} after an ending verb that may have acted"

    def _answered(self, send: Send, receipt: Receipt) -> None:
        self.open_send = None
        verb = send.request.verb
        ending = BY_NAME[verb].effect is Does.ENDING
        self.reached.add(f"answer {receipt.status} {receipt.reason or ''}".strip())
        if receipt.reason is Reason.ENDED or (ending and receipt.went_well):
            self._ended = True
        if ending and receipt.status is Status.UNKNOWN:
            self._in_doubt = True
        if verb == LOOK.name and receipt.went_well:
            self._in_doubt = False

    def _recorded(self, entry: Entry) -> None:
        match entry:
            case Decided(event=event, plan=plan):
                self._plan(event.event_id, plan)
            case CapDue(event_id, plan):
                self.reached.add("a cap")
                self._plan(event_id, plan)
            case Sending(event_id, rule, path, _):
                self._intents[event_id, rule.id, path] += 1
                assert self._intents[event_id, rule.id, path] == 1, "two intents for one step"
            case Received(event_id, rule, path, request, receipt):
                self._steps.setdefault(event_id, []).append(StepOutcome(rule, path, request.verb, receipt))
                step = (event_id, rule.id, path)
                self._received[step] += 1
                assert self._received[step] == self._intents[step] == 1, "an outcome without its one intent"
                self._fate(event_id, rule.id, path)
            case NotSent(event_id, rule, path, verb, receipt):
                self._steps.setdefault(event_id, []).append(StepOutcome(rule, path, verb, receipt))
                assert (event_id, rule.id, path) not in self._intents, "an intent, and never its outcome"
                self.reached.add(f"not sent {receipt.status} {receipt.reason or ''}".strip())
                self._fate(event_id, rule.id, path)
            case Note(message) if "as before again" in message:
                self.reached.add("taken back")
            case Settled(outcome):
                assert list(outcome.steps) == self._steps.pop(outcome.event_id, []), (
                    "it tells what is on record"
                )
                if (planned := self._planned.pop(outcome.event_id, None)) is not None:
                    fates = self._fates.pop(outcome.event_id, Counter())
                    for step, count in planned.items():
                        assert fates[step] == count, (step, fates)

    def _plan(self, event_id: str, plan: Plan) -> None:
        assert event_id not in self._planned
        self._planned[event_id] = Counter(
            (part.rule.id, step.path)
            for part in plan.parts
            for step in part.steps
            if isinstance(step, PlannedVerb)
        )
        if any(
            isinstance(step, PlannedVerb) and step.closes_cap for part in plan.parts for step in part.steps
        ):
            self.reached.add("a pair closed before an ending")

    def _fate(self, event_id: str, rule: str, path: str) -> None:
        self._fates.setdefault(event_id, Counter())[rule, re.sub(r"~\d+$", "", path)] += 1


def _refuses(effect: Effect) -> bool:
    """Whether this is on record of an event that came after the call's end."""
    return (
        isinstance(effect, Record)
        and isinstance(effect.entry, Settled)
        and effect.entry.outcome.status is EventStatus.CALL_OVER
    )
