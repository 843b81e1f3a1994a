"""One test of a rule file: a conversation is played, and what was done is held against what was expected."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import assert_never

from flowrules.analysis.bodies import scalar
from flowrules.call.outcome import EventStatus
from flowrules.compiler.instants import at_clock, next_clock
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source, make_event
from flowrules.engine.plan import FailedStep, PlannedVerb
from flowrules.engine.raised import as_raised
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Block,
    Expect,
    ExpectNot,
    ExpectNothing,
    ExpectRule,
    Given,
    GivenFails,
    GivenTime,
    Literal,
    Pattern,
    Play,
    PlayAfter,
    PlayAt,
    Test,
)
from flowrules.language.values import Value
from flowrules.scenarios.happenings import Done, Happening, Turn
from flowrules.scenarios.patterns import meets
from flowrules.scenarios.simulation import Simulation
from flowrules.scenarios.words import describe
from flowrules.source import Location
from flowrules.verbs import WORDS

DEFAULT_DAY = date(2026, 1, 5)
DEFAULT_MINUTES = 12 * 60
"""A test that gives no time runs on Monday 5 January 2026 at 12:00, in the rule set's zone."""

_TOO_EARLY = "an earlier one led to it, so put this line below that event"

_TOO_LATE = (
    'What stands behind "meanwhile" was not played: the first event\'s steps had nothing to wait for, and the call was '
    "over. They wait for the bot's last word before an ending, or at a wait."
)

