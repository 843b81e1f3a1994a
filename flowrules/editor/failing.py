"""A test that does not pass, as a finding at the line that was not met."""

from collections.abc import Iterator

from flowrules.diagnostics.diagnostic import Diagnostic
from flowrules.editor.played import FAILING_TEST
from flowrules.scenarios.case_result import CaseResult


def failing(case: CaseResult) -> Iterator[Diagnostic]:
    """Where a test fell short of what it expects."""
    for one in case.shortfalls:
        message = f'"{case.label}" does not pass: {one}'
        yield Diagnostic(FAILING_TEST, one.location, message)
