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

from flowrules.analysis.checks.reach import head_of
from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.logic.dnf import compare_constraint
from flowrules.analysis.model.builtin import FAILURE_FACTS, UNSEEN_BY_ANYTHING
from flowrules.analysis.model.constraint import loose
from flowrules.analysis.model.references import LETS, PLAYED, PLAYS, TESTED
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.hygiene import UNTESTED
from flowrules.language.nodes import AfterCall, AfterFact, AtTime, EventTest, On, OnAnything, Rule, Trigger


def untested(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    if "test" in scope.unread:
        return
    for unit in report.units_without_errors(scope.rules):
        if not isinstance(unit.item, Rule) or not scope.says(TESTED, unit.block.source.path):
            continue
        if not _is_played(unit.item.trigger, scope):
            label = unit.item.label
            report.add(
                UNTESTED,
                unit.block,
                label.span if label else head_of(unit),
                "No test plays the event that this rule waits for.",
                "Add a test that plays it, and say what is expected.",
            )


def _is_played(trigger: Trigger, scope: Scope) -> bool:
    match trigger:
        case On(tests):
            return any(_test_is_played(test, scope) for test in tests)
        case AfterFact():
            return scope.says(LETS, "silence") or scope.says(LETS, "time")
        case AfterCall() | AtTime():
            return scope.says(LETS, "time")
        case OnAnything():
            return any(one.kind == PLAYS and one.name not in UNSEEN_BY_ANYTHING for one in scope.said)


def _test_is_played(test: EventTest, scope: Scope) -> bool:
    key = test.name.key
    if scope.says(LETS, "fails") and (key == "step_failed" or key in FAILURE_FACTS):
        return True
    if scope.says(LETS, "interrupts") and key == "hangup_interrupted":
        return True
    if not scope.says(PLAYS, key) or test.test is None:
        return scope.says(PLAYS, key)
    asked = compare_constraint(test.test, scope)
    return not asked.hit or any(
        scope.says(PLAYED, key, loose(element)) for elements in asked.hit for element in elements
    )
