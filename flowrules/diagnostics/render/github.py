"""Findings as annotations on a pull request: GitHub's workflow commands (docs.github.com, "Workflow commands")."""

from flowrules.diagnostics.diagnostic import Diagnostic, Findings, open_findings


def github(findings: Findings) -> str:
    return "".join(f"{_annotation(finding)}\n" for finding in open_findings(findings))


def _annotation(finding: Diagnostic) -> str:
    first, last = finding.location.first, finding.location.last
    properties = {
        "file": finding.location.source.path,
        "line": first.line,
        "col": first.column,
        "endLine": last.line,
        "endColumn": last.column,
        "title": f"{finding.code.id} {finding.code.name}",
    }
    listed = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    text = f"{finding.message} {finding.hint}" if finding.hint else finding.message
    return f"::{finding.code.severity} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
