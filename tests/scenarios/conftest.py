"""From rule text to a rule set, and to what its own tests say."""

from collections.abc import Callable

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.render import concise
from flowrules.scenarios.case_result import CaseResult
from flowrules.scenarios.suite import run_tests
from flowrules.source import source_from_text

Load = Callable[[str], RuleSet]
Play = Callable[[str], CaseResult]


@pytest.fixture(scope="session")
def load() -> Load:
    def make(text: str) -> RuleSet:
        loaded = load_rules([source_from_text(text, "test.rules")])
        assert loaded.ruleset is not None, concise(loaded.findings)
        return loaded.ruleset

    return make


@pytest.fixture(scope="session")
def play(load: Load) -> Play:
    """The result of the one test in a text."""

    def run(text: str) -> CaseResult:
        (result,) = run_tests(load(text)).cases
        return result

    return run
