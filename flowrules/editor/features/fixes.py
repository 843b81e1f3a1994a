"""What can be done about a finding by one click: mend it, write its story as a test, say why it is meant."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flowrules.diagnostics.codes.answers import ANSWERS
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.diagnostic import Diagnostic, Edit, Findings, Severity
from flowrules.diagnostics.fix import mending
from flowrules.editor.index import Index
from flowrules.editor.kept import block_at
from flowrules.editor.names import Kind
from flowrules.language.names import fold
from flowrules.language.nodes import RuleFile
from flowrules.source import Location

_LONGEST = 40
"""Characters of a text that a title shows."""


@dataclass(frozen=True, slots=True)
class Fix:
    """`edits` are made all or none. `mends`: the finding is gone with them. `reason_wanted`: the text that is put in
    ends where a reason is to be written."""

    title: str
    edits: tuple[Edit, ...]
    finding: Diagnostic | None = None
    reason_wanted: bool = False
    mends: bool = False


def fixes(file: RuleFile, findings: Findings, start: int, end: int, index: Index) -> tuple[Fix, ...]:
    """What can be done about the findings of a file that touch a stretch of it; what mends comes first."""
    here = [
        one
        for one in findings
        if one.location.start <= end and one.location.end >= start and not one.answered
    ]
    mends = [Fix(_title(one), one.fix, one, mends=True) for one in here if one.fix]
    tests = [_as_test(file, one, index) for one in here if one.test]
    return (*mends, *tests, *(fix for one in here for fix in _answers(file, one)))


def mend_all(file: RuleFile, findings: Findings) -> Fix | None:
    """Everything in a file that can be mended at once; None where nothing can."""
    edits, mended = mending(file.source, findings)
    return Fix(f"Mend {len(mended)} findings in this file", edits) if mended else None


def _as_test(file: RuleFile, finding: Diagnostic, index: Index) -> Fix:
    """The story of a finding as a test at the file's end, under a name that no other test has."""
    from flowrules.exploration.findings import tests_of  # With the first story that is written.

    names = index.spelled(Kind.TEST)
    head, rest = finding.test.split("\n", 1)
    name = head.removeprefix('test "').removesuffix('"')
    count = 1
    while fold(name if count == 1 else f"{name} ({count})") in names:
        count += 1
    head = head if count == 1 else f'test "{name} ({count})"'
    text = tests_of([replace(finding, test=f"{head}\n{rest}")])
    end = len(file.source.text)
    gap = "" if not end else "\n" if file.source.text.endswith("\n") else "\n\n"
    return Fix(
        "Write this story as a test", (Edit(Location(file.source, end, end), f"{gap}{text}"),), finding
    )


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
