"""A line for each finding that is not answered, as editors and grep like it."""

from flowrules.diagnostics.diagnostic import Diagnostic, Findings, open_findings
from flowrules.diagnostics.render.terminal import visible


def concise(findings: Findings) -> str:
    """`rules/sales.rules:3:38: error FR201 unknown-list: There is no list "vip".` a line."""
    return "".join(f"{_line(finding)}\n" for finding in open_findings(findings))


def _line(finding: Diagnostic) -> str:
    where = finding.location
    place = f"{where.source.path}:{where.first.line}:{where.first.column}"
    message = " ".join(finding.message.split())
    return visible(f"{place}: {finding.code.severity} {finding.code.id} {finding.code.name}: {message}")
