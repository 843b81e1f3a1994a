"""cut-short

What: a rule waits until a fact has been yes for some time, and another rule ends that fact sooner, each time.

Why: the time starts anew whenever the fact becomes yes again, so the longer wait is never over.

Avoid:
    on intent=wait remember waiting is yes
    after 1 minute of waiting forget waiting then say "Please stay with us." then remember waiting is yes
    after 5 minutes of waiting say "We will call you back." then hangup

Prefer:
    on intent=wait remember waiting is yes
    after 1 minute of waiting forget waiting then say "Please stay with us." then remember waiting is yes
    after 5 minutes of waiting in all say "We will call you back." then hangup
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.logic import CUT_SHORT
from flowrules.language.nodes import AfterFact, Rule


def cut_short(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.rules):
        rule = unit.item
        if not isinstance(rule, Rule) or not isinstance(rule.trigger, AfterFact):
            continue
        trigger = rule.trigger
        ended = coverage.scope.cut.get(trigger.fact.key)
        if ended is not None and not trigger.in_all and ended < int(trigger.duration.value):  # type: ignore[arg-type]  # a DURATION's value
            report.add(
                CUT_SHORT,
                unit.block,
                trigger.span,
                f'This never comes: the rule "after {_words(ended)} of {trigger.fact.text}" ends it each time.',
                f"To count the whole time, write: after {trigger.duration.raw} of {trigger.fact.text} in all",
            )


def _words(seconds: int) -> str:
    count, unit = (seconds // 60, "minute") if seconds % 60 == 0 else (seconds, "second")
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
