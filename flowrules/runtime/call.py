"""What is true of one call at this moment, for the session that hears its events and the executor that acts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flowrules.analysis.host_fence import HostFence
from flowrules.call.fact_limits import FactLimits
from flowrules.control.clock import Clock
from flowrules.engine.state import CallState, break_silence, fall_silent, pause_silence
from flowrules.runtime.alarms import Alarms
from flowrules.runtime.caps import Caps
from flowrules.runtime.counters import Counters
from flowrules.runtime.ending import Ending
from flowrules.runtime.recorder import Recorder
from flowrules.runtime.senders import Sender
from flowrules.runtime.settings import Settings
from flowrules.runtime.share import LoopShare
from flowrules.runtime.speech import SpeechGate


@dataclass(frozen=True, slots=True)
class House:
    """What all calls of an engine share."""

    clock: Clock
    settings: Settings
    share: LoopShare
    alarms: Alarms
    fence: HostFence
    counters: Counters


@dataclass(slots=True, eq=False, repr=False)
class LiveCall:
    """A call in progress. `over` says why the AI's session has ended, '' while it has not."""

    house: House
    state: CallState
    sender: Sender
    recorder: Recorder
    gate: SpeechGate
    caps: Caps
    began: float
    """When the call was taken over (the clock's `monotonic`)."""
    over: str = ""
    verbs: int = 0
    """How many were sent, or would have been."""
    unknown_ending: bool = False
    """An ending verb went out, and nobody knows whether it acted."""
    timers_moved: Callable[[], None] = lambda: None
    """Called when time that did not count begins to count; its session sets it."""
    machine: bool = False
    """A machine has answered, not a person."""
    ending: Ending = field(default_factory=Ending)

    fact_limits: FactLimits = field(default_factory=FactLimits)
    events: set[str] = field(default_factory=set)
    """What events that the engine raised itself are called."""
    steps: set[tuple[str, str, str]] = field(default_factory=set)
    """Event, rule and path of each step for which a request was made."""

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

    @property
    def call_id(self) -> str:
        return self.state.call_id

    @property
    def started_at(self) -> datetime:
        return self.state.started_at

    def now(self) -> datetime:
        """The time in this call: by the clock at its start, and from there on evenly. Whoever sets the machine's clock
        in mid-call sets off no timer of it."""
        return self.state.started_at + timedelta(0, self.house.clock.monotonic() - self.began)

    # --- who speaks, and what that does to the caller's silence ---

    def bot_speaking(self) -> None:
        self.gate.bot_speaking()
        self.state = pause_silence(self.state, self.now())

    def bot_finished(self) -> None:
        self.gate.bot_finished()
        self.fall_silent()

    def played_out(self) -> None:
        """The platform tells that what it played has come to its end."""
        self.gate.played_out()
        self.fall_silent()

    def caller_heard(self, *, interrupts: bool) -> None:
        """The caller's voice, words or keys came in. Where they interrupt, a hangup that waits is dropped."""
        self.state = break_silence(self.state, self.now())
        if interrupts and not self.machine:
            self.gate.caller_speaking()

    def platform_says(self, text: str) -> float:
        """The platform speaks a text of the rules; for so many seconds, as far as can be told."""
        self.state = pause_silence(self.state, self.now())
        return self.gate.said(text)

    def fall_silent(self) -> None:
        """From now on it is the caller's silence, unless the bot still speaks or the caller is on hold."""
        if self.state.facts.get("call.on_hold") is not True and not self.gate.busy:
            self.state = fall_silent(self.state, self.now())
            self.timers_moved()

    def hold(self, on: bool) -> None:
        """The caller was put on hold, or taken off it."""
        if on:
            self.state = pause_silence(self.state, self.now())
        else:
            self.fall_silent()
