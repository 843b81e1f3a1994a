"""What can be done about a finding by one click: mend it, or say in a comment that it is meant."""

from collections.abc import Iterator
from dataclasses import dataclass

from flowrules.diagnostics.codes.answers import ANSWERS
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.diagnostic import Diagnostic, Edit, Findings, Severity
from flowrules.diagnostics.fix import mending
from flowrules.editor.kept import block_at
from flowrules.language.nodes import RuleFile
from flowrules.source import Location

_LONGEST = 40
"""Characters of a text that a title shows."""


@dataclass(frozen=True, slots=True)
class Fix:
    """`edits` are made all or none. `reason_wanted`: the text that is put in ends where a reason is to be written."""

    title: str
    edits: tuple[Edit, ...]
    finding: Diagnostic | None = None
    reason_wanted: bool = False


def fixes(file: RuleFile, findings: Findings, start: int, end: int) -> tuple[Fix, ...]:
    """What can be done about the findings of a file that touch a stretch of it; what mends comes first."""
    here = [
        one
        for one in findings
        if one.location.start <= end and one.location.end >= start and not one.answered
    ]
    mends = [Fix(_title(one), one.fix, one) for one in here if one.fix]
    return (*mends, *(fix for one in here for fix in _answers(file, one)))


def mend_all(file: RuleFile, findings: Findings) -> Fix | None:
    """Everything in a file that can be mended at once; None where nothing can."""
    edits, mended = mending(file.source, findings)
    return Fix(f"Mend {len(mended)} findings in this file", edits) if mended else None


def _answers(file: RuleFile, finding: Diagnostic) -> Iterator[Fix]:
    code = finding.code
    block = block_at(file, finding.location.start)
    if code.severity is Severity.ERROR or code in ANSWERS or block is None:
        return
    meant = code in HAZARDS
    comment = f"# meant: {code.name}, " if meant else f"# allow {code.id}: "
    where = Location(file.source, block.start, block.start)
    title = f"Say why {code.name} is {'meant' if meant else 'allowed'} here"
    yield Fix(title, (Edit(where, f"{comment}\n"),), finding, reason_wanted=True)


def _title(finding: Diagnostic) -> str:
    if len(finding.fix) == 1:
        (edit,) = finding.fix
        old = edit.location.source.text[edit.location.start : edit.location.end]
        new = _shown(edit.text)
        if not edit.text.strip():
            return f"Take out {_shown(old)}" if old.strip() else "Close the gap"
        return f"Write {new} for {_shown(old)}" if old.strip() else f"Put in {new}"
    return f"Mend: {finding.message}"


def _shown(text: str) -> str:
    words = " ".join(text.split())
    words = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
    return words if '"' in words else f'"{words}"'
