"""always-true

What: a condition that is never no: every value passes it, or the event has already said so.

Why: it looks like a check and is none; usually an `and` was meant.

Avoid:
    on intent=sales when balance is at least 500 or balance is less than 1000 transfer queue gold

Prefer:
    on intent=sales when balance is at least 500 and balance is less than 1000 transfer queue gold
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.logic.dnf import Conjunction, conjoin, to_dnf
from flowrules.analysis.logic.guards import event_boxes
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report, in_quotes
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.logic import ALWAYS_TRUE
from flowrules.language.nodes import And, Condition, GuardWord, If
from flowrules.language.traverse import event_tests, guards_of
from flowrules.source import Span


def always_true(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors(scope.units):
        tests = event_boxes(unit, scope)
        trigger = tests if len(tests) == len(event_tests(unit.item)) else []
        for guard in guards_of(unit.item):
            wanted = guard.word is not GuardWord.UNLESS
            if _check(unit, guard.condition, guard.span, trigger, scope, report, wanted):
                break
        for step in unit.steps:
            if isinstance(step, If):
                _check(unit, step.condition, step.condition.span, [], scope, report)


def _check(
    unit: CheckedBlock,
    condition: Condition,
    span: Span,
    trigger: list[list[Conjunction] | None],
    scope: Scope,
    report: Report,
    wanted: bool = True,
) -> bool:
    """Whether a condition, or a part that must hold with the others, is never anything but `wanted`."""
    parts = condition.parts if isinstance(condition, And) and wanted else ()
    for part in parts:
        if _check(unit, part, part.span, trigger, scope, report):
            return True
    against = to_dnf(condition, scope, not wanted)
    text = in_quotes(unit.block.text[span.start : span.end])
    if against == []:
        message = f"{text} keeps nothing back: every value passes."
        hint = (
            'Did you mean "and"? To ask whether a fact is there at all: is known'
            if wanted
            else "Take it out."
        )
        report.add(ALWAYS_TRUE, unit.block, span, message, hint)
        return True
    if trigger and all(conjoin([test, against], scope) == [] for test in trigger):
        message = f"{text} adds nothing: what the rule waits for says so already."
        report.add(ALWAYS_TRUE, unit.block, span, message, "Take it out, or ask for something else.")
        return True
    return False
