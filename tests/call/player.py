"""Plays what was drawn into a machine: each thing becomes an input that fits, or does not fit, what the call is at."""

from dataclasses import replace
from datetime import datetime, timedelta

from flowrules.call.deduplication import digest
from flowrules.call.effects import Defer, Effect, MaySend
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
from flowrules.call.machine import CallMachine
from flowrules.call.receipt import Receipt, dropped
from flowrules.call.setup import Limits, Setup
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import make_event
from flowrules.engine.planning.receipts import INTERRUPTED
from flowrules.engine.state import start_call

from .driven import START, receipt_of
from .generated import EVENTS
from .watched import Watched

SETUP = Setup(Limits(queue_size=3, verbs_per_event=8, verbs_per_call=25))
SHADOW = replace(SETUP, sends=False)
HOSTED = replace(SETUP, served=frozenset({"hold", "unhold", "transfer", "log"}), host_voice=True)
"""The host speaks itself, and carries some verbs out itself."""
TELLING = replace(HOSTED, served=frozenset({"hangup", "transfer", "get_call_state"}))
"""It can tell how the call stands, too."""
SETUPS = (SETUP, SETUP, SETUP, SHADOW, replace(SHADOW, waits=False), HOSTED, TELLING)


class Broken(Exception):
    """Something of ours fails."""


def _decide(ruleset, event, state, now, trace=False):
    if event.keys.get("intent") == "i2" or event.timer:
        raise Broken
    return SETUP.decide(ruleset, event, state, now, trace)


def _make_plan(ruleset, decision, state):
    if "said" in decision.event.keys or decision.event.keys.get("intent") == "i3":
        raise Broken
    return SETUP.make_plan(ruleset, decision, state)


def _objection(body):
    if body["event"] in ("hold", "hangup"):
        raise Broken
    return ""


FAULTY = (
    replace(SETUP, decide=_decide),
    replace(SETUP, make_plan=_make_plan),
    replace(SETUP, objection=_objection),
    replace(SHADOW, objection=_objection),
)
"""With which flowrules itself fails, always for the same things."""


def new_machine(ruleset: RuleSet, setup: Setup = SETUP, unknown_ending: bool = False) -> CallMachine:
    """`unknown_ending`: an earlier process has left one behind."""
    return CallMachine(start_call("call-1", START), ruleset, setup, unknown_ending=unknown_ending)


class Player:
    """`played` are the inputs that came of it, with their times and what followed from each."""

    def __init__(
        self,
        ruleset: RuleSet,
        other: RuleSet,
        reached: set[str],
        setup: Setup = SETUP,
        unknown_ending: bool = False,
    ) -> None:
        machine = new_machine(ruleset, setup, unknown_ending)
        self.watched = Watched(machine, reached, tolerant=setup in FAULTY)
        self.now = START
        self.played: list[tuple[Input, datetime, tuple[Effect, ...]]] = []
        self._rules = (ruleset, other)
        self._deferred = False
        self._tickets = 0
        self._last: tuple[int, Receipt] | None = None
        self.handle(Woken(START))

    def handle(self, received: Input) -> tuple[Effect, ...]:
        if isinstance(received, Continued):
            self._deferred = False
        effects = self.watched.handle(received, self.now)
        self._deferred = self._deferred or any(isinstance(effect, Defer) for effect in effects)
        self.played.append((received, self.now, effects))
        return effects

    def play(self, happening: tuple[object, ...]) -> None:
        match happening:
            case ("report", int(number), str(event_id)):
                self._tickets += 1
                event = make_event(facts=EVENTS[number], event_id=event_id)
                self.handle(Reported(self._tickets, event, digest(event) if event_id else ""))
            case ("answer", str(why)):
                self.answer(why)
            case ("ending", str(why)):
                self._fail_ending(why)
            case ("broken answer",):
                self.answer("timeout", broken=True)
            case ("repeated answer",) if self._last is not None:
                self.handle(Answered(*self._last))
            case ("unasked answer",) if self.watched.open_send is not None:
                # It was called off before it tried to leave.
                self._answered(dropped("it was called off"))
            case ("stray answer",):
                self.handle(Answered(9_999, receipt_of("hold")))
            case ("about",) if self.watched.open_send is not None:
                self.handle(AboutToSend(self.watched.open_send.step))
            case ("stray about",):
                self.handle(AboutToSend(9_999))
            case ("pass", float(seconds)):
                self.now += timedelta(seconds=seconds)
            case ("wake", float(seconds)):
                self._wake(seconds)
            case ("continue",):
                self.handle(Continued())
            case ("sit",):
                self.sit()
            case ("rest",):
                self._rest(timedelta(seconds=10))
            case ("bot", bool(speaks)):
                self.handle(BotSpeaking() if speaks else BotFinished())
            case ("played",):
                self.handle(PlayedOut())
            case ("caller", bool(speaks)):
                self.handle(CallerSpeaking() if speaks else CallerHeard())
            case ("learned",):
                self.handle(Learned({"f1": True}))
            case ("rules",):
                self._rules = self._rules[::-1]
                self.handle(RulesChanged(self._rules[0]))
            case ("close",):
                self._tickets += 1
                self.handle(Closed(self._tickets, "the WebSocket has closed"))
            case ("stop",):
                self.handle(Stopped("the program ends"))
            case ("fail",):
                self.handle(Failed())

    def answer(self, why: str, *, broken: bool = False) -> None:
        """Let the request that is under way leave, where it may, and answer it."""
        if self.watched.open_send is None and self._deferred:
            self.handle(Continued())
        send = self.watched.open_send
        if send is None:
            return
        allowed = any(e == MaySend(send.step, allowed=True) for e in self.handle(AboutToSend(send.step)))
        receipt = receipt_of(send.request.verb, why) if allowed else dropped("it was called off")
        if receipt.went_well and send.request.by_host and send.step % 2:
            receipt = replace(receipt, result={**receipt.result, INTERRUPTED: True})
        self._answered(receipt, broken=broken)

    def _rest(self, length: timedelta) -> None:
        """Nothing is reported for so long: caps and timers come due."""
        until = self.now + length
        for _ in range(40):
            self.sit()
            when = self.watched.machine.wakes_at
            if when is None or when > until:
                return
            self._wake(0)

    def _fail_ending(self, why: str) -> None:
        """Answer what is sent until an ending verb fails for this reason."""
        for _ in range(8):
            self._wake(0)
            send = self.watched.open_send
            if send is not None and send.request.ends:
                self.answer(why)
                return
            self.answer("")

    def _answered(self, receipt: Receipt, *, broken: bool = False) -> None:
        send = self.watched.open_send
        assert send is not None
        self._last = (send.step, receipt)
        self.handle(Answered(send.step, receipt, broken))

    def _wake(self, seconds: float) -> None:
        when = self.watched.machine.wakes_at
        if when is not None:
            self.now = max(self.now, when + timedelta(seconds=seconds))
            self.handle(Woken(when))

    def sit(self, *, until_free: bool = True) -> None:
        """Do what any driver does, until the call rests, or for good."""
        for _ in range(400):
            machine = self.watched.machine
            if self.watched.open_send is not None:
                self.answer("")
            elif self._deferred:
                self.handle(Continued())
            elif machine.wakes_at is not None and (machine.busy or not until_free):
                self._wake(0)
            else:
                assert not machine.busy, "it waits for nothing"
                return
        raise AssertionError("the call does not come to rest")

    def close(self) -> None:
        self.play(("close",))
        self.sit()
