"""A story as a `test` block of the rule language, which says what happens in it; and what no test can say."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import assert_never

from flowrules.call.effects import Ran
from flowrules.call.receipt import Reason
from flowrules.call.setup import Setup
from flowrules.engine.event import Event
from flowrules.engine.planning.plan import (
    AdviseStep,
    FailedStep,
    PlannedVerb,
)
from flowrules.exploration.playing.moves import (
    Answers,
    Begins,
    Closes,
    GoesOn,
    Happens,
    Hears,
    Learns,
    Passes,
    Voice,
)
from flowrules.exploration.story import Story
from flowrules.exploration.telling.test_lines import (
    event_line,
    given_line,
    request_words,
    step_pattern,
    verb_word,
)
from flowrules.exploration.telling.told import clock
from flowrules.exploration.watching.watch import Step, Times
from flowrules.language.nodes import Test
from flowrules.language.parse import parse
from flowrules.language.printer.words import duration, quoted
from flowrules.scenarios.cases import run_case
from flowrules.source import source_from_text

_TELLING = Setup(steps=True)
INEXACT = "A test winds the clock to whole seconds of the call, so that this comes a moment earlier or later."


@dataclass(frozen=True, slots=True)
class AsTest:
    """`text`: the block. `exact`: played by `flowrules test`, the same is done as in the story, and the block passes.
    `unsaid`: what a test has no words for, in sentences."""

    text: str
    exact: bool
    unsaid: tuple[str, ...]


def as_test(story: Story, label: str, expects: Sequence[str | Times] = ()) -> AsTest:
    """The story as a test. `expects`: what should be done at its end, in lines of the language (`expect …`), or how
    often in all; then the block passes once the rules do that, and says nothing of what they do today."""
    draft = _Draft(label)
    for step in story.steps(_TELLING):
        draft.add(step)
    text = draft.text(expects)
    unsaid = tuple(dict.fromkeys(draft.unsaid))
    exact = not unsaid and _plays(story, draft, text, expects)
    return AsTest(text, exact, unsaid if exact or unsaid else (INEXACT,))


def _plays(story: Story, draft: "_Draft", text: str, expects: Sequence[str | Times]) -> bool:
    """Whether the test does what the story does."""
    file, findings = parse(source_from_text(text, "story.rules"))
    blocks = [block for block in file.blocks if isinstance(block.item, Test)]
    if findings or len(blocks) != 1:
        return False
    result = run_case(story.ruleset, blocks[0])
    sent = [
        done.step
        for happened in result.happened  # What a cap closes included.
        for done in happened.done
        if done.sent and isinstance(done.step, PlannedVerb)
    ]
    bodies = sorted(repr(dict(step.body)) for step in sent)
    return bodies == sorted(draft.bodies) and (result.passed or bool(expects))


@dataclass(slots=True)
class _Draft:
    """The lines so far. `play` is the event that the last steps belong to: its line, and what was done."""

    label: str
    given: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    unsaid: list[str] = field(default_factory=list)
    played: bool = False
    started: datetime | None = None

    def add(self, step: Step) -> None:
        move = step.move
        match move:
            case Begins(at, told, known):
                self.started = at
                ruleset = step.after.machine.ruleset
                if (
                    ruleset.checked.zone is not None
                ):  # Without one a test plays at the same time as stories do.
                    self.lines.append(f"given time is {clock(at, ruleset.zone)}")
                self.lines += [given_line(name, value) for name, value in {**told, **known}.items()]
            case Happens(event, _, speaking):
                if speaking:
                    self.unsaid.append(
                        "A test can't say that the bot itself is speaking when something is reported."
                    )
                self._event(event, meanwhile=step.before.busy)
            case GoesOn(event):
                self._event(event, meanwhile=step.before.busy)
            case Learns(facts, _):
                self._settle()
                self.lines += [given_line(name, value) for name, value in facts.items()]
            case Answers(reason):
                if reason is not None:
                    self._fails(step.answers[0][0].request.verb, reason)
            case Passes():
                if not step.before.busy and step.before.machine.speech.said_until != step.after.now:
                    self._settle()
                    assert self.started is not None
                    seconds = ceil((step.after.now - self.started).total_seconds())
                    self.lines.append(f"after {duration(seconds)}")
                    self.played = True
            case Hears(voice):
                if voice is not Voice.BOT_FINISHES or not self.unsaid:
                    self.unsaid.append(f"A test can't say that {voice.value}.")
            case Closes():
                if step.before.busy:
                    self.unsaid.append("A test can't end the call in the middle of what is under way.")
                self._settle()
                self.lines.append("on call_ended")
                self.played = True
            case _:
                assert_never(move)
        for effect in step.effects:
            if isinstance(effect, Ran) and (
                effect.sent or not isinstance(effect.step, PlannedVerb | FailedStep)
            ):
                self.done.append(step_pattern(effect.step))
                if isinstance(effect.step, PlannedVerb):
                    self.bodies.append(repr(dict(effect.step.body)))
                    self.words[request_words(effect.step.verb, effect.step.body)] += 1
                elif isinstance(effect.step, AdviseStep):
                    self.words[f"advise {quoted(effect.step.text)}"] += 1

    def text(self, expects: Sequence[str | Times]) -> str:
        self._settle()
        lines = self.lines
        if expects:
            events = [line for line in lines if not line.startswith("expect")]
            lines = [*events, *(one if isinstance(one, str) else self._so_often(one) for one in expects)]
        return "\n".join([f"test {quoted(self.label)}", *(f"  {line}" for line in lines), "end"]) + "\n"

    def _so_often(self, times: Times) -> str:
        count = self.words[times.word] + times.more
        if count < 1:
            return f"expect not {times.word}"
        return f"expect exactly {'once' if count == 1 else f'{count} times'} {times.word}"

    def _settle(self) -> None:
        """Say what the last event led to."""
        if self.played:
            self.lines.append(f"expect {' then '.join(self.done)}" if self.done else "expect nothing")
        self.done, self.played = [], False

    def _event(self, event: Event, *, meanwhile: bool) -> None:
        words = event_line(event)
        if (
            meanwhile
            and self.lines
            and self.lines[-1].startswith(("on ", "after "))
            and " meanwhile " not in self.lines[-1]
        ):
            self.lines[-1] += f" meanwhile {words}"
            return
        if meanwhile:
            self.unsaid.append("A test can't say that so much happens in the middle of one event.")
        self._settle()
        self.lines.append(f"on {words}")
        self.played = True

    def _fails(self, verb: str, reason: Reason) -> None:
        """A verb fails from the event on in which it does."""
        line = f"given {verb_word(verb)} fails because {reason}"
        at = next(
            (at for at in reversed(range(len(self.lines))) if not self.lines[at].startswith("expect")), 0
        )
        if line not in self.lines:
            self.lines.insert(at, line)
