"""self-trigger

What: a rule for an event that its own steps can raise again: a failed step, an interrupted hangup.

Why: where the step fails once more the rule runs once more, and the caller hears the same again and again.

Avoid:
    on step_failed say "Sorry, that did not work."

Prefer:
    on step_failed once per call say "Sorry, that did not work."
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.flow import SELF_TRIGGER
from flowrules.language.nodes import EventTest, OtherVerb, Rule, Step, VerbStep
from flowrules.language.traverse import failures_of
from flowrules.verbs import BY_NAME


def self_trigger(coverage: CoverageIndex, report: Report) -> None:
    for competitor in coverage.competitors:
        if competitor.gated or competitor.rule.guards or report.is_broken(competitor.unit.block):
            continue
        for region, test in zip(competitor.trigger_regions, _tests(competitor.rule), strict=False):
            word = _raises(test, competitor.rule, coverage.scope, report)
            if word and region.event:
                again = "fails" if test.name.key == "step_failed" else "is interrupted"
                report.add(
                    SELF_TRIGGER,
                    competitor.unit.block,
                    test.span,
                    f'Where its own "{word}" {again}, this rule starts itself again.',
                    'Add "once per call" before the steps'
                    + (
                        ', or "if it fails then …" to the step.'
                        if again == "fails"
                        else ', or write "hangup now".'
                    ),
                )
                break


def _tests(rule: Rule) -> tuple[EventTest, ...]:
    return getattr(rule.trigger, "tests", ())


def _raises(test: EventTest, rule: Rule, scope: Scope, report: Report) -> str:
    """The first verb of the rule that can raise the event it waits for; empty where none can."""
    if test.test is not None:
        return ""
    steps = [step for step, _ in scope.written_out(rule.steps, report.broken)]
    match test.name.key:
        case "step_failed":
            return next((_word(step) for step in steps if _can_fail(step)), "")
        case "hangup_interrupted":
            return next(
                (step.word for step in steps if isinstance(step, VerbStep) and _waits_to_hang_up(step)), ""
            )
        case _:
            return ""


def _can_fail(step: Step) -> bool:
    """A verb without a branch for every reason."""
    if not isinstance(step, VerbStep | OtherVerb):
        return False
    return all(failure.reasons for failure in failures_of(step))


def _word(step: Step) -> str:
    return step.word if isinstance(step, VerbStep) else step.name.text if isinstance(step, OtherVerb) else ""


def _waits_to_hang_up(step: VerbStep) -> bool:
    return BY_NAME[step.verb].hangs_up and all(argument.name != "now" for argument in step.arguments)
