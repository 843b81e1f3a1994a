"""Meaning: parsed files in, checked rules and everything that is wrong with them out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import compress

from flowrules.analysis.arguments import check_arguments
from flowrules.analysis.bare_disposition import check_bare_dispositions
from flowrules.analysis.checked import CheckedRules
from flowrules.analysis.checkup import Checkup
from flowrules.analysis.contest import Contest, make_contest
from flowrules.analysis.declarations import check_declarations
from flowrules.analysis.flow import check_flow
from flowrules.analysis.givens import check_givens
from flowrules.analysis.guards import check_guards
from flowrules.analysis.host_fence import DEFAULT_FENCE, HostFence
from flowrules.analysis.host_places import check_host_fence
from flowrules.analysis.hours_as_fact import check_hours_as_fact
from flowrules.analysis.ledger import Ledger, errors_are_movable, make_ledger
from flowrules.analysis.lints import LINTS
from flowrules.analysis.listed_events import check_listed_events
from flowrules.analysis.names import check_names
from flowrules.analysis.promises import check_promises
from flowrules.analysis.ranges import check_ranges
from flowrules.analysis.reach import check_reach, check_twice
from flowrules.analysis.recheck import Part, follow, touched
from flowrules.analysis.report import Report
from flowrules.analysis.resolve import resolved
from flowrules.analysis.scope import Scope, gather
from flowrules.analysis.size import check_size
from flowrules.analysis.sound import sound_rules, with_blocks
from flowrules.analysis.types import check_types
from flowrules.analysis.vocabulary import check_vocabulary
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


def check(files: Sequence[RuleFile], fence: HostFence = DEFAULT_FENCE) -> tuple[CheckedRules, Findings]:
    """Check the files of one rule set together. `fence` is that of the host where they are to run.

    Every mistake is found in one run. A block with an error, and what depends on it, is left out of the checked
    rules, so that the rest can still be compiled and shown.
    """
    plain = resolved(files)
    contest, report = _run(gather(plain), fence)
    rules = replace(sound_rules(contest.scope, report), read=tuple(files))
    return rules, _in_order(files, report.findings)


def check_up(
    files: Sequence[RuleFile], fence: HostFence = DEFAULT_FENCE, previous: Checkup | None = None
) -> Checkup:
    """`check`, with what a check of the same files after an edit can start from. From a `previous` one only what the
    edit can touch is checked; the result is the same with and without it."""
    if previous is not None and (checkup := check_edit(files, fence, previous)) is not None:
        return checkup
    read, files = tuple(files), resolved(files, () if previous is None else previous.rules.pairs())
    contest, report = _run(gather(files), fence)
    findings = _in_order(files, report.findings)
    rules = replace(sound_rules(contest.scope, report), read=read)
    return Checkup(rules, findings, make_ledger(contest, report), fence)


def check_edit(files: Sequence[RuleFile], fence: HostFence, previous: Checkup) -> Checkup | None:
    """The same from a part of the files; None where an edit touches so much that everything is to be checked."""
    ledger = previous.known() if previous.fence == fence else None
    if ledger is None:
        return None
    read, files = tuple(files), resolved(files, previous.rules.pairs())
    part = touched(files, previous.rules.files, ledger)
    checkup = None if part is None else _check_part(files, part, previous, ledger)
    return None if checkup is None else replace(checkup, rules=replace(checkup.rules, read=read))


def _check_part(files: Sequence[RuleFile], part: Part, previous: Checkup, before: Ledger) -> Checkup | None:
    """The result for all files from a check of a part of them; None where the part does not tell."""
    contest, report = _run(gather(part.files, part.said), previous.fence)
    if report.counts or not errors_are_movable(report):
        return None
    here = [part.concerns(block) for block in report.blocks]
    findings = _in_order(files, list(compress(report.findings, here)))
    rules = with_blocks(sound_rules(contest.scope, report), files)
    return Checkup(rules, findings, follow(before, part, contest, report), previous.fence)


def _run(scope: Scope, fence: HostFence) -> tuple[Contest, Report]:
    report = Report()
    for run in CHECKS:
        run(scope, report)
    check_host_fence(fence, scope, report)
    contest = make_contest(scope, report)
    check_reach(contest, report)
    for lint in LINTS:
        lint(contest, report)
    return contest, report


def _in_order(files: Sequence[RuleFile], findings: list[Diagnostic]) -> Findings:
    place = {file.source.path: index for index, file in enumerate(files)}
    return in_order(sorted(findings, key=lambda finding: place[finding.location.source.path]))
