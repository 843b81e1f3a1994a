"""Mending a file by the edits that findings carry."""

from flowrules.diagnostics.diagnostic import Diagnostic, Edit, Findings
from flowrules.source import SourceFile


def fixed(source: SourceFile, findings: Findings) -> tuple[str, Findings]:
    """A file's text with the edits of its findings made, and the findings that were mended."""
    taken, mended = mending(source, findings)
    text = source.text
    for edit in sorted(taken, key=lambda edit: (edit.location.start, edit.location.end), reverse=True):
        text = text[: edit.location.start] + edit.text + text[edit.location.end :]
    return text, mended


def mending(source: SourceFile, findings: Findings) -> tuple[tuple[Edit, ...], Findings]:
    """The edits of a file's findings that can be made together, and the findings that they mend; answered ones stay.

    A finding's edits are made all or none. Where two findings would change the same place the first is mended;
    the other is left for the next look.
    """
    taken: list[Edit] = []
    mended: list[Diagnostic] = []
    for finding in findings:
        if (
            finding.fix
            and not finding.answered
            and all(_is_free(edit, source, taken) for edit in finding.fix)
        ):
            taken.extend(finding.fix)
            mended.append(finding)
    return tuple(taken), tuple(mended)


def _is_free(edit: Edit, source: SourceFile, taken: list[Edit]) -> bool:
    where = edit.location
    if where.source is not source:
        return False
    return all(where.end < other.location.start or other.location.end < where.start for other in taken)
