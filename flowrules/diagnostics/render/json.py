"""Findings for programs."""

import json
from typing import Any

from flowrules.diagnostics.diagnostic import Diagnostic, Findings


def as_json(findings: Findings) -> str:
    """`{"findings": [{"code", "name", "severity", "file", "line", "column", "end_line", "end_column", "message",
    "hint", "answered"}]}`, and of what a story shows "story" and "test". Lines and columns count from 1, the end is the
    place just behind the last character. `answered` is the reason that a comment in the file gives, empty where none
    does."""
    return json.dumps({"findings": [as_data(f) for f in findings]}, ensure_ascii=False, indent=2) + "\n"


def as_data(finding: Diagnostic) -> dict[str, Any]:
    first, last = finding.location.first, finding.location.last
    story = {"story": list(finding.story), "test": finding.test} if finding.story else {}
    return {
        "code": finding.code.id,
        "name": finding.code.name,
        "severity": finding.code.severity.value,
        "file": finding.location.source.path,
        "line": first.line,
        "column": first.column,
        "end_line": last.line,
        "end_column": last.column,
        "message": finding.message,
        "hint": finding.hint,
        "answered": finding.answered,
        **story,
    }
