"""What can happen next in a call that is explored. A move does not say when: the world that it is played in does."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from flowrules.call.receipt import Reason
from flowrules.engine.event import Event, Source
from flowrules.language.values import Value


class Begins(NamedTuple):
    """The call comes up at this time. `told` is what the platform's metadata said, `known` what the host supplied."""

    at: datetime
    told: Mapping[str, Value]
    known: Mapping[str, Value]


class Happens(NamedTuple):
    """The host reports an event. `rest`: what it reports next of the same utterance, which grows or is repeated.
    `speaking`: the bot is speaking at that moment."""

    event: Event
    rest: tuple[Event, ...] = ()
    speaking: bool = False


class GoesOn(NamedTuple):
    """The host reports the next piece of an utterance that it has reported before."""

    event: Event
    rest: tuple[Event, ...] = ()


class Learns(NamedTuple):
    """Facts come to be known without an event."""

    facts: Mapping[str, Value]
    source: Source = Source.HOST


class Answers(NamedTuple):
    """The platform answers the request that is under way. `reason`: why it failed; None: it is accepted. With `timeout`
    nobody knows whether it acted."""

    reason: Reason | None = None


class Passes(NamedTuple):
    """Time passes, until something comes due: `seconds`, from now."""

    seconds: float


class Voice(Enum):
    """Who is heard, or falls silent."""

    BOT_SPEAKS = "the bot begins to speak"
    BOT_FINISHES = "the bot has finished speaking"
    CALLER_SPEAKS = "the caller speaks"


class Hears(NamedTuple):
    """The host tells who speaks."""

    voice: Voice


class Closes(NamedTuple):
    """The WebSocket closes: the call is over."""


Move = Begins | Happens | GoesOn | Learns | Answers | Passes | Hears | Closes


def cost(move: Move, *, waited_for: bool) -> int:
    """How much of the depth a move uses up. The platform's yes, the rest of an utterance, the bot's last word, the
    close, and time that is waited for (by a plan, or for a sentence of the rules to be spoken) cost nothing."""
    match move:
        case Begins() | GoesOn() | Closes() | Hears(Voice.BOT_FINISHES):
            return 0
        case Answers(reason):
            return 0 if reason is None else 1
        case Passes():
            return 0 if waited_for else 1
        case Happens() | Learns() | Hears():
            return 1
