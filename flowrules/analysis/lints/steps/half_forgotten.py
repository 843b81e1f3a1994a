"""half-forgotten

What: the time of a callback is forgotten where it was refused.

Why: "next Tuesday" alone is no time, so it is refused. The hour comes next, by itself: "at three". A day that is still
known belongs to it; one that is forgotten makes it today.

Avoid:
    timezone Asia/Kolkata
    rule "Call me later"
      on callback_time
      schedule_callback at callback_time
        if it fails then (forget callback_time then advise "Ask for the day and the hour.")
    end

Prefer:
    timezone Asia/Kolkata
    rule "Call me later"
      on callback_time
      schedule_callback at callback_time
        if it fails then advise "Ask for the day and the hour."
    end
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.flow import HALF_FORGOTTEN
from flowrules.language.names import fold
from flowrules.language.nodes import CallbackKind, CallbackTime, Failure, Forget, Name, VerbStep
from flowrules.language.traverse import failures_of


def half_forgotten(coverage: CoverageIndex, report: Report) -> None:
    for unit in report.units_without_errors(coverage.scope.units):
        for step in unit.steps:
            name = _read_from(step)
            if name is None:
                continue
            failure = next(filter(_takes_refused, failures_of(step)), None)
            if failure is not None and _forgets(failure, name, coverage.scope, report):
                report.add(
                    HALF_FORGOTTEN,
                    unit.block,
                    failure.span,
                    'A day that comes alone ("next tuesday") is refused, and forgotten here: the hour that comes next '
                    '("at three") books a callback for today.',
                    f"Leave out the forget {name.text} of this line: the next answer takes its place, or, where it "
                    "is the other half, completes it.",
                )


def _read_from(step: object) -> Name | None:
    """The fact that a callback's time is read from."""
    for argument in step.arguments if isinstance(step, VerbStep) else ():
        match argument.value:
            case CallbackTime(kind=CallbackKind.AT_FACT, name=Name() as name):
                return name
    return None


def _takes_refused(failure: Failure) -> bool:
    return not failure.reasons or any(fold(one.text) == "refused" for one in failure.reasons)


def _forgets(failure: Failure, name: Name, scope: Scope, report: Report) -> bool:
    written = (step for step, _ in scope.written_out(failure.steps, report.broken))
    return any(isinstance(step, Forget) and step.name.key == name.key for step in written)
