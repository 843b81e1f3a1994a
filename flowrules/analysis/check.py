"""Meaning: parsed files in, checked rules and everything that is wrong with them out."""

from collections.abc import Callable, Sequence

from flowrules.analysis.arguments import check_arguments
from flowrules.analysis.bare_disposition import check_bare_dispositions
from flowrules.analysis.checked import CheckedRules
from flowrules.analysis.contest import make_contest
from flowrules.analysis.declarations import check_declarations
from flowrules.analysis.flow import check_flow
from flowrules.analysis.guards import check_guards
from flowrules.analysis.host_fence import HostFence, check_host_fence
from flowrules.analysis.lints import LINTS
from flowrules.analysis.listed_events import check_listed_events
from flowrules.analysis.names import check_names
from flowrules.analysis.ranges import check_ranges
from flowrules.analysis.reach import check_reach, check_twice
from flowrules.analysis.report import Report
from flowrules.analysis.scope import Scope, gather
from flowrules.analysis.size import check_size
from flowrules.analysis.sound import sound_rules
from flowrules.analysis.types import check_types
from flowrules.analysis.vocabulary import check_vocabulary
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, in_order
from flowrules.language.nodes import RuleFile

Check = Callable[[Scope, Report], None]

CHECKS: tuple[Check, ...] = (
    check_names,
    check_listed_events,
    check_vocabulary,
    check_types,
    check_declarations,
    check_arguments,
    check_ranges,
    check_bare_dispositions,
    check_size,
    check_flow,
    check_twice,
    check_guards,
)
"""In order: later ones say nothing about what earlier ones found broken."""

DEFAULT_FENCE = HostFence()
"""Of a host that has said nothing: no premium-rate numbers."""


def check(files: Sequence[RuleFile], fence: HostFence = DEFAULT_FENCE) -> tuple[CheckedRules, Findings]:
    """Check the files of one rule set together. `fence` is that of the host where they are to run.

    Every mistake is found in one run. A block with an error, and what depends on it, is left out of the checked
    rules, so that the rest can still be compiled and shown.
    """
    scope = gather(files)
    report = Report()
    for run in CHECKS:
        run(scope, report)
    check_host_fence(fence, scope, report)
    contest = make_contest(scope, report)
    check_reach(contest, report)
    for lint in LINTS:
        lint(contest, report)
    return sound_rules(scope, report), _in_order(files, report.findings)


def _in_order(files: Sequence[RuleFile], findings: list[Diagnostic]) -> Findings:
    place = {file.source.path: index for index, file in enumerate(files)}
    return in_order(sorted(findings, key=lambda finding: place[finding.location.source.path]))
