"""A story in plain words, move by move: what happened, and what the call did."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from flowrules.call.effects import Bug, CallOff, Defer, LeftOut, MaySend, Ran, Record, Send, Tell, WakeAt
from flowrules.call.entries import CapDue, Decided, Ended, Settled
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Reason
from flowrules.call.setup import Setup
from flowrules.engine.event import Event, Source
from flowrules.engine.planning.plan import PlannedStep, PlannedVerb
from flowrules.engine.planning.receipts import spoken
from flowrules.exploration.playing.moves import (
    Answers,
    Begins,
    Closes,
    GoesOn,
    Happens,
    Hears,
    Learns,
    Move,
    Passes,
)
from flowrules.exploration.story import Story
from flowrules.exploration.watching.watch import Step
from flowrules.language.printer.words import duration, quoted
from flowrules.language.reserved import is_reserved
from flowrules.language.values import Scalar, Value
from flowrules.scenarios.happenings import Done
from flowrules.scenarios.words import describe

_TELLING = Setup(steps=True)
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


@dataclass(slots=True)
class Scene:
    """What happened, in a sentence; and what the call did because of it, each thing in words. `rules` took it."""

    happened: str
    rules: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    under_way: bool = False
    """What is to be done is not at its end yet."""

    def words(self) -> str:
        """As one line."""
        by = f" ({', '.join(self.rules)})" if self.rules else ""
        if self.done:
            return f"{self.happened} Then: {', then '.join(self.done)}{by}."
        nothing = "" if not self.rules else f" Begun{by}." if self.under_way else f" Nothing is done{by}."
        return f"{self.happened}{nothing}"


def told(story: Story) -> tuple[str, ...]:
    """The story, a line for each thing that happens. What the platform simply accepts stands with what led to it."""
    return tuple(scene.words() for scene in scenes(story))


def scenes(story: Story) -> Iterator[Scene]:
    zone = story.ruleset.zone
    scene: Scene | None = None
    for step in story.steps(_TELLING):
        sentence = _sentence(step, zone)
        if sentence or scene is None:
            if scene is not None:
                yield scene
            scene = Scene(sentence)
        _add(scene, step)
    if scene is not None:
        yield scene


def _add(scene: Scene, step: Step) -> None:
    """What the call did in a move."""
    scene.under_way = step.after.busy
    for effect in step.effects:
        match effect:
            case Record(Decided(decision=decision)) if decision.parts:
                refs = [step.after.machine.ruleset.ref(rule) for rule, _ in decision.parts]
                scene.rules += [f'"{ref.label}"' for ref in refs if f'"{ref.label}"' not in scene.rules]
            case Record(CapDue()):
                scene.done.append("its time is over")
            case Ran(step=done, reason=reason, sent=sent):
                scene.done.append(_did(done, reason, sent=sent))
            case Record(Settled(outcome)) if outcome.status in _FATES:
                scene.done.append(_FATES[outcome.status])
            case Record(Ended()):
                scene.done.append("the call is over")
            case Record() | Send() | MaySend() | CallOff() | WakeAt() | Defer() | LeftOut() | Tell() | Bug():
                pass
            case _:
                assert_never(effect)


_FATES: Mapping[EventStatus, str] = {
    EventStatus.PREEMPTED: "what was not sent yet is dropped for an urgent rule",
    EventStatus.INTERRUPTED: "the hangup is dropped, for the caller spoke",
    EventStatus.CALL_OVER: "nothing is decided, for the AI's part of the call is over",
}


def _did(step: PlannedStep, reason: str | None, *, sent: bool) -> str:
    text = spoken(step.verb, step.body) if isinstance(step, PlannedVerb) else None
    said = f'say "{text}"' if text is not None else describe(Done(step))
    if reason is None:
        return said
    return f"{said} ({'failed' if sent else 'not sent'}: {reason})"


# --- what happened ------------------------------------------------------------------------------------------


def _sentence(step: Step, zone: ZoneInfo) -> str:
    """'' for what goes without saying."""
    move: Move = step.move
    match move:
        case Begins(at, facts, known):
            local = at.astimezone(zone)
            told = f" It is told that {_facts({**facts, **known})}." if facts or known else ""
            return f"A call comes up on {_DAYS[local.weekday()]}, {local:%Y-%m-%d}, at {local:%H:%M}.{told}"
        case Happens(event, _, speaking):
            meanwhile = (
                "While the bot is speaking, " if speaking else "Meanwhile, " if step.before.busy else ""
            )
            sentence = _event(event)
            spoken_of = f"t{sentence[1:]}" if sentence.startswith("The ") else sentence
            return f"{meanwhile}{spoken_of}" if meanwhile else sentence
        case GoesOn(event):
            return f"The recogniser goes on: {_event(event)}"
        case Learns(facts):
            return f"The host supplies that {_facts(facts)}."
        case Answers(reason):
            verb = step.answers[0][0].request.verb
            return "" if reason is None else f"{_FAILS.get(reason, f'It fails because {reason}')}: {verb}."
        case Passes(seconds):
            if step.before.busy:
                return ""
            speech = step.before.machine.speech.said_until
            if speech is not None and speech == step.after.now:
                return ""
            return f"{_length(seconds)} later."
        case Hears(voice):
            return f"{voice.value[0].upper()}{voice.value[1:]}."
        case Closes():
            return "In the middle of this the call is cut off." if step.before.busy else "The call ends."
        case _:
            assert_never(move)


_FAILS: Mapping[Reason, str] = {
    Reason.REFUSED: "The platform refuses",
    Reason.UNAVAILABLE: "The platform can't be reached for",
    Reason.TIMEOUT: "No answer comes, so nobody knows whether it was done",
}


def _event(event: Event) -> str:
    keys = dict(event.keys)
    said = [
        f'the caller {how} "{keys.pop(key)}"'
        for key, how in (("said", "says"), ("hearing", "is heard saying, so far,"))
        if key in keys
    ]
    if "dtmf" in keys:
        said.append(f"the caller presses {keys.pop('dtmf')}")
    if "keys" in keys:
        said.append(f"the caller enters {keys.pop('keys')}")
    bare = [name for name in keys if name in event.passing and keys[name] is True]
    said += [f"{name} is reported" for name in bare]
    facts = {name: value for name, value in keys.items() if name not in bare}
    if facts:
        said.append(f"{_pairs(facts)} is reported")
    who = (
        f" (told by the {event.source.name.lower()})"
        if event.source in (Source.MODEL, Source.CALLER) and facts
        else ""
    )
    sentence = f"{' and '.join(said)}{who}."
    return f"T{sentence[1:]}" if sentence.startswith("the ") else sentence


def _pairs(facts: Mapping[str, Value]) -> str:
    return ", ".join(f"{name}={written(one)}" for name, value in facts.items() for one in each(value))


def each(value: Value) -> tuple[Scalar, ...]:
    """The values that a fact holds."""
    return value if isinstance(value, tuple) else (value,)


def _facts(facts: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} is {', '.join(map(written, each(value)))}" for name, value in facts.items())


def written(value: Scalar) -> str:
    """A value as the rule language writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        plain = value.isidentifier() and value.isascii() and not is_reserved(value)
        return value if plain else quoted(value)
    return str(value)


def _length(seconds: float) -> str:
    whole = max(1, round(seconds))
    return duration(whole)


def clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
