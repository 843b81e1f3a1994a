"""untested

What: in a file with tests, a rule for an event that no test plays.

Why: the rule without a test is the one that breaks unseen.

Avoid:
    on intent=sales transfer queue sales
    on intent=billing transfer queue billing
    test "sales"
      on intent=sales
      expect transfer queue sales
    end

Prefer:
    on intent=sales transfer queue sales
    on intent=billing transfer queue billing
    test "sales"
      on intent=sales
      expect transfer queue sales
    end
    test "billing"
      on intent=billing
      expect transfer queue billing
    end
"""

from dataclasses import dataclass, field

from flowrules.analysis.boxes import compare_constraint
from flowrules.analysis.builtin import FAILURE_FACTS
from flowrules.analysis.constraint import Element, loose
from flowrules.analysis.contest import Contest
from flowrules.analysis.reach import head_of
from flowrules.analysis.report import Report
from flowrules.analysis.scope import Scope
from flowrules.analysis.walk import played_keys
from flowrules.diagnostics.codes.hygiene import UNTESTED
from flowrules.language.nodes import (
    AfterCall,
    AfterFact,
    AtTime,
    Compare,
    EventTest,
    GivenFails,
    On,
    Op,
    Play,
    PlayAfter,
    PlayAt,
    Rule,
    Test,
    Trigger,
)


@dataclass(slots=True)
class _Played:
    """What the tests let happen: event keys with their values, failures, interruptions, and time."""

    values: dict[str, set[Element]] = field(default_factory=dict)
    fails: bool = False
    interrupts: bool = False
    time: bool = False
    silence: bool = False


def untested(contest: Contest, report: Report) -> None:
    scope = contest.scope
    tested = {unit.block.source.path for unit in scope.tests}
    if not tested or "test" in scope.unread:
        return
    played = _played(scope)
    for unit in report.sound(scope.rules):
        if not isinstance(unit.item, Rule) or unit.block.source.path not in tested:
            continue
        if not _is_played(unit.item.trigger, played, scope):
            label = unit.item.label
            report.add(
                UNTESTED,
                unit.block,
                label.span if label else head_of(unit),
                "No test plays the event that this rule waits for.",
                "Add a test that plays it, and say what is expected.",
            )


def _played(scope: Scope) -> _Played:
    played = _Played()
    for unit in scope.tests:
        assert isinstance(unit.item, Test)
        for key in played_keys(unit.item):
            values = played.values.setdefault(key.name.key, set())
            asked = compare_constraint(Compare(key.name, Op.ONE_OF, key.values), scope)
            values.update(loose(element) for elements in asked.hit for element in elements)
        for line in unit.item.lines:
            match line:
                case Play(meanwhile=Play()):
                    played.interrupts = True
                case GivenFails():
                    played.fails = True
                case PlayAfter(fact=fact):
                    played.time = True
                    played.silence = played.silence or fact is not None
                case PlayAt():
                    played.time = True
    return played


def _is_played(trigger: Trigger, played: _Played, scope: Scope) -> bool:
    match trigger:
        case On(tests):
            return any(_test_is_played(test, played, scope) for test in tests)
        case AfterFact():
            return played.silence or played.time
        case AfterCall() | AtTime():
            return played.time
        case _:
            return bool(played.values)


def _test_is_played(test: EventTest, played: _Played, scope: Scope) -> bool:
    key = test.name.key
    if played.fails and (key == "step_failed" or key in FAILURE_FACTS):
        return True
    if played.interrupts and key == "hangup_interrupted":
        return True
    values = played.values.get(key)
    if values is None or test.test is None:
        return values is not None
    asked = compare_constraint(test.test, scope)
    return not asked.hit or any(not values.isdisjoint(map(loose, elements)) for elements in asked.hit)
