"""What is true of one call at this moment: data that its machine keeps, and what changes in it as a whole."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from flowrules.call.effects import Effect, Ran, Record
from flowrules.call.entries import Entry
from flowrules.call.fact_limits import FactLimits
from flowrules.call.repeats import Repeats
from flowrules.call.setup import Setup
from flowrules.call.speech import Speech
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.plan import PlannedStep
from flowrules.engine.state import CallState, break_silence, fall_silent, pause_silence


@dataclass(slots=True, eq=False, repr=False)
class Call:
    """`over` says why the AI's session has ended, '' while it has not."""

    setup: Setup
    ruleset: RuleSet
    state: CallState
    now: datetime
    over: str = ""
    unknown_ending: bool = False
    """An ending verb went out, and nobody knows whether it acted."""
    machine: bool = False
    """A machine has answered, not a person."""
    speech: Speech = field(default_factory=Speech)
    verbs: int = 0
    """How many were sent, or would have been."""
    requests: int = 0
    """How many were begun: each has its number."""
    repeats: Repeats = field(default_factory=Repeats)
    fact_limits: FactLimits = field(default_factory=FactLimits)
    events: set[str] = field(default_factory=set)
    """What events that the engine raised itself are called."""
    steps: set[tuple[str, str, str]] = field(default_factory=set)
    """Event, rule and path of each step for which a request was made."""
    effects: list[Effect] = field(default_factory=list)
    """What the input that is being handled has led to so far."""

    def fork(self) -> "Call":
        return replace(
            self,
            repeats=self.repeats.fork(),
            fact_limits=self.fact_limits.fork(),
            events={*self.events},
            steps={*self.steps},
            effects=[],
        )

    def do(self, effect: Effect) -> None:
        self.effects.append(effect)

    def record(self, entry: Entry) -> None:
        self.effects.append(Record(entry))

    def ran(self, event_id: str, step: PlannedStep, reason: str | None = None, *, sent: bool = False) -> None:
        """A step of a plan has been dealt with."""
        if self.setup.steps:
            self.effects.append(Ran(event_id, step, reason, sent))

    def event_name(self, name: str, tail: str = "") -> str:
        """A name that no other event of this call has: events of one name would share their Idempotency-Keys."""
        unique, number = name + tail, 1
        while unique in self.events:
            number += 1
            unique = f"{name}~{number}{tail}"
        self.events.add(unique)
        return unique

    def step_path(self, event_id: str, rule: str, path: str) -> str:
        """A path that no other step of this rule has for this event. The key of a request is made of it."""
        unique, number = path, 1
        while (event_id, rule, unique) in self.steps:
            number += 1
            unique = f"{path}~{number}"
        self.steps.add((event_id, rule, unique))
        return unique

    def end(self, why: str) -> None:
        """The AI's session is over: no cap can act any more. Only the first reason counts."""
        self.over = self.over or why
        if self.state.caps:
            self.state = self.state._replace(caps=())

    # --- who speaks, and what that does to the caller's silence ---

    def bot_speaking(self) -> None:
        self.speech = self.speech.bot_speaking()
        self.state = pause_silence(self.state, self.now)

    def bot_finished(self) -> None:
        self.speech = self.speech.bot_finished()
        self.fall_silent()

    def played_out(self) -> None:
        """The platform tells that what it played has come to its end. A host that tells so itself knows better."""
        if not self.speech.signalled:
            self.speech = self.speech.played_out()
            self.fall_silent()

    def caller_heard(self, *, interrupts: bool) -> None:
        """The caller's voice, words or keys came in. Where they interrupt, a hangup that waits is dropped."""
        self.state = break_silence(self.state, self.now)
        if interrupts and not self.machine:
            self.speech = self.speech.interrupted()

    def platform_says(self, text: str) -> None:
        """The platform speaks a text of the rules."""
        self.state = pause_silence(self.state, self.now)
        self.speech = self.speech.said(self.setup.spoken_seconds(text), self.now)

    def speech_passes(self) -> None:
        """Time has passed: what the platform spoke may have come to its end."""
        until, self.speech = self.speech.said_until, self.speech.at(self.now)
        if until is not None and self.speech.said_until is None:
            self.fall_silent(until)

    def fall_silent(self, since: datetime | None = None) -> None:
        """From now on, or since then, it is the caller's silence, unless the bot still speaks or the caller is on
        hold."""
        if self.state.facts.get("call.on_hold") is not True and not self.speech.busy:
            self.state = fall_silent(self.state, since or self.now)

    def held_since(self, before: CallState) -> None:
        """The caller may have been put on hold since, or taken off it."""
        on_hold = self.state.facts.get("call.on_hold")
        if on_hold == before.facts.get("call.on_hold"):
            return
        if on_hold is True:
            self.state = pause_silence(self.state, self.now)
        else:
            self.fall_silent()