GENERAL_REASON = "refused"
"""Why a verb fails in a test that gives no reason."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An expectation that was not met. `expected` and `happened` are sentences; `turns` what was played."""

    location: Location
    expected: str
    happened: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one test went; `shortfalls` is empty where it passed. `turns` holds all that was played. `notes` are
    sentences on what the test says and the call did not come to, each with its place."""

    label: str
    location: Location
    shortfalls: tuple[Shortfall, ...]
    turns: tuple[Turn, ...]
    notes: tuple[tuple[Location, str], ...] = ()

    @property
    def passed(self) -> bool:
        return not self.shortfalls


def run_case(ruleset: RuleSet, block: Block) -> CaseResult:
    """Play one test. Pure: the clock is wound by the test alone."""
    test = block.item
    assert isinstance(test, Test)
    return _Case(ruleset, block, test).run()


class _Case:
    """`latest` is what the event above led to, or the time that passed: what is expected is looked for
    there. `recent` is all that happened since the last event that followed an expectation: what is not expected may be
    nowhere in it."""

    def __init__(self, ruleset: RuleSet, block: Block, test: Test) -> None:
        self.ruleset = ruleset
        self.block = block
        self.test = test
        self.call = _start(ruleset, test)
        self.latest: tuple[Happening, ...] = ()
        self.recent: list[Happening] = []
        self.turns: list[Turn] = []
        self.shortfalls: list[Shortfall] = []
        self.notes: list[tuple[Location, str]] = []

    def run(self) -> CaseResult:
        expecting = False
        for line in self.test.lines:
            match line:
                case Play() | PlayAfter() | PlayAt():
                    if expecting:
                        self.recent = []
                    expecting = False
                    self.latest = happened = self._play(line)
                    self.recent += happened
                    self.turns += [one for one in happened if isinstance(one, Turn)]
                case Expect() | ExpectNot() | ExpectNothing() | ExpectRule():
                    expecting = True
                    if (expected := self._unmet(line)) is not None:
                        self._fall_short(self.block.locate(line.span), expected)
                case Given(fact, values):
                    if self.turns:
                        self.call.learn({fact.key: _value(values)}, _source_of(fact.key))
                case GivenFails(verb=verb, reasons=reasons) if self.turns:
                    self.call.fails[_verb_name(verb.key)] = reasons[0].key if reasons else GENERAL_REASON
                case GivenTime() | GivenFails():
                    pass
                case _:
                    assert_never(line)
        label = str(self.test.label.value)
        location = self.block.locate(self.test.label.span)
        return CaseResult(label, location, tuple(self.shortfalls), tuple(self.turns), tuple(self.notes))

    def _play(self, line: Play | PlayAfter | PlayAt) -> tuple[Happening, ...]:
        match line:
            case Play(meanwhile=meanwhile):
                if meanwhile is None:
                    return self.call.event(_event(line))
                known = len(self.call.outcomes)
                happened = self.call.event(_event(line), _event(meanwhile))
                if any(one.status is EventStatus.CALL_OVER for one in self.call.outcomes[known:]):
                    self.notes.append((self.block.locate(meanwhile.span), _TOO_LATE))
                return happened
            case PlayAfter(duration, fact):
                return self.call.advance(self._moment(duration, fact.key if fact else None))
            case PlayAt(literal):
                return self.call.advance(self._next(int(literal.value)))  # type: ignore[arg-type]  # a TIME's value

    def _moment(self, duration: Literal, fact: str | None) -> datetime:
        assert isinstance(duration.value, int)
        length = timedelta(seconds=duration.value)
        if fact is None:
            return self.call.state.started_at + length
        if fact == "silence":
            return self.call.silent_at(length)
        return self.call.state.since.get(fact, self.call.now) + length

    def _next(self, minutes: int) -> datetime:
        return next_clock(minutes, self.ruleset.zone, self.call.now + timedelta(microseconds=1))

    def _unmet(self, line: Expect | ExpectNot | ExpectNothing | ExpectRule) -> str | None:
        """None where the expectation holds, else what was expected."""
        match line:
            case Expect(patterns):
                unmet = self._first_unmet(patterns, self.latest)
                if unmet is None:
                    return None
                expected = f"expected {self._words(unmet.span.start, unmet.span.end)}"
                met_before = self._first_unmet(patterns, self.recent) is None
                return f"{expected} of the event right above: {_TOO_EARLY}" if met_before else expected
            case ExpectNot(pattern):
                if self._first_unmet((pattern,), self.recent) is None:
                    return f"expected no {self._words(pattern.span.start, pattern.span.end)}"
            case ExpectNothing():
                if any(True for _ in self._steps(self.recent)):
                    return "expected nothing to happen"
            case ExpectRule(label):
                if not _fired(label, self.latest):
                    expected = f'expected the rule "{label.value}"'
                    return (
                        f"{expected} to take the event right above: {_TOO_EARLY}"
                        if _fired(label, self.recent)
                        else expected
                    )
        return None

    def _first_unmet(self, patterns: Iterable[Pattern], happened: Iterable[Happening]) -> Pattern | None:
        """The first of these patterns that no step meets, in their order; None where all are met."""
        steps = iter(self._steps(happened))
        for pattern in patterns:
            if not any(meets(done.step, pattern, turn.scene, self.ruleset) for turn, done in steps):
                return pattern
        return None

    def _steps(self, happened: Iterable[Happening]) -> Iterator[tuple[Turn, Done]]:
        """What was done, in order. A verb that was refused was sent; one that failed while planning, was forbidden, or
        came after the end was not."""
        scene_of = self.turns[-1] if self.turns else None
        steps = [(one, done) for one in happened for done in one.done]
        for one, done in sorted(steps, key=lambda step: step[1].place):
            turn = one if isinstance(one, Turn) else scene_of
            if turn is not None and (done.sent or not isinstance(done.step, PlannedVerb | FailedStep)):
                yield turn, done

    def _words(self, start: int, end: int) -> str:
        return self.block.text[start:end]

    def _fall_short(self, location: Location, expected: str) -> None:
        done = [describe(done) for _, done in self._steps(self.recent)]
        happened = ", then ".join(done) if done else "nothing"
        turns = tuple(one for one in self.recent if isinstance(one, Turn))
        self.shortfalls.append(Shortfall(location, expected, happened, turns))


def _fired(label: Literal, happened: Iterable[Happening]) -> bool:
    """Whether a rule of this name took part."""
    turns = (one for one in happened if isinstance(one, Turn))
    return any(fold(part.rule.label) == fold(str(label.value)) for one in turns for part in one.plan.parts)


def _start(ruleset: RuleSet, test: Test) -> Simulation:
    """The simulated call with everything that is given before the first event."""
    moment = at_clock(DEFAULT_DAY, DEFAULT_MINUTES, ruleset.zone)
    known: dict[str, Value] = {}
    told: dict[str, Value] = {}
    fails: dict[str, str] = {}
    for line in test.lines:
        match line:
            case GivenTime(day, clock):
                moment = _moment_of(day, clock, ruleset)
            case Given(fact, values):
                (told if _source_of(fact.key) is Source.PLATFORM else known)[fact.key] = _value(values)
            case GivenFails(verb=verb, reasons=reasons):
                fails[_verb_name(verb.key)] = reasons[0].key if reasons else GENERAL_REASON
            case Play() | PlayAfter() | PlayAt():
                break
    return Simulation(ruleset, moment, facts=told, known=known, fails=fails)


def _moment_of(day: Literal, clock: Literal, ruleset: RuleSet) -> datetime:
    assert isinstance(day.value, date)
    assert isinstance(clock.value, int)
    return at_clock(day.value, clock.value, ruleset.zone)


def _event(line: Play) -> Event:
    bare = [key.name.text for key in line.keys if not key.values]
    facts = {key.name.text: _value(key.values) for key in line.keys if key.values}
    return as_raised(make_event(*bare, facts=facts))


def _value(values: tuple[Literal, ...]) -> Value:
    held = tuple(scalar(value) for value in values)
    return held[0] if len(held) == 1 else held


def _source_of(fact: str) -> Source:
    return Source.PLATFORM if fact.startswith(("call.", "lead.", "caller.", "campaign.")) else Source.HOST


def _verb_name(word: str) -> str:
    return WORDS[word].name if word in WORDS else word
