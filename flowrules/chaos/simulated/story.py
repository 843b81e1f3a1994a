"""The story of one world: what is reported, said, pressed, closed and edited in it, and when; drawn from a seed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowrules.chaos.rules import INTENTS
from flowrules.chaos.script import Act, Close, Keys, Refresh, Report, Revoke, Speech
from flowrules.engine.event import Source

_GAPS = (0.0, 0.0, 0.0, 0.0, 0.001, 0.02, 0.1, 0.3, 0.3, 1.0, 1.0, 2.0)
"""Seconds between two things. Many are round, as the times in rules are: so much comes at one moment, in any order."""
EDITIONS = 3
"""So many editions of its rules there are in a world."""
_LAST_GAPS = (0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.3, 0.3, 0.3, 1.0, 1.0, 3.0, 12.0)
"""Seconds until the host closes the call."""
_LIVE = tuple(f"i{number}" for number in range(INTENTS) if number % 3)
_ENDING = (*(f"i{number}" for number in range(0, INTENTS, 3)), "crisis")
_WITH_COMPANION = 8
"""One world in so many has a second call."""


@dataclass(frozen=True, slots=True)
class Edit:
    """The rules go live in another edition."""

    edition: int


@dataclass(frozen=True, slots=True)
class Age:
    """The platform's clock is past the end of every token."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Whoever holds the WebSocket closes the call: nothing more is to come."""


StoryAct = Act | Edit | Age | HangUp


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing, and when it is to happen: seconds from the start, and its lot among the things of that moment. `call`
    is 0, or 1 for the companion. `name` is its number in the story."""

    name: str
    at: float
    lot: float
    call: int
    act: StoryAct


@dataclass(frozen=True, slots=True)
class Story:
    """`embedded`: the WebSocket is not the agent's own, so it outlives the process. `edition` is that of the rules at
    the start."""

    scenes: tuple[Scene, ...]
    calls: int
    embedded: bool


def story(seed: int, number: int, things: int) -> Story:
    """The story of a world; `things` happen in a call, on average."""
    chance = random.Random(f"{seed}:{number}")  # noqa: S311 (a test's dice)
    calls = 2 if number % _WITH_COMPANION == 0 else 1
    scenes: list[Scene] = []
    for call in range(calls):
        at, letter = 0.0, "ab"[call]
        for count, (gap, act) in enumerate(_call(chance, call, things), start=1):
            at += gap
            scenes.append(Scene(f"{letter}{count}", at, chance.random(), call, act))
    return Story(tuple(scenes), calls, chance.random() < 0.5)


def _call(chance: random.Random, call: int, things: int) -> Iterator[tuple[float, StoryAct]]:
    """Acts, each with the time since the one before."""
    numbers = iter(range(1, 10_000))

    def gap() -> float:
        return chance.choice(_GAPS)

    def report(intent: str) -> Report:
        number = next(numbers)
        facts: dict[str, Any] = {"intent": intent, "n": number}
        if chance.random() < 0.5:
            facts["agent_call"] = f"leg-{call}"
        return Report(f"e{number}", facts)

    def live() -> Report:
        return report(chance.choice(_LIVE))

    for _ in range(round(chance.expovariate(1 / things))):
        match chance.choices(range(14), (40, 8, 6, 7, 4, 4, 5, 2, 5, 2, 3, 5, 4, 2))[0]:
            case 0:
                yield gap(), live()
            case 1:
                # Two in one breath, then one of them again, as a host that retries would.
                first = live()
                yield gap(), first
                yield 0.0, live()
                yield gap(), first
            case 2:
                yield gap(), Report(f"e{next(numbers)}", {"said": f"I complain as c{call}"}, Source.CALLER)
            case 3:
                yield gap(), Speech("bot_speaking")
                yield gap(), live()
                yield gap(), Speech("bot_finished")
            case 4:
                yield gap(), Speech(chance.choice(("caller_speaking", "caller_heard")))
            case 5:
                yield gap(), Refresh()
            case 6:
                yield gap(), Keys(chance.choice("0123456789*#"))
            case 7:
                # More than may wait.
                for _ in range(6):
                    yield 0.0, live()
            case 8:
                yield gap(), Report(f"e{next(numbers)}", {"paying": chance.random() < 0.5})
            case 9:
                yield gap(), Revoke()
                yield 0.0, live()
                yield gap(), Refresh()
            case 10:
                yield gap(), Age()
                yield gap(), live()
                yield gap(), Refresh()
            case 11:
                # An urgent event in the middle of a plan.
                yield gap(), live()
                yield gap(), report(chance.choice(("crisis", "stop_calling", "stop_calling")))
            case 12:
                yield gap(), live()
                yield gap(), Edit(chance.randrange(EDITIONS))
            case 13:
                # An event of a turn of its own, and without an id.
                yield gap(), Report("", {"intent": chance.choice(_LIVE), "n": next(numbers)})
    match chance.choices(range(6), (45, 12, 20, 8, 10, 5))[0]:
        case 0:
            yield gap(), report(chance.choice(_ENDING))
        case 1:
            # A hangup that waits for the bot, and a caller who speaks, or presses a key, meanwhile.
            yield gap(), Speech("bot_speaking")
            yield 0.0, report(chance.choice(_ENDING))
            yield gap(), chance.choice((Speech("caller_speaking"), Keys("1"), live()))
            yield gap(), Speech("bot_finished")
            yield gap(), report(chance.choice(_ENDING))
        case 2:
            yield gap(), live()
            yield gap(), Close(chance.choice(("close", "abort", "silent")))
        case 3:
            yield gap(), report("stop_calling")
            yield gap(), report(chance.choice(_ENDING))
        case 4:
            yield gap(), report(chance.choice(_ENDING))
            yield gap(), report(chance.choice(("crisis", "stop_calling")))
        case 5:
            # Two endings, one behind the other.
            yield gap(), report(chance.choice(_ENDING))
            yield gap(), report(chance.choice(_ENDING))
    yield chance.choice(_LAST_GAPS), HangUp()
