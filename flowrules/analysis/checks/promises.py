"""Promises that can never be kept, or are kept whatever happens, by their conditions alone.

That a condition of a promise contradicts itself is found where those of rules are (`analysis/logic/guards.py`). What
needs more than a look at the conditions is found by playing stories.
"""

from flowrules.analysis.logic.dnf import Conjunction, conjoin, to_dnf
from flowrules.analysis.logic.guards import event_boxes, guard_dnf
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report, in_quotes
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.logic import ALWAYS_TRUE, IMPOSSIBLE_GUARD
from flowrules.language.nodes import (
    Absence,
    And,
    Condition,
    Existence,
    Precedence,
    Promise,
    Response,
    Universality,
)
from flowrules.language.traverse import event_tests, guards_of


def check_promises(scope: Scope, report: Report) -> None:
    for unit in scope.promises:
        if report.is_broken(unit.block):
            continue
        promise = unit.item
        assert isinstance(promise, Promise)
        match promise.pattern:
            case Existence(condition=condition) | Precedence(condition=condition):
                _check_kept(unit, condition, [], scope, report)
            case Universality(during=during, condition=condition):
                _check_while(unit, during, condition, scope, report)
            case Absence() | Response():
                _check_guards(unit, scope, report)


def _check_kept(
    unit: CheckedBlock,
    condition: Condition,
    given: list[list[Conjunction] | None],
    scope: Scope,
    report: Report,
) -> None:
    """A condition, or a part of it that must hold with the others, which nothing can break where the others hold."""
    parts = condition.parts if isinstance(condition, And) else (condition,)
    for part in parts:
        if conjoin([*given, to_dnf(part, scope, False)], scope) == []:
            text = in_quotes(unit.block.text[part.span.start : part.span.end])
            message = f"{text} promises nothing of the value: every value keeps it."
            hint = "Ask for something else; whether a fact is there at all is asked so: is known"
            report.add(ALWAYS_TRUE, unit.block, part.span, message, hint)


def _check_while(
    unit: CheckedBlock, during: Condition, condition: Condition, scope: Scope, report: Report
) -> None:
    held = to_dnf(during, scope)
    if conjoin([held, to_dnf(condition, scope)], scope) == []:
        text, other = (
            in_quotes(unit.block.text[one.span.start : one.span.end]) for one in (condition, during)
        )
        message = f"{text} is never true while {other} is."
        related = ((unit.block.locate(during.span), "the other one"),)
        report.add(
            IMPOSSIBLE_GUARD, unit.block, condition.span, message, "Change one of the two.", (), related
        )
    else:
        _check_kept(unit, condition, [held], scope, report)


def _check_guards(unit: CheckedBlock, scope: Scope, report: Report) -> None:
    """Guards that never hold together, or never with what the promise speaks of: it then promises nothing."""
    passed: list[list[Conjunction] | None] = []
    tests = event_boxes(unit, scope)
    compared = len(tests) == len(event_tests(unit.item))
    for guard in guards_of(unit.item):
        passed.append(guard_dnf(guard, scope))
        text = in_quotes(unit.block.text[guard.span.start : guard.span.end])
        if conjoin(passed, scope) == []:
            others = "" if len(passed) == 1 else " together with what stands before it"
            message = f"{text} never holds{others}, so nothing is promised."
        elif tests and compared and all(conjoin([test, *passed], scope) == [] for test in tests):
            message = f"{text} never holds where this has happened, so nothing is promised."
        else:
            continue
        report.add(IMPOSSIBLE_GUARD, unit.block, guard.span, message, "Change one of the two.")
        return
