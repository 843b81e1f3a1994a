"""hangup-on-hearing

What: a rule that hangs up on what the caller is still saying (`hearing`).

Why: a hangup waits for the bot's last word, and the caller who goes on speaking drops it. The same sentence does not
set the rule off again, so nobody hangs up.

Avoid:
    on hearing contains goodbye say "Goodbye." then hangup

Prefer:
    on said contains goodbye say "Goodbye." then hangup
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.diagnostics.codes.flow import HANGUP_ON_HEARING
from flowrules.language.nodes import VerbStep
from flowrules.language.traverse import event_tests
from flowrules.verbs import BY_NAME


def hangup_on_hearing(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.rules):
        test = next((test for test in event_tests(unit.item) if test.name.key == "hearing"), None)
        if test is None:
            continue
        steps = (step for step, _ in coverage.scope.written_out(unit.item.steps, report.broken))  # type: ignore[union-attr]
        for step in steps:
            if (
                isinstance(step, VerbStep)
                and BY_NAME[step.verb].hangs_up
                and all(argument.name != "now" for argument in step.arguments)
            ):
                report.add(
                    HANGUP_ON_HEARING,
                    unit.block,
                    test.span,
                    "The caller is still speaking here: the next word drops the hangup, and the same sentence does not "
                    "set the rule off again.",
                    'Wait for the whole sentence: "said" in place of "hearing". Or cut the caller off: hangup now',
                )
                break
