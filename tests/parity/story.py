"""A story: rules, what happens in a call that they decide on, and how the platform answers. And what comes of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

START = datetime(2026, 3, 2, 10, 59, 59, 900_000, tzinfo=UTC)
"""A moment before 16:30 in the zone of the rules."""
CALL = "call-1"


class Signal(StrEnum):
    """What a host tells about who speaks."""

    BOT_SPEAKING = "bot_speaking"
    BOT_FINISHED = "bot_finished"
    PLAYED_OUT = "played_out"
    CALLER_SPEAKING = "caller_speaking"
    CALLER_HEARD = "caller_heard"


@dataclass(frozen=True)
class Happens:
    """The host reports an event, and waits for nothing."""

    facts: Mapping[str, Any] = field(default_factory=dict)
    bare: tuple[str, ...] = ()
    source: str = "host"
    event_id: str = ""
    turn_id: str = ""


@dataclass(frozen=True)
class Presses:
    """A frame with a key that the caller pressed."""

    digit: str


@dataclass(frozen=True)
class Hears:
    signal: Signal


@dataclass(frozen=True)
class Rests:
    """Time goes on until nothing is under way."""


@dataclass(frozen=True)
class Passes:
    seconds: float


@dataclass(frozen=True)
class Reloads:
    """The rules of this place in the story's list go live."""

    rules: int


@dataclass(frozen=True)
class Ends:
    """The WebSocket closes."""


Move = Happens | Presses | Hears | Rests | Passes | Reloads | Ends


@dataclass(frozen=True)
class Answers:
    """How the platform answers one verb: its first requests by these reasons, the later ones by another; '': accepted."""

    first: tuple[str, ...] = ()
    later: str = ""


@dataclass(frozen=True)
class Story:
    """`known` is what the platform says at the start of the call, at `began`."""

    rules: tuple[str, ...]
    moves: tuple[Move, ...]
    fails: Mapping[str, Answers] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    began: datetime = START


class Script:
    """The platform's answers as a call goes on."""

    def __init__(self, fails: Mapping[str, Answers]) -> None:
        self._fails = fails
        self._asked: dict[str, int] = {}

    def answer(self, verb: str) -> str:
        """Why this request fails; '' where it does not. Each request asks once."""
        asked = self._asked.get(verb, 0)
        self._asked[verb] = asked + 1
        return self.nth(verb, asked)

    def nth(self, verb: str, number: int) -> str:
        """Why the request of this number fails, counted from nought for each verb."""
        answers = self._fails.get(verb, Answers())
        return answers.first[number] if number < len(answers.first) else answers.later


@dataclass(frozen=True)
class Told:
    """What came of a story.

    `requests`: the verbs that went out, in order, with their bodies and keys. `outcomes`: what was told of each event that
    was decided or refused, in order. `answers`: who reported an event was told so, in the order of the reports; None:
    nothing yet. `advice`: the texts for the model. `scenes`: what was true of the call after each move, and when; of a reload nothing: a call
    may be told of it a moment later.
    """

    requests: tuple[str, ...]
    outcomes: tuple[Mapping[str, Any], ...]
    answers: tuple[tuple[str, str, bool] | None, ...]
    advice: tuple[str, ...]
    scenes: tuple[Mapping[str, Any], ...]


_INSTANT = 0.005
"""Seconds within which two moments are one: one side counts time in floats, and may wake a thousandth late."""


def difference(one: Told, other: Told) -> str:
    """The first thing in which two accounts of a story differ, in words; '' where they agree."""
    for part in fields(Told):
        if found := _apart(getattr(one, part.name), getattr(other, part.name)):
            return f"{part.name}{found}"
    return ""


def _apart(mine: Any, yours: Any) -> str:
    if isinstance(mine, float) and isinstance(yours, float):
        return "" if abs(mine - yours) <= _INSTANT else f": {mine} beside {yours}"
    if isinstance(mine, Mapping) and isinstance(yours, Mapping):
        keys = sorted({*mine, *yours}, key=str)
        return "".join(_place(key, mine.get(key), yours.get(key)) for key in keys)
    if isinstance(mine, tuple) and isinstance(yours, tuple):
        for number, (left, right) in enumerate(zip(mine, yours, strict=False)):
            if found := _place(number, left, right):
                return found
        if len(mine) == len(yours):
            return ""
        rest = mine[len(yours) :] or yours[len(mine) :]
        return f": {len(mine)} beside {len(yours)}; only one has {rest[0]!r}"
    return "" if (type(mine), mine) == (type(yours), yours) else f": {mine!r} beside {yours!r}"


def _place(key: object, mine: Any, yours: Any) -> str:
    found = _apart(mine, yours)
    return f"[{key}]{found}" if found else ""
