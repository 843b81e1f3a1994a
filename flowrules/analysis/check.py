"""Meaning: parsed files in, checked rules and everything that is wrong with them out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress

from flowrules.analysis.checks.arguments import check_arguments
from flowrules.analysis.checks.bare_disposition import check_bare_dispositions
from flowrules.analysis.checks.declarations import check_declarations
from flowrules.analysis.checks.flow import check_flow
from flowrules.analysis.checks.givens import check_givens
from flowrules.analysis.checks.host_places import check_host_fence
from flowrules.analysis.checks.hours_as_fact import check_hours_as_fact
from flowrules.analysis.checks.listed_events import check_listed_events
from flowrules.analysis.checks.names import check_names
from flowrules.analysis.checks.promises import check_promises
from flowrules.analysis.checks.ranges import check_ranges
from flowrules.analysis.checks.reach import check_reach, check_twice
from flowrules.analysis.checks.resolve import resolved
from flowrules.analysis.checks.size import check_size
from flowrules.analysis.gather import gather
from flowrules.analysis.incremental.affected import Part, follow, touched
from flowrules.analysis.incremental.checkup import Checkup
from flowrules.analysis.incremental.index import CheckIndex, errors_are_movable, make_check_index
from flowrules.analysis.lints import LINTS
from flowrules.analysis.logic.coverage import CoverageIndex, make_coverage
from flowrules.analysis.logic.guards import check_guards
from flowrules.analysis.model.checked import CheckedRules
from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.model.types import check_types
from flowrules.analysis.model.vocabulary import check_vocabulary
from flowrules.analysis.valid_rules import valid_rules, with_blocks
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, in_order
from flowrules.language.nodes import RuleFile

Check = Callable[[Scope, Report], None]

CHECKS: tuple[Check, ...] = (
    check_names,
    check_listed_events,
    check_vocabulary,
    check_givens,
    check_hours_as_fact,
    check_types,
    check_declarations,
    check_arguments,
    check_ranges,
    check_bare_dispositions,
    check_size,
    check_flow,
    check_twice,
    check_guards,
    check_promises,
)
"""In order: later ones say nothing about what earlier ones found broken."""


def check(
    files: Sequence[RuleFile], fence: DestinationPolicy = DEFAULT_POLICY
) -> tuple[CheckedRules, Findings]:
    """Check the files of one rule set together. `fence` is that of the host where they are to run.

    Every mistake is found in one run. A block with an error, and what depends on it, is left out of the checked
    rules, so that the rest can still be compiled and shown.
    """
    plain = resolved(files)
    coverage, report = _run(gather(plain), fence)
    rules = replace(valid_rules(coverage.scope, report), read=tuple(files))
    return rules, _in_order(files, report.findings)


def check_up(
    files: Sequence[RuleFile], fence: DestinationPolicy = DEFAULT_POLICY, previous: Checkup | None = None
) -> Checkup:
    """`check`, with what a check of the same files after an edit can start from. From a `previous` one only what the
    edit can touch is checked; the result is the same with and without it."""
    if previous is not None and (checkup := check_edit(files, fence, previous)) is not None:
        return checkup
    read, files = tuple(files), resolved(files, () if previous is None else previous.rules.pairs())
    coverage, report = _run(gather(files), fence)
    findings = _in_order(files, report.findings)
    rules = replace(valid_rules(coverage.scope, report), read=read)
    return Checkup(rules, findings, make_check_index(coverage, report), fence)


def check_edit(files: Sequence[RuleFile], fence: DestinationPolicy, previous: Checkup) -> Checkup | None:
    """The same from a part of the files; None where an edit touches so much that everything is to be checked."""
    check_index = previous.known() if previous.fence == fence else None
    if check_index is None:
        return None
    read, files = tuple(files), resolved(files, previous.rules.pairs())
    part = touched(files, previous.rules.files, check_index)
    checkup = None if part is None else _check_part(files, part, previous, check_index)
    return None if checkup is None else replace(checkup, rules=replace(checkup.rules, read=read))


def _check_part(
    files: Sequence[RuleFile], part: Part, previous: Checkup, before: CheckIndex
) -> Checkup | None:
    """The result for all files from a check of a part of them; None where the part does not tell."""
    coverage, report = _run(gather(part.files, part.said), previous.fence)
    if report.counts or not errors_are_movable(report):
        return None
    here = [part.concerns(block) for block in report.blocks]
    findings = _in_order(files, list(compress(report.findings, here)))
    rules = with_blocks(valid_rules(coverage.scope, report), files)
    return Checkup(rules, findings, follow(before, part, coverage, report), previous.fence)


def _run(scope: Scope, fence: DestinationPolicy) -> tuple[CoverageIndex, Report]:
    report = Report()
    for run in CHECKS:
        run(scope, report)
    check_host_fence(fence, scope, report)
    coverage = make_coverage(scope, report)
    check_reach(coverage, report)
    for lint in LINTS:
        lint(coverage, report)
    return coverage, report


def _in_order(files: Sequence[RuleFile], findings: list[Diagnostic]) -> Findings:
    place = {file.source.path: index for index, file in enumerate(files)}
    return in_order(sorted(findings, key=lambda finding: place[finding.location.source.path]))
