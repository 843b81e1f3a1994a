"""Whether rules may go live: checked, and asked of whoever has the last word on them."""

from collections.abc import Callable
from dataclasses import dataclass

from flowrules.analysis.host_fence import DEFAULT_FENCE, HostFence
from flowrules.compiler.load import Loaded, load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Findings, Severity
from flowrules.source import SourceFile

Gate = Callable[[RuleSet], str]
"""Has the last word on a rule set that checks clean: why it may not go live, or ''. For tests in the rule files."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`objection` says why not; '' where nothing speaks against them."""

    findings: Findings
    objection: str = ""


def judge(
    sources: tuple[SourceFile, ...],
    agent_type: str,
    gate: Gate | None,
    fence: HostFence = DEFAULT_FENCE,
    previous: Loaded | None = None,
) -> tuple[Verdict, Loaded]:
    """The verdict, and what it was made of, which may be `previous` for the next one. Without an objection it has a
    rule set."""
    loaded = load_rules(sources, agent_type=agent_type, fence=fence, previous=previous)
    if loaded.ruleset is None:
        errors = sum(finding.code.severity is Severity.ERROR for finding in loaded.findings)
        message = f"{errors} {'error' if errors == 1 else 'errors'}: {_first_error(loaded.findings)}"
        return Verdict(loaded.findings, message), loaded
    objection = "" if gate is None else gate(loaded.ruleset)
    return Verdict(loaded.findings, objection), loaded


def _first_error(findings: Findings) -> str:
    finding = next(finding for finding in findings if finding.code.severity is Severity.ERROR)
    place = finding.location
    return f"{place.source.path}, line {place.first.line}: {finding.message}"
