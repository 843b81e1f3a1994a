"""unknown-lead-status

What: a lead status that the platform's pages do not name.

Why: the platform may know statuses of your own; one that it does not know is refused on a live call.

Avoid:
    on intent=later set_lead_status calback

Prefer:
    on intent=later set_lead_status callback
"""

from flowrules.analysis.bodies import as_written
from flowrules.analysis.contest import Contest
from flowrules.analysis.report import Report, did_you_mean
from flowrules.diagnostics.codes.hygiene import UNKNOWN_LEAD_STATUS
from flowrules.language.names import fold
from flowrules.language.nodes import Literal, VerbStep
from flowrules.verbs.lead import KNOWN_STATUSES


def unknown_lead_status(contest: Contest, report: Report) -> None:
    """Each status once, where it is first used."""
    seen = set(KNOWN_STATUSES)
    for unit in report.sound(contest.scope.units):
        for step in unit.steps:
            if not isinstance(step, VerbStep) or step.verb != "set_lead_status":
                continue
            for argument in step.arguments:
                if isinstance(argument.value, Literal) and fold(as_written(argument.value)) not in seen:
                    status = as_written(argument.value)
                    seen.add(fold(status))
                    guess = contest.scope.guess(status, KNOWN_STATUSES)
                    named = f"They name {', '.join(KNOWN_STATUSES)}."
                    known = f"{named} If it is a status of your own, this is only a note."
                    message = f'The platform\'s pages name no lead status "{status}".'
                    hint = did_you_mean(guess, known)
                    report.add(UNKNOWN_LEAD_STATUS, unit.block, argument.value.span, message, hint)
