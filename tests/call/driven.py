"""A machine with a driver so small that a test decides on every input: when an answer comes, and when time passes."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from flowrules.call.deduplication import digest
from flowrules.call.effects import Bug, CallOff, Defer, Effect, MaySend, Record, Send, Tell
from flowrules.call.entries import Entry
from flowrules.call.inputs import AboutToSend, Answered, Closed, Continued, Input, Reported, Woken
from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventOutcome
from flowrules.call.receipt import Reason, Receipt, Status, dropped, no_answer, not_sent
from flowrules.call.setup import Setup
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import make_event
from flowrules.engine.planning.receipts import names_member
from flowrules.engine.state import start_call
from flowrules.source import source_from_text

START = datetime(2026, 3, 2, 11, tzinfo=UTC)


@lru_cache(maxsize=512)
def compiled(text: str) -> RuleSet:
    loaded = load_rules([source_from_text(text)])
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


def receipt_of(verb: str, why: str = "") -> Receipt:
    """What became of a request that left: '' for accepted, else the reason with which it failed."""
    if not why:
        result = {"member_id": "member-1"} if names_member(verb) else {}
        return Receipt(Status.ACCEPTED, http_status=200, result=result, attempts=1)
    if why == Reason.TIMEOUT:
        return no_answer("no answer came", 1)
    if why in (Reason.UNAVAILABLE, Reason.LATE):
        return not_sent(Reason(why), "it never got through")
    return Receipt(Status.REFUSED, Reason(why), 422, attempts=1)


class Driven:
    """`verbs` left, in order. `sending` has no answer yet. `told` holds the outcomes by their tickets, those of time
    under None. With `continues=False` the machine waits until `go_on`; `tolerant` keeps the `bugs` that it tells."""

    def __init__(
        self, rules: str, setup: Setup | None = None, *, continues: bool = True, tolerant: bool = False
    ) -> None:
        self.machine = CallMachine(start_call("call-1", START), compiled(rules), setup or Setup())
        self.now = START
        self.continues = continues
        self.tolerant = tolerant
        self.bugs: list[str] = []
        self.deferred = False
        self.sending: Send | None = None
        self.verbs: list[str] = []
        self.sends: list[Send] = []
        self.called_off: list[int] = []
        self.entries: list[Entry] = []
        self.told: dict[int | None, list[EventOutcome]] = {}
        self._tickets = 0
        self.handle(Woken(START))

    def handle(self, received: Input) -> tuple[Effect, ...]:
        effects = self.machine.handle(received, self.now)
        for effect in effects:
            match effect:
                case Record(entry):
                    self.entries.append(entry)
                case Send():
                    assert self.sending is None, "the one before it has no answer yet"
                    self.sending = effect
                    self.sends.append(effect)
                case CallOff(step):
                    self.called_off.append(step)
                case Defer():
                    self.deferred = True
                case Tell(ticket, outcome):
                    self.told.setdefault(ticket, []).append(outcome)
                case Bug(where, error):
                    self.bugs.append(where)
                    if self.tolerant:
                        continue
                    raise AssertionError(where) from error
        if self.deferred and self.continues:
            self.go_on()
        return effects

    def go_on(self) -> None:
        self.deferred = False
        self.handle(Continued())

    def report(self, *bare: str, event_id: str = "", **facts: Any) -> int:
        self._tickets += 1
        event = make_event(*bare, facts=facts, event_id=event_id)
        self.handle(Reported(self._tickets, event, digest(event) if event_id else ""))
        return self._tickets

    def close(self) -> int:
        self._tickets += 1
        self.handle(Closed(self._tickets, "the WebSocket has closed"))
        return self._tickets

    def leaves(self) -> bool:
        """The request that waits tries to leave; whether it may."""
        assert self.sending is not None
        effects = self.handle(AboutToSend(self.sending.step))
        (answer,) = (effect for effect in effects if isinstance(effect, MaySend))
        return answer.allowed

    def answer(self, why: str = "", *, left: bool | None = None) -> None:
        """Answer the request under way. One that has left already says so by `left`."""
        send = self.sending
        assert send is not None, "nothing is under way"
        if left or (left is None and self.leaves()):
            self.verbs.append(send.request.verb)
            receipt = receipt_of(send.request.verb, why)
        else:
            receipt = dropped("it was called off")
        self.sending = None
        self.handle(Answered(send.step, receipt))

    def answer_all(self, **why: str) -> "Driven":
        """Answer whatever is sent, each verb by its reason, until nothing is under way."""
        for _ in range(100):
            if self.sending is None:
                return self
            self.answer(why.get(self.sending.request.verb, ""))
        raise AssertionError("there is no end of it")

    def passes(self, seconds: float) -> "Driven":
        """Time passes, and the call is woken whenever it asked for that."""
        until = self.now + timedelta(seconds=seconds)
        for _ in range(1_000):
            when = self.machine.wakes_at
            if when is None or when > until:
                self.now = until
                return self
            self.now = max(self.now, when)
            self.handle(Woken(when))
        raise AssertionError("the call is woken without end")

    def rests(self, **why: str) -> "Driven":
        """Answer everything and let time pass until no plan is under way."""
        for _ in range(1_000):
            self.answer_all(**why)
            when = self.machine.wakes_at
            if not self.machine.busy:
                return self
            assert when is not None, "it waits for nothing"
            self.passes(max((when - self.now).total_seconds(), 0))
        raise AssertionError("it does not come to rest")

    def outcome(self, ticket: int | None) -> EventOutcome:
        (outcome,) = self.told[ticket]
        return outcome

    def kinds(self, kind: type[Entry]) -> list[Any]:
        return [entry for entry in self.entries if isinstance(entry, kind)]
