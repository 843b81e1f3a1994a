"""unclosed-pair

What: something is opened (hold, mute, a recording's pause, listening in), and nothing in the rules closes it.

Why: a caller left on hold or muted, or a call left off the record, stays so until somebody notices.

Avoid:
    on intent=check hold then say "One moment, please."

Prefer:
    on intent=check hold for at most 45 seconds then say "One moment, please."
"""

from flowrules.analysis.checks.flow import ENDINGS
from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.references import CLOSED, whom
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.flow import UNCLOSED_PAIR
from flowrules.language.nodes import Step, VerbStep
from flowrules.language.traverse import sequences
from flowrules.source import Span
from flowrules.verbs import BY_NAME

CLOSERS = {
    spec.name: spec.closed_by
    for spec in BY_NAME.values()
    if spec.closed_by is not None and spec.closed_by not in ENDINGS
}
"""What opens, with what closes it. A conference is left by an end, which closes everything."""


def unclosed_pair(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors((*scope.rules, *scope.rails)):
        for sequence in sequences(unit.item):
            _check(unit, sequence, scope, report)


def _check(unit: CheckedBlock, sequence: tuple[Step, ...], scope: Scope, report: Report) -> None:
    """What a sequence opens, itself or through `do`, with no end of the call behind it."""
    said: set[tuple[str, str]] = set()
    for step, through in reversed(list(scope.written_out(sequence, report.broken))):
        if not isinstance(step, VerbStep):
            continue
        if step.verb in ENDINGS:
            return
        if step.verb in CLOSERS and not _has_cap(step):
            closer, party = CLOSERS[step.verb], whom(step)
            if (
                not scope.says(CLOSED, closer, party)
                and closer not in scope.mentioned
                and (closer, party) not in said
            ):
                said.add((closer, party))
                _report(unit, step, through.name.span if through else step.word_span, closer, party, report)


def _report(unit: CheckedBlock, step: VerbStep, span: Span, closer: str, party: str, report: Report) -> None:
    agent = " agent" if party == "agent" else ""
    hint = f'add "{closer}{agent}" where it should stop'
    capped = any("cap" in form.argument_names for form in BY_NAME[step.verb].forms)
    if not BY_NAME[step.verb].closed_on_failure and capped:
        # A caller may have refused to be recorded, and a time limit would undo that.
        hint = f"If it is to stay so until the call ends, write above the rule: # allow FR409: and why. If not: {hint}."
    else:
        hint = f"A{hint[1:]}"
        hint += f", or let it stop by itself: {step.verb}{agent} for at most 45 seconds" if capped else "."
    message = f'"{step.word}{agent}" is never undone: "{closer}{agent}" stands nowhere in these rules.'
    report.add(UNCLOSED_PAIR, unit.block, span, message, hint)


def _has_cap(step: VerbStep) -> bool:
    return any(argument.name == "cap" for argument in step.arguments)
