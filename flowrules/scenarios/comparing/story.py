"""A story that both rule sets are asked about: what is known, what happens and when, and which verbs fail."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source, make_event
from flowrules.engine.planning.plan import FailedStep, PlannedVerb
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.engine.raised import as_raised
from flowrules.language.nodes import Rank
from flowrules.language.values import Value
from flowrules.scenarios.happenings import Closed, Done, Happening
from flowrules.scenarios.simulation import Simulation
from flowrules.scenarios.words import describe


@dataclass(frozen=True, slots=True)
class Happens:
    """An event is reported. `meanwhile` comes while what it led to waits."""

    bare: tuple[str, ...] = ()
    event: Mapping[str, Value] = field(default_factory=dict)
    source: Source = Source.HOST
    meanwhile: "Happens | None" = None

    def made(self) -> Event:
        return as_raised(make_event(*self.bare, facts=self.event, source=self.source))

    def words(self) -> str:
        typed = " ".join([*self.bare, *(f"{name}={_typed(value)}" for name, value in self.event.items())])
        told = f" (told by the {self.source.name.lower()})" if self.source is not Source.HOST else ""
        meanwhile = f" meanwhile {self.meanwhile.words()}" if self.meanwhile else ""
        return f"{typed}{told}{meanwhile}"


@dataclass(frozen=True, slots=True)
class Passes:
    """Time passes in which nobody reports anything."""

    seconds: float

    def words(self) -> str:
        return f"{self.seconds:g} seconds pass"


Move = Happens | Passes


@dataclass(frozen=True, slots=True)
class Situation:
    """A call that begins at `now`, of which `known` is known, and what happens in it. `fails` names the verbs that the
    platform refuses, each with the reason."""

    moves: tuple[Move, ...]
    known: Mapping[str, Value]
    now: datetime
    fails: Mapping[str, str] = field(default_factory=dict)

    @property
    def event(self) -> Mapping[str, Value]:
        """What the first event carries."""
        return next((move.event for move in self.moves if isinstance(move, Happens)), {})

    @property
    def bare(self) -> tuple[str, ...]:
        return next((move.bare for move in self.moves if isinstance(move, Happens)), ())

    @property
    def is_plain(self) -> bool:
        """Whether one event, and no failure, is all that happens."""
        return len(self.moves) == 1 and isinstance(self.moves[0], Happens) and not self.fails

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal situations, and fit for a set."""
        return (
            tuple(map(_move_key, self.moves)),
            tuple(sorted((name, repr(value)) for name, value in self.known.items())),
            self.now,
            tuple(sorted(self.fails.items())),
        )

    def words(self, zone: ZoneInfo) -> str:
        """As it would be typed after `flowrules preview PATH`, where one event is all that happens in it; else told."""
        happens = ", then ".join(move.words() for move in self.moves)
        fails = [f"({verb} fails because {reason})" for verb, reason in self.fails.items()]
        known = [f"--fact {name}={_typed(value)}" for name, value in self.known.items()]
        local = self.now.astimezone(zone)
        at = f"{local:%Y-%m-%dT%H:%M}" + (f":{local:%S}" if local.second else "")
        return " ".join([happens, *fails, *known, f"--at {at}"])


@dataclass(frozen=True, slots=True)
class Played:
    """What one event, timer or cap of a situation led to: the rules that ran, the last of them the one that took it,
    and what they did. `requests` are the bodies that went out, `steps` all that was done, in words."""

    rules: tuple[str, ...]
    rule: str | None
    requests: tuple[Mapping[str, Any], ...]
    steps: tuple[str, ...]
    acts: tuple[object, ...]
    """All of what was done that can differ."""

    @property
    def verbs(self) -> tuple[str, ...]:
        return tuple(step.partition(" ")[0] for step in self.steps)


NOTHING = Played((), None, (), (), ())


def play(ruleset: RuleSet, situation: Situation) -> list[list[Played]]:
    """What each move of a situation led to."""
    platform = {name: value for name, value in situation.known.items() if name.startswith(PLATFORM_FACTS)}
    host = {name: value for name, value in situation.known.items() if name not in platform}
    call = Simulation(ruleset, situation.now, known=host, fails=situation.fails)
    call.learn(platform, Source.PLATFORM)
    played = []
    for move in situation.moves:
        if isinstance(move, Happens):
            happened = call.event(move.made(), move.meanwhile.made() if move.meanwhile else None)
        else:
            happened = call.advance(call.now + timedelta(seconds=move.seconds))
        played.append(list(_played(happened)))
    return played


def _played(happened: tuple[Happening, ...]) -> Iterator[Played]:
    for one in happened:
        rules: tuple[str, ...] = ()
        owner = None
        if not isinstance(one, Closed):
            rules = tuple(part.rule.label for part in one.plan.parts)
            owning = [rule for rule, _ in one.decision.parts if rule.rank is not Rank.ALSO]
            owner = rules[-1] if owning else None
        requests = tuple(
            done.step.body for done in one.done if done.sent and isinstance(done.step, PlannedVerb)
        )
        steps = tuple(describe(done) for done in one.done if not isinstance(done.step, FailedStep))
        acts = tuple(map(_act, one.done))
        if acts or rules:
            yield Played(rules, owner, requests, steps, acts)


def _act(done: Done) -> object:
    """What a step does, its place in its rule aside."""
    step = done.step
    if isinstance(step, PlannedVerb):
        cap = step.cap and (step.cap.seconds, step.cap.verb)
        return (
            describe(done),
            json.dumps(dict(step.body), default=str),
            step.wait_for_speech,
            cap,
            step.keep_as,
            step.patience,
        )
    if isinstance(step, FailedStep):
        return step.verb, step.reason
    return describe(done)


def _move_key(move: Move) -> object:
    if isinstance(move, Passes):
        return move.seconds
    event = tuple(sorted((name, repr(value)) for name, value in move.event.items()))
    return move.bare, event, move.source, move.meanwhile and _move_key(move.meanwhile)


def _typed(value: Value) -> str:
    """As the command line reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return shlex.quote(json.dumps(list(value), ensure_ascii=False))
    text = str(value)
    if isinstance(value, str) and _is_json(text):
        # The text "56" is not the number 56, and is typed apart from it.
        text = json.dumps(text, ensure_ascii=False)
    return f"'{text}'" if " " in text or '"' in text else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
