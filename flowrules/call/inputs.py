"""What can happen to a call. Any of these may come at any moment. Tuples where they carry something, since every event
makes some."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from flowrules.call.receipt import Receipt
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source
from flowrules.language.values import Value


class Reported(NamedTuple):
    """The host reports an event. The outcome is told under `ticket`, a number that no other input of this call has.
    `digest` is that of its id and all that it says (`repeats.digest`); '' for an event without an id."""

    ticket: int
    event: Event
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Continued:
    """The answer to Defer."""


class AboutToSend(NamedTuple):
    """An attempt at a step's request is about to leave: the answer is MaySend. Each attempt asks."""

    step: int


class Answered(NamedTuple):
    """What became of a request. `broken`: the driver itself has failed on the way, so the plan is given up."""

    step: int
    receipt: Receipt
    broken: bool = False


class Woken(NamedTuple):
    """The time has come that a WakeAt named."""

    when: datetime


@dataclass(frozen=True, slots=True)
class BotSpeaking:
    """The bot's voice can be heard from now on."""


@dataclass(frozen=True, slots=True)
class BotFinished:
    """The bot has finished speaking: what was synthesised has been played out."""


@dataclass(frozen=True, slots=True)
class PlayedOut:
    """The platform tells that what it played has come to its end."""


@dataclass(frozen=True, slots=True)
class CallerSpeaking:
    """The caller's voice was heard. A hangup that waits for the bot is dropped."""


@dataclass(frozen=True, slots=True)
class CallerHeard:
    """The caller's voice goes on, or has just ended. Nothing is interrupted."""


class Learned(NamedTuple):
    """Facts come to be known without an event."""

    facts: Mapping[str, Value]
    source: Source = Source.HOST


class RulesChanged(NamedTuple):
    """Other rules are live. A plan that is under way goes on by those it was made of."""

    ruleset: RuleSet


class Closed(NamedTuple):
    """The WebSocket is closed. `call_ended` is decided, and its outcome told under `ticket`."""

    ticket: int
    why: str


class Stopped(NamedTuple):
    """The process ends, or has cancelled its tasks: what is under way is dropped."""

    why: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The driver could not do what was wanted of it: what is under way is given up."""


Input = (
    Reported
    | Continued
    | AboutToSend
    | Answered
    | Woken
    | BotSpeaking
    | BotFinished
    | PlayedOut
    | CallerSpeaking
    | CallerHeard
    | Learned
    | RulesChanged
    | Closed
    | Stopped
    | Failed
)
