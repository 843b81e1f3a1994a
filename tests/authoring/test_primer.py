"""The language in short: its examples check clean, and nothing of the tables is missing from it."""

import pytest

from flowrules.authoring.primer import FORMS, MAX_CHARACTERS, FormText, primer
from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.language.operators import OPERATORS
from flowrules.scenarios.proof import unproven
from flowrules.scenarios.suite import run_tests
from flowrules.source import source_from_text
from flowrules.verbs import CATALOGUE
from flowrules.verbs.describe import describe


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.title)
def test_an_example_checks_clean_and_its_tests_pass(form: FormText) -> None:
    loaded = load_rules([source_from_text(form.example, "primer.rules")])
    assert loaded.findings == ()
    assert loaded.ruleset is not None
    suite = run_tests(loaded.ruleset)
    assert suite.passed
    assert unproven(loaded.ruleset, suite.cases) == ()


def test_it_holds_all_verbs_comparisons_and_hazards() -> None:
    page = primer()
    for spec in CATALOGUE:
        assert all(f"`{form}`" in page for form in describe(spec).forms), spec.name
    for operator in OPERATORS:
        assert f"`FACT {operator.words}" in page
    for code in HAZARDS:
        assert f"- {code.name}: {code.title}" in page


def test_it_is_short() -> None:
    assert len(primer()) <= MAX_CHARACTERS
