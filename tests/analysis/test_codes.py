"""The table of codes: what each says to avoid raises it and nothing else, what it says to prefer is clean."""

import inspect
import re
import textwrap

import pytest

from flowrules.analysis.lints import LINTS
from flowrules.call.receipt import Reason
from flowrules.compiler.loading.load import check_sources
from flowrules.diagnostics.codes import ALL_CODES, BY_ID, BY_NAME
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.codes.hygiene import PLAYED_TESTS
from flowrules.diagnostics.codes.promises import PROMISES
from flowrules.diagnostics.diagnostic import Code, Findings, open_findings
from flowrules.source import source_from_text
from flowrules.verbs.reasons import REASONS

WITH_TEXTS = [pytest.param(code, id=code.name) for code in ALL_CODES if code.avoid]


def findings_of(text: str) -> Findings:
    _, findings = check_sources([source_from_text(text, "a.rules")])
    return open_findings(findings)


@pytest.mark.parametrize("code", WITH_TEXTS)
def test_what_to_avoid_raises_this_and_nothing_else(code: Code) -> None:
    """What is wrong with a hazard or a promise shows only where calls are played: `tests/exploration`."""
    if code in (*HAZARDS, *PROMISES, *PLAYED_TESTS):
        assert findings_of(code.avoid) == ()
        return
    assert [finding.code.name for finding in findings_of(code.avoid)] == [code.name]


@pytest.mark.parametrize("code", WITH_TEXTS)
def test_what_to_prefer_is_clean(code: Code) -> None:
    assert [finding.message for finding in findings_of(code.prefer)] == []


def test_ids_and_names_are_unique() -> None:
    assert len(BY_ID) == len(BY_NAME) == len(ALL_CODES)


@pytest.mark.parametrize("code", [pytest.param(code, id=code.name) for code in ALL_CODES])
def test_a_code_is_written_for_people(code: Code) -> None:
    assert re.fullmatch(r"FR\d{3}", code.id)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code.name)
    assert not code.title.endswith(".")
    assert len(code.why) > 20
    assert bool(code.avoid) == bool(code.prefer)


@pytest.mark.parametrize("lint", LINTS, ids=lambda lint: lint.__name__)
def test_a_lint_tells_what_why_avoid_prefer(lint: object) -> None:
    module = inspect.getmodule(lint)
    assert module is not None
    doc = module.__doc__ or ""
    name, what, why, avoid, prefer = re.fullmatch(
        r"([a-z-]+)\n\nWhat: (.+?)\n\nWhy: (.+?)\n\nAvoid:\n(.+?)\n\nPrefer:\n(.+?)\n", doc, re.S
    ).groups()  # type: ignore[union-attr]
    code = BY_NAME[name]
    assert what.endswith(".")
    assert why.endswith(".")
    assert textwrap.dedent(avoid) == code.avoid
    assert textwrap.dedent(prefer) == code.prefer


def test_reasons_are_those_that_a_step_can_fail_with() -> None:
    assert tuple(Reason) == REASONS
