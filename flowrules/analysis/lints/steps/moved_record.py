"""moved-record

What: a disposition or lead status is written behind a transfer, and the transfer's failure branch sets none.

Why: what is written behind an end is sent before it. Where the end then fails, the engine forgets the record, but the
platform keeps it until another one is sent, and the call is counted as something that it did not become.

Avoid:
    rule "sales"
      on intent=sales
      transfer agent a_1
        if it fails then schedule_callback in 2 hours
      set_disposition SALES_XFER
    end

Prefer:
    rule "sales"
      on intent=sales
      transfer agent a_1
        if it fails then (set_disposition CALLBACK then schedule_callback in 2 hours)
      set_disposition SALES_XFER
    end
"""

from flowrules.analysis.checks.flow import ENDINGS, failure_words
from flowrules.analysis.logic.coverage import CoverageIndex
from flowrules.analysis.model.checked_block import CheckedBlock
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.diagnostics.codes.flow import MOVED_RECORD
from flowrules.language.nodes import Before, Failure, GuardWord, Item, Step, VerbStep
from flowrules.language.printer import print_condition
from flowrules.language.traverse import failures_of, sequences
from flowrules.verbs import BY_NAME, CATALOGUE

OUTCOMES = frozenset(
    spec.name
    for spec in CATALOGUE
    if spec.copied_to("call.disposition") or spec.copied_to("call.lead_status")
)
"""Records that say how the call went."""
_NOT_YET = {
    record: {(GuardWord.UNLESS, f"{fact} is known"), (GuardWord.WHEN, f"{fact} is unknown")}
    for record in OUTCOMES
    for fact in ("call.disposition", "call.lead_status")
    if BY_NAME[record].copied_to(fact)
}
"""The conditions that ask whether there is such a record yet. Where an end has failed, there is none."""


def moved_record(coverage: CoverageIndex, report: Report) -> None:
    scope = coverage.scope
    for unit in report.units_without_errors(scope.units):
        if unit.block.source.path not in scope.as_written:
            for sequence in sequences(unit.item):
                _check(unit, sequence, scope, report)


def _is_for_timeouts(failure: Failure) -> bool:
    """Whether a branch runs only where nobody knows whether the end has come: then the record may be right."""
    return bool(failure.reasons) and all(reason.key == "timeout" for reason in failure.reasons)


def _records_anew(failure: Failure, record: str, scope: Scope) -> bool:
    """Whether a failure branch sends the record again: itself, or by a `before` that stands over each of its ends and
    asks nothing but whether there is one yet."""
    verbs = scope.verbs_in(failure.steps)
    ends = verbs & ENDINGS
    return record in verbs or (
        bool(ends)
        and all(any(_brings(rail.item, record, end, scope) for rail in scope.rails) for end in ends)
    )


def _brings(rail: Item, record: str, end: str, scope: Scope) -> bool:
    return (
        isinstance(rail, Before)
        and any(verb.key == end for verb in rail.verbs)
        and record in scope.verbs_in(rail.steps)
        and all((guard.word, print_condition(guard.condition)) in _NOT_YET[record] for guard in rail.guards)
    )


def _check(unit: CheckedBlock, sequence: tuple[Step, ...], scope: Scope, report: Report) -> None:
    for index, step in enumerate(sequence):
        if not isinstance(step, VerbStep) or step.verb not in ENDINGS:
            continue
        for record in sequence[index + 1 :]:
            if not isinstance(record, VerbStep) or record.verb not in OUTCOMES:
                continue
            for failure in failures_of(step):
                if not _is_for_timeouts(failure) and not _records_anew(failure, record.verb, scope):
                    report.add(
                        MOVED_RECORD,
                        unit.block,
                        record.word_span,
                        f'"{record.word}" is sent before "{step.word}" and stays with the platform where that '
                        "fails.",
                        f'Add a "{record.word}" to the steps behind "if it fails".',
                        related=((unit.block.locate(failure_words(unit, failure)), "sets none of its own"),),
                    )
                    break
