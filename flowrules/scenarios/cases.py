"""One test of a rule file: a conversation is played, and what was done is held against what was expected."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple, assert_never

from flowrules.call.outcome import EventStatus
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import at_clock, next_clock
from flowrules.engine.event import Source, is_refused
from flowrules.engine.planning.plan import FailedStep, PlannedVerb
from flowrules.language.names import fold
from flowrules.language.nodes import (
    Block,
    Expect,
    ExpectExactly,
    ExpectNoRule,
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
    Reports,
    Test,
)
from flowrules.language.values import Value
from flowrules.scenarios.case_result import CaseResult, Shortfall
from flowrules.scenarios.givens import DEFAULT_DAY, DEFAULT_MINUTES, default_source, let_fail, moment_of
from flowrules.scenarios.happenings import Done, Happening, Turn
from flowrules.scenarios.patterns import meets
from flowrules.scenarios.played import Reporting, source_of, value_of
from flowrules.scenarios.rails import acted, named_rails
from flowrules.scenarios.simulation import Simulation
from flowrules.scenarios.words import describe
from flowrules.source import Location, Span

_TOO_EARLY = "an earlier one led to it, so put this line below that event"
_HAD_ENDED = (
    'By then the call was over: {why}. After the end only "on call_ended" is played: what comes before it stands above '
    "that event."
)
_NOTHING_WAITED = (
    "The steps of the event before it had nothing to wait for: they wait for the bot's last word before an ending, or "
    "at a wait."
)
_PLAYED_AFTERWARDS = (
    'Nothing was under way when what stands behind "meanwhile" came: it was played as on a line of its own.'
)
_OVER_BEFORE_ITS_TURN = '"{what}" came while steps were under way, and had no turn: {why}.'
_COMES_BY_ITSELF = (
    '"{name}" was not played: it is an event of its own, and the end of the call comes by itself. '
    "Write above: on {name}"
)
_TIME_IS_PAST = "The call is past this time already, so no time passes here."


_UNPLAYED = (EventStatus.CALL_OVER, EventStatus.QUEUE_FULL, EventStatus.BROKEN)

PlayLine = Play | PlayAfter | PlayAt
ExpectLine = Expect | ExpectExactly | ExpectNot | ExpectNothing | ExpectRule | ExpectNoRule


def run_case(ruleset: RuleSet, block: Block) -> CaseResult:
    """Play one test. Pure: the clock is wound by the test alone."""
    test = block.item
    assert isinstance(test, Test)
    return _Case(ruleset, block, test).run()


def passes(ruleset: RuleSet, block: Block, test: Test) -> bool:
    """Whether a test passes, which is that of the block or one with lines taken out; it is played only until it falls
    short."""
    return not _Case(ruleset, block, test).run(to_its_end=False).shortfalls


class _Reported(NamedTuple):
    """`in_time`: the call was not over when the event was reported."""

    ticket: int
    span: Span
    in_time: bool


class _Case:
    """`latest` is what the event above led to, or the time that passed: what is expected is looked for
    there. `recent` is all that happened since the last event that followed an expectation: what is not expected may be
    nowhere in it."""

    def __init__(self, ruleset: RuleSet, block: Block, test: Test) -> None:
        self.ruleset = ruleset
        self.block = block
        self.test = test
        self.reporting = Reporting(test)
        self.latest: tuple[Happening, ...] = ()
        self.recent: list[Happening] = []
        self.turns: list[Turn] = []
        self.happened: list[Happening] = []
        self.shortfalls: list[Shortfall] = []
        self.notes: list[tuple[Location, str]] = []
        self.remarks: list[tuple[Location, str]] = []
        self.meeting: list[tuple[Happening, Done]] = []
        self.begun = False
        self.call = self._start()

    def run(self, *, to_its_end: bool = True) -> CaseResult:
        expecting = False
        for line in self.test.lines:
            match line:
                case Play() | PlayAfter() | PlayAt():
                    if expecting:
                        self.recent = []
                    expecting, self.begun = False, True
                    self._play(line)
                case (
                    Expect() | ExpectExactly() | ExpectNot() | ExpectNothing() | ExpectRule() | ExpectNoRule()
                ):
                    expecting = True
                    if (expected := self._unmet(line)) is not None:
                        self._fall_short(line.span, expected)
                case Given() if self.begun:
                    self._given(self.call, line)
                case GivenFails() if self.begun:
                    let_fail(line, self.call.fails, self.call.attempts)
                case Given() | GivenTime() | GivenFails():
                    pass
                case _:
                    assert_never(line)
            if self.shortfalls and not to_its_end:
                break
        return CaseResult(
            str(self.test.label.value),
            self.block.locate(self.test.label.span),
            tuple(self.shortfalls),
            tuple(self.turns),
            tuple(self.notes),
            tuple(self.remarks),
            tuple(self.meeting),
            tuple(self.happened),
        )

    # --- what is given ---

    def _start(self) -> Simulation:
        """The simulated call with everything that is given before the first event."""
        moment = at_clock(DEFAULT_DAY, DEFAULT_MINUTES, self.ruleset.zone)
        known: dict[str, Value] = {}
        told: dict[str, Value] = {}
        fails: dict[str, str] = {}
        attempts: dict[str, int] = {}
        said: list[Given] = []
        age = timedelta()
        for line in self.test.lines:
            match line:
                case GivenTime(day, clock):
                    moment = moment_of(day, clock, self.ruleset)
                case Given(fact, values) if fact.key == "call.elapsed":
                    age = timedelta(seconds=float(values[0].value))  # type: ignore[arg-type]  # a length, says the check
                case Given(fact, values, None):
                    platform = default_source(fact.key) is Source.PLATFORM
                    (told if platform else known)[fact.key] = value_of(values)
                case Given():
                    said.append(line)
                case GivenFails():
                    let_fail(line, fails, attempts)
                case Play() | PlayAfter() | PlayAt():
                    break
        call = Simulation(
            self.ruleset, moment, facts=told, known=known, fails=fails, attempts=attempts, age=age
        )
        for line in said:
            self._given(call, line)
        return call

    def _given(self, call: Simulation, line: Given) -> None:
        """Let a fact be known, if whoever is named may say it."""
        key, word = line.fact.key, line.source
        source = source_of(word) if word else default_source(key)
        fact = self.ruleset.fact_sources.get(key)
        if word and fact is not None and is_refused(source, fact):
            self._remark(line.span, f"{key} was not taken from the {word}: only the {fact.source} may say it")
        else:
            call.learn({key: value_of(line.values)}, source)

    def _remark(self, span: Span, why: str) -> None:
        self.remarks.append((self.block.locate(span), why))

    # --- what happens ---

    def _play(self, line: PlayLine) -> None:
        call, known = self.call, len(self.call.outcomes)
        played: list[_Reported] = []
        match line:
            case Play(reports):
                played += self._report(reports)
            case PlayAfter(duration, fact):
                if (until := self._moment(duration, fact.key if fact else None)) < call.now:
                    self.notes.append((self.block.locate(line.span), _TIME_IS_PAST))
                call.wind(until)
            case PlayAt(literal):
                call.wind(self._next(int(literal.value)))  # type: ignore[arg-type]  # a TIME's value
        alone = not call.machine.busy
        behind = self._report(line.meanwhile) if line.meanwhile is not None else []
        self.latest = call.come_to_rest()
        self.recent += self.latest
        self.happened += self.latest
        self.turns += [one for one in self.latest if isinstance(one, Turn)]
        unplayed = [self._look_at(one, waits=alone and one in behind) for one in (*played, *behind)]
        if line.meanwhile is not None and alone and not any(unplayed):
            self.notes.append((self.block.locate(line.meanwhile.span), _PLAYED_AFTERWARDS))
        for outcome in call.outcomes[known:]:
            for note in outcome.decision.notes if outcome.decision else ():
                self._remark(line.span, note)

    def _report(self, reports: Reports) -> list[_Reported]:
        """Report events right after one another."""
        call, tickets = self.call, []
        for event, played in zip(self.reporting.events(reports), reports.events, strict=True):
            for name in sorted(event.passing - {"call_ended"} if "call_ended" in event.keys else ()):
                self._fall_short(played.span, _COMES_BY_ITSELF.format(name=name))
            in_time = not (call.ended or call.closed)
            tickets.append(_Reported(call.report(event), played.span, in_time))
        return tickets

    def _look_at(self, one: _Reported, *, waits: bool) -> bool:
        """Whether an event was not played, which is then said. One that came in time and had no turn was played: so it
        goes in a call."""
        outcome = self.call.answers.get(one.ticket)
        if outcome is None or outcome.status not in _UNPLAYED:
            return False
        why, what = ", ".join(outcome.notes) or str(outcome.status), self._words(one.span)
        if outcome.status is EventStatus.CALL_OVER and one.in_time:
            self._remark(one.span, _OVER_BEFORE_ITS_TURN.format(what=what, why=why))
            return False
        if outcome.status is EventStatus.CALL_OVER:
            why = _HAD_ENDED.format(why=why)
        why = f"{_NOTHING_WAITED} {why}" if waits else why
        self._fall_short(one.span, f'"{what}" was not played. {why}')
        return True

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

    # --- what is expected ---

    def _unmet(self, line: ExpectLine) -> str | None:
        """None where the expectation holds, else what was expected."""
        match line:
            case Expect(patterns):
                met = self._meeting(patterns, self.latest)
                if len(met) == len(patterns):
                    self.meeting += met
                    return None
                expected = f"expected {self._words(patterns[len(met)].span)}"
                met_before = len(self._meeting(patterns, self.recent)) == len(patterns)
                return f"{expected} of the event right above: {_TOO_EARLY}" if met_before else expected
            case ExpectExactly(times, pattern):
                met = [one for one in self._steps(self.recent) if self._meets(one, pattern)]
                if len(met) != times:
                    return f"expected {self._words(pattern.span)} {_often(times)}, and it came {_often(len(met))}"
                self.meeting += met
            case ExpectNot(patterns):
                if len(self._meeting(patterns, self.recent)) == len(patterns):
                    return f"expected no {' then '.join(self._words(one.span) for one in patterns)}"
            case ExpectNothing():
                if any(True for _ in self._steps(self.recent)):
                    return "expected nothing to happen"
            case ExpectRule(label):
                if not _fired(label, self.latest):
                    expected = f'expected the rule "{label.value}"'
                    rails = {fold(rail.label) for rail in named_rails(self.ruleset)}
                    if fold(str(label.value)) in rails:
                        expected = f'expected the guard rail "{label.value}" to act'
                        return f"{expected} here: {_TOO_EARLY}" if _fired(label, self.recent) else expected
                    return (
                        f"{expected} to take the event right above: {_TOO_EARLY}"
                        if _fired(label, self.recent)
                        else expected
                    )
            case ExpectNoRule(label):
                if _fired(label, self.recent):
                    return f'expected the rule "{label.value}" not to run'
        return None

    def _meeting(
        self, patterns: Iterable[Pattern], happened: Iterable[Happening]
    ) -> list[tuple[Happening, Done]]:
        """The steps that meet these patterns in their order, up to the first pattern that none meets."""
        steps = iter(list(self._steps(happened)))
        found = []
        for pattern in patterns:
            met = next((one for one in steps if self._meets(one, pattern)), None)
            if met is None:
                break
            found.append(met)
        return found

    def _meets(self, one: tuple[Happening, Done], pattern: Pattern) -> bool:
        happened, done = one
        turn = happened if isinstance(happened, Turn) else self.turns[-1]
        return meets(done.step, pattern, turn.scene, self.ruleset)

    def _steps(self, happened: Iterable[Happening]) -> Iterator[tuple[Happening, Done]]:
        """What was done, in order. A verb that was refused was sent; one that failed while planning, was forbidden, or
        came after the end was not."""
        steps = [(one, done) for one in happened for done in one.done]
        for one, done in sorted(steps, key=lambda step: step[1].place):
            has_scene = isinstance(one, Turn) or bool(self.turns)
            if has_scene and (done.sent or not isinstance(done.step, PlannedVerb | FailedStep)):
                yield one, done

    def _words(self, span: Span) -> str:
        return " ".join(self.block.text[span.start : span.end].split())

    def _fall_short(self, span: Span, expected: str) -> None:
        done = [describe(done) for _, done in self._steps(self.recent)]
        happened = ", then ".join(done) if done else "nothing"
        turns = tuple(one for one in self.recent if isinstance(one, Turn))
        self.shortfalls.append(Shortfall(self.block.locate(span), expected, happened, turns))


def _often(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def _fired(label: Literal, happened: Iterable[Happening]) -> bool:
    """Whether a rule of this name took part, or a guard rail of this name acted."""
    happened, name = tuple(happened), fold(str(label.value))
    turns = (one for one in happened if isinstance(one, Turn))
    return name in acted(happened) or any(
        fold(part.rule.label) == name for one in turns for part in one.plan.parts
    )
