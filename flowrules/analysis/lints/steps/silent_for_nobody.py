"""silent-for-nobody

What: `stay silent` in a rule that a timer sets off, or that runs after the call.

Why: it takes from the model its answer to what was just said. A timer is set off by nobody's words, and after the call
there is nobody to answer.

Avoid:
    after 10 seconds of silence stay silent

Prefer:
    on said contains "one moment" stay silent
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.flow import SILENT_FOR_NOBODY
from flowrules.language.nodes import (
    AfterCall,
    AfterFact,
    AtTime,
    Do,
    On,
    OnAnything,
    Rule,
    StaySilent,
    Trigger,
)
from flowrules.language.traverse import all_steps


def silent_for_nobody(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.rules):
        rule = unit.item
        assert isinstance(rule, Rule)
        why = _nothing_to_answer(rule.trigger)
        if not why:
            continue
        for step in all_steps((*rule.steps, *(rule.otherwise or ()))):
            if isinstance(step, StaySilent) or (isinstance(step, Do) and _is_silent(step, coverage, report)):
                report.add(
                    SILENT_FOR_NOBODY,
                    unit.block,
                    step.span,
                    f"{why}, so the model has nothing to answer here.",
                    'Leave "stay silent" out. To keep the model from answering, write it in the rule that takes what '
                    "the caller says.",
                )


def _is_silent(step: Do, coverage: CoverageIndex, report: Report) -> bool:
    """Whether the steps that a `do` names stay silent."""
    return any(isinstance(one, StaySilent) for one, _ in coverage.scope.written_out((step,), report.broken))


def _nothing_to_answer(trigger: Trigger) -> str:
    """Why the model has no answer to give to what sets a rule off; '' where it may have one."""
    match trigger:
        case AfterCall() | AfterFact() | AtTime():
            return "Time sets this rule off, and nobody's words"
        case On(tests=tests) if all(test.name.key == "call_ended" for test in tests):
            return "This rule runs after the call"
        case On() | OnAnything():
            return ""
