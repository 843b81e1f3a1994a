"""unknown-lead-status

What: a lead status that the platform's pages do not name.

Why: the platform may know statuses of your own; one that it does not know is refused on a live call.

Avoid:
    on intent=later set_lead_status calback

Prefer:
    on intent=later set_lead_status callback
"""

from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report, did_you_mean
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.verb_fields import as_written
from flowrules.diagnostics.codes.hygiene import UNKNOWN_LEAD_STATUS
from flowrules.language.names import fold
from flowrules.language.nodes import Literal, VerbStep
from flowrules.verbs import BY_NAME
from flowrules.verbs.statuses import KNOWN_STATUSES


def unknown_lead_status(coverage: CoverageIndex, report: Report) -> None:
    """Each status once, where it is first used."""
    seen: set[str] = set()
    for unit in report.units_without_errors(coverage.scope.units):
        for step in unit.steps:
            if not isinstance(step, VerbStep) or _status_field(step) is None:
                continue
            for argument in step.arguments:
                if argument.name == _status_field(step) and isinstance(argument.value, Literal):
                    _check(unit, argument.value, seen, coverage.scope, report)


def _status_field(step: VerbStep) -> str | None:
    return BY_NAME[step.verb].copied_to("call.lead_status")


def _check(unit: CheckedBlock, literal: Literal, seen: set[str], scope: Scope, report: Report) -> None:
    status = as_written(literal)
    if fold(status) in KNOWN_STATUSES:
        return
    if fold(status) in seen:
        report.spoken_of.append(unit.block)
        return
    seen.add(fold(status))
    guess = scope.guess(status, KNOWN_STATUSES)
    known = f"They name {', '.join(KNOWN_STATUSES)}. If it is a status of your own, this is only a note."
    message = f'The platform\'s pages name no lead status "{status}".'
    report.add(UNKNOWN_LEAD_STATUS, unit.block, literal.span, message, did_you_mean(guess, known))
