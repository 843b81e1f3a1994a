"""Edits that findings carry, made in a file's text."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from flowrules.diagnostics.diagnostic import Diagnostic, Edit
from flowrules.diagnostics.fix import fixed
from flowrules.source import Location, SourceFile, source_from_text

MakeFinding = Callable[..., Diagnostic]


@pytest.fixture
def source() -> SourceFile:
    return source_from_text("on a then hangup\n", "x.rules")


@pytest.fixture
def with_fix(finding: MakeFinding) -> Callable[..., Diagnostic]:
    def make(source: SourceFile, *edits: tuple[int, int, str]) -> Diagnostic:
        made = tuple(Edit(Location(source, start, end), text) for start, end, text in edits)
        return replace(finding(source.text, "on"), fix=made)

    return make


def test_edits_are_made_where_they_stand(source: SourceFile, with_fix: Callable[..., Diagnostic]) -> None:
    findings = (with_fix(source, (3, 4, "intent"), (16, 16, " now")), with_fix(source, (5, 10, "")))
    text, mended = fixed(source, findings)
    assert text == "on intent hangup now\n"
    assert mended == findings


def test_of_two_that_touch_the_first_is_mended_and_the_other_left_whole(
    source: SourceFile, with_fix: Callable[..., Diagnostic]
) -> None:
    first, second = with_fix(source, (3, 4, "b")), with_fix(source, (4, 9, ""), (10, 16, "stop"))
    assert fixed(source, (first, second)) == ("on b then hangup\n", (first,))


def test_findings_without_a_fix_or_of_another_file_change_nothing(
    source: SourceFile, with_fix: Callable[..., Diagnostic], finding: MakeFinding
) -> None:
    other = source_from_text("on b hangup\n", "y.rules")
    assert fixed(source, (finding(source.text, "on"), with_fix(other, (0, 2, "x")))) == (source.text, ())
