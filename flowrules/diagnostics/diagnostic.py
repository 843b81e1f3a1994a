"""What is wrong, where, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from flowrules.source import Location


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding. `avoid` and `prefer` are short rule texts for the guide; `why` one or two sentences
    that a manager understands."""

    id: str
    name: str
    severity: Severity
    title: str
    why: str
    avoid: str
    prefer: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a stretch of a file by `text`."""

    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `fix` holds the edits that mend it, where a machine may; `related` other places with a word
    on each; `answered` the reason why somebody wants it so, from a comment in the file. `story`: how it comes about in
    a call, a line for each thing that happens; `test`: the same as a `test` block, and `unsaid` what of it a test can't
    say, in sentences."""

    code: Code
    location: Location
    message: str
    hint: str = ""
    fix: tuple[Edit, ...] = ()
    related: tuple[tuple[Location, str], ...] = ()
    answered: str = ""
    story: tuple[str, ...] = ()
    test: str = ""
    unsaid: tuple[str, ...] = ()


Findings = tuple[Diagnostic, ...]


def in_order(findings: list[Diagnostic] | Findings) -> Findings:
    """Findings by file (in the order met), then place, then code."""
    files: dict[str, int] = {}
    for finding in findings:
        files.setdefault(finding.location.source.path, len(files))
    return tuple(sorted(findings, key=lambda f: (files[f.location.source.path], f.location.start, f.code.id)))


def open_findings(findings: Iterable[Diagnostic]) -> Findings:
    """Those that nobody has answered."""
    return tuple(finding for finding in findings if not finding.answered)


def has_errors(findings: list[Diagnostic] | Findings) -> bool:
    return any(finding.code.severity is Severity.ERROR for finding in findings)
