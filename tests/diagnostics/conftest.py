"""Findings made by hand, on a text with letters of every width."""

from collections.abc import Callable

import pytest

from flowrules.diagnostics.diagnostic import Code, Diagnostic, Severity
from flowrules.source import Location, source_from_text

CODES = {
    severity: Code(id, name, severity, title="", why="", avoid="", prefer="")
    for severity, id, name in (
        (Severity.ERROR, "FR201", "unknown-list"),
        (Severity.WARNING, "FR301", "look-alike"),
    )
}

MakeFinding = Callable[..., Diagnostic]


@pytest.fixture
def finding() -> MakeFinding:
    """`finding(text, "the marked words")` marks their first place; `start` and `end` mark any other."""

    def make(
        text: str,
        marked: str = "",
        *,
        start: int | None = None,
        end: int | None = None,
        message: str = "There is no such list.",
        hint: str = "",
        severity: Severity = Severity.ERROR,
        path: str = "rules/sales.rules",
    ) -> Diagnostic:
        begin = text.index(marked) if start is None else start
        stop = begin + len(marked) if end is None else end
        location = Location(source_from_text(text, path), begin, stop)
        return Diagnostic(CODES[severity], location, message, hint)

    return make
