"""What happens in one call, drawn from a seed: what its host reports, who speaks, and how it ends."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from flowrules.chaos.rules import INTENTS
from flowrules.engine.event import Source
from flowrules.sandbox.faults import Closing


@dataclass(frozen=True, slots=True)
class Report:
    """The host reports an event; `wait` for its outcome before going on. An id that was reported before is a
    repetition."""

    event_id: str
    facts: Mapping[str, Any]
    source: Source = Source.HOST
    wait: bool = True


@dataclass(frozen=True, slots=True)
class Speech:
    """Somebody begins or ends to speak."""

    signal: Literal["bot_speaking", "bot_finished", "caller_speaking", "caller_heard"]


@dataclass(frozen=True, slots=True)
class Refresh:
    """The platform sends the next token."""


@dataclass(frozen=True, slots=True)
class Revoke:
    """The host makes the token worthless."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The caller presses a telephone key."""

    digit: str


@dataclass(frozen=True, slots=True)
class Pause:
    """In parts of the time that one thing takes on average."""

    parts: float


@dataclass(frozen=True, slots=True)
class Close:
    """The platform breaks the WebSocket off."""

    how: Closing


Act = Report | Speech | Refresh | Revoke | Keys | Pause | Close

_LIVE = tuple(f"i{number}" for number in range(INTENTS) if number % 3)
_ENDING = (*(f"i{number}" for number in range(0, INTENTS, 3)), "crisis")


def script(seed: int, call: int, events: int = 8) -> tuple[Act, ...]:
    return tuple(_acts(random.Random(f"{seed}:script:{call}"), call, events))  # noqa: S311 (a test's dice)


def _acts(chance: random.Random, call: int, events: int) -> Iterator[Act]:
    numbers = iter(range(1, 10_000))

    def report(intent: str, *, wait: bool = True) -> Report:
        number = next(numbers)
        facts = {"intent": intent, "n": number}
        if chance.random() < 0.5:
            facts["agent_call"] = f"leg-{call}"
        return Report(f"e{number}", facts, wait=wait)

    for _ in range(events):
        yield Pause(chance.expovariate(1.0))
        match chance.choices(range(10), (50, 8, 8, 8, 6, 6, 4, 4, 6, 2))[0]:
            case 0:
                yield report(chance.choice(_LIVE))
            case 1:
                # Two in one breath, then one of them again, as a host that retries would.
                first = report(chance.choice(_LIVE), wait=False)
                yield from (first, report(chance.choice(_LIVE)), first)
            case 2:
                said = f"I complain as caller c{call}"
                yield Report(f"e{next(numbers)}", {"said": said}, Source.CALLER)
            case 3:
                yield from (Speech("bot_speaking"), report(chance.choice(_LIVE)), Speech("bot_finished"))
            case 4:
                yield Speech("caller_speaking")
            case 5:
                yield Refresh()
            case 6:
                yield Keys(chance.choice("0123456789*#"))
            case 7:
                # More than may wait.
                yield from (report(chance.choice(_LIVE), wait=False) for _ in range(12))
            case 8:
                yield Report(f"e{next(numbers)}", {"paying": chance.random() < 0.5})
            case 9:
                yield from (Revoke(), report(chance.choice(_LIVE), wait=False), Pause(0.2), Refresh())
    yield Pause(chance.expovariate(1.0))
    match chance.choices(range(5), (55, 10, 20, 5, 10))[0]:
        case 0:
            yield report(chance.choice(_ENDING))
        case 1:
            # A hangup that waits for the bot, and a caller who speaks meanwhile.
            yield from (Speech("bot_speaking"), report(chance.choice(_ENDING), wait=False))
            yield from (Pause(0.5), Speech("caller_speaking"), Pause(0.5), Speech("bot_finished"))
            yield report(chance.choice(_ENDING))
        case 2:
            yield report(chance.choice(_LIVE), wait=False)
            yield Close(chance.choice(("close", "abort", "silent")))
        case 3:
            yield from (report("stop_calling", wait=False), report(chance.choice(_ENDING)))
        case 4:
            # An urgent event in the middle of a plan.
            yield from (report(chance.choice(_ENDING), wait=False), report("crisis"))
