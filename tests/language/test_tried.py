"""What is said of things that people write wrongly, and whether what is proposed helps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flowrules.diagnostics.codes.arguments import NO_TIMEZONE
from flowrules.diagnostics.diagnostic import Diagnostic, Findings, Severity
from flowrules.diagnostics.fix import fixed
from flowrules.source import SourceFile

from .tried import TRIED, Input, inputs, looked_at, mended, mistakes, tried

KINDS = [pytest.param(path, id=path.stem) for path in sorted(TRIED.glob("*.txt"))]
ALL = [pytest.param(one, id=one.name) for one in (*tried(), *mistakes())]


def said(one: Input) -> str:
    """The text, and below it what a reader is told: place, sentence, hint, and the text with the edits made."""
    source, findings = looked_at(one.text)
    lines = [*(f"    {line}" for line in one.text.splitlines()), ""]
    if not findings:
        lines.append("nothing is said")
    for finding in findings:
        lines.append(f"{finding.location.first.line}: {finding.message}")
        lines += [f"   {finding.hint}"] if finding.hint else []
    new, done = fixed(source, findings)
    if done:
        lines += ["", "   becomes", *(f"    {line}" for line in new.splitlines())]
    return "\n".join(lines)


@pytest.mark.parametrize("path", KINDS)
def test_what_is_said_of_it(path: Path, golden: Callable[[Path, str], None]) -> None:
    golden(path.with_suffix(".md"), "\n\n---\n\n".join(said(one) for one in inputs(path)) + "\n")


@pytest.mark.parametrize("one", ALL)
def test_edits_that_are_proposed_make_no_other_mistake(one: Input) -> None:
    source, before = looked_at(one.text)
    for finding in before:
        if finding.fix:
            text = mended(source, finding)
            again, after = looked_at(text)
            places = _edited(finding)
            new = [other for other in after if _is_new(other, before, again, places)]
            assert [(other.message, other.hint) for other in new] == [], text
            assert _count(finding, after) < _count(finding, before), text


def _count(finding: Diagnostic, findings: Findings) -> int:
    return sum(_is_same(finding, other) for other in findings)


def _edited(finding: Diagnostic) -> list[tuple[int, int]]:
    """Where the text of the edits stands once they are made."""
    places, moved = [], 0
    for edit in sorted(finding.fix, key=lambda edit: edit.location.start):
        start = edit.location.start + moved
        places.append((start, start + len(edit.text)))
        moved += len(edit.text) - (edit.location.end - edit.location.start)
    return places


def _is_new(finding: Diagnostic, before: Findings, source: SourceFile, places: list[tuple[int, int]]) -> bool:
    """An error that an edit made: it was not said before, and it is about what the edit wrote. That a declaration is
    missing elsewhere is none."""
    if finding.code.severity is not Severity.ERROR or any(_is_same(finding, other) for other in before):
        return False
    if finding.code is NO_TIMEZONE:
        return False
    where = finding.location
    return any(where.start < last and first < where.end for first, last in places)


def _is_same(finding: Diagnostic, other: Diagnostic) -> bool:
    return finding.code is other.code and finding.message == other.message
