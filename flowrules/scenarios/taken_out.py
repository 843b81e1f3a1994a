"""A rule set and a test without one thing that may keep from happening what the test forbids."""

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from flowrules.analysis.model.builtin import UNSEEN_BY_ANYTHING
from flowrules.compiler.compiled_rule import CompiledRule
from flowrules.compiler.rails import NO_RAILS
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.without import loosened, with_rule, without_rule
from flowrules.language.nodes import (
    AfterCall,
    AfterFact,
    AtTime,
    Given,
    GivenFails,
    GivenTime,
    Kind,
    Literal,
    Name,
    On,
    OnAnything,
    Play,
    PlayAfter,
    PlayAt,
    Test,
    TestLine,
)
from flowrules.language.traverse import played_keys
from flowrules.scenarios.case_result import CaseResult
from flowrules.verbs.reasons import REASONS

_DAY = Literal(Kind.DURATION, 86_400, "1 day")
Variant = tuple[RuleSet, Test]


def taken_out(ruleset: RuleSet, test: Test, case: CaseResult) -> Iterator[Variant]:
    """The likeliest first: who asks stops at the first in which the test falls short. `case`: how it went."""
    for lines in _other_lines(test.lines):
        yield ruleset, replace(test, lines=lines)
    took_part = {part.rule.id for turn in case.turns for part in turn.plan.parts}
    played = {key.name.key for key in played_keys(test)}
    time_passes = any(isinstance(line, PlayAfter | PlayAt) for line in test.lines)
    railless = replace(ruleset, rails=NO_RAILS)
    if ruleset.rails.words:
        yield railless, test
    for rule in ruleset.rules:
        if rule.id in took_part or _waits_for(rule, played, time_passes):
            for loose in loosened(railless, rule):
                yield with_rule(railless, rule, loose), test
        if rule.id in took_part:
            yield without_rule(ruleset, rule), test
    for number, line in enumerate(test.lines):
        if isinstance(line, GivenFails):
            for reason in REASONS:
                other = replace(line, reasons=(Name(reason),))
                yield ruleset, replace(test, lines=(*test.lines[:number], other, *test.lines[number + 1 :]))


def _other_lines(lines: tuple[TestLine, ...]) -> Iterator[tuple[TestLine, ...]]:
    """The lines without all that is given of one kind, without what comes meanwhile, and with more time."""
    for kind in (GivenFails, Given, GivenTime):
        fewer = tuple(line for line in lines if not isinstance(line, kind))
        if len(fewer) < len(lines):
            yield fewer
    alone = tuple(
        replace(line, meanwhile=None) if isinstance(line, Play | PlayAfter | PlayAt) else line
        for line in lines
    )
    if alone != lines:
        yield alone
    later = tuple(_later(line) if isinstance(line, PlayAfter | PlayAt) else line for line in lines)
    if later != lines:
        yield later


def _later(line: PlayAfter | PlayAt) -> PlayAfter:
    """A day more: whatever time sets off comes by then."""
    if isinstance(line, PlayAt):
        return PlayAfter(_DAY, None, line.meanwhile, line.span)
    assert isinstance(line.duration.value, int)
    assert isinstance(_DAY.value, int)
    return replace(line, duration=replace(line.duration, value=line.duration.value + _DAY.value))


def _waits_for(rule: CompiledRule, played: set[str], time_passes: bool) -> bool:
    """Whether a rule waits for something that the test plays."""
    match rule.rule.trigger:
        case On(tests=tests):
            return any(one.name.key in played for one in tests)
        case OnAnything():
            return not played <= UNSEEN_BY_ANYTHING
        case AfterCall() | AfterFact() | AtTime():
            return time_passes
        case _:
            assert_never(rule.rule.trigger)
