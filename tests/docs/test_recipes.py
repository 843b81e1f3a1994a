"""What the guide tells to copy is right in difficult calls: every example is played against all hazards and promises."""

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.diagnostic import open_findings
from flowrules.exploration.budget import Budget
from flowrules.exploration.findings import findings_of
from flowrules.exploration.search import explore
from flowrules.exploration.watchers import watchers_of
from flowrules.source import source_from_text

from .test_guides import ALL_EXAMPLES, Example

HAZARD_NAMES = {code.name for code in HAZARDS}
RECIPES = [
    example
    for example in ALL_EXAMPLES
    if example.guide in ("learn", "difficult-calls", "i-want-to")
    and (not example.avoid or example.avoid in HAZARD_NAMES)
]


@pytest.mark.parametrize("example", RECIPES, ids=lambda one: f"{one.guide}-{one.line}")
def test_a_recipe_goes_wrong_only_where_its_page_says_so(example: Example) -> None:
    loaded = load_rules([source_from_text(example.text, f"{example.guide}.md")])
    assert loaded.ruleset is not None
    found = explore(loaded.ruleset, watchers_of(loaded.ruleset), Budget(3))
    names = [finding.code.name for finding in open_findings(findings_of(found, tests=False))]
    assert names == ([example.avoid] if example.avoid else [])
