"""A finding's story as a test, pasted into the rules: it fails until they are mended."""

import re

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.exploration import findings
from flowrules.exploration.budget import Budget
from flowrules.exploration.hazards import Hazards
from flowrules.exploration.hazards.back_and_forth import BackAndForth
from flowrules.exploration.hazards.ending.cut_sentence import CutSentence
from flowrules.exploration.hazards.ending.long_silence import LongSilence
from flowrules.exploration.hazards.knowledge.remembered_too_soon import RememberedTooSoon
from flowrules.exploration.hazards.never_reached import NeverReached
from flowrules.exploration.search import explore
from flowrules.language import nodes
from flowrules.scenarios.cases import run_case
from flowrules.source import source_from_text
from tests.exploration.hazards.cases import CASES, Case

NO_WORDS = (CutSentence, LongSilence, NeverReached, BackAndForth, RememberedTooSoon)
"""What is right there no line of a test can say: what is not cut, how long nothing is heard, what is limited, what is
tried the next time."""
HAVE = [
    pytest.param(case, text, id=f"{case.hazard.code.name}-{number}")
    for case in CASES
    for number, (text, _, story) in enumerate(case.have)
    if story
]


def pasted(case: Case, text: str) -> tuple[str, tuple[str, ...]]:
    """The rules with the test of their finding, and what the finding says of the test."""
    loaded = load_rules([source_from_text(text, "a.rules")])
    assert loaded.ruleset is not None
    watcher = Hazards(loaded.ruleset, (case.hazard(loaded.ruleset),))
    (found,) = findings.findings_of(explore(loaded.ruleset, (watcher,), Budget(case.depth)))
    return f"{text}\n\n{findings.tests_of((found,))}", found.unsaid


def passed(text: str) -> list[bool]:
    loaded = load_rules([source_from_text(text, "a.rules")])
    assert loaded.ruleset is not None, loaded.findings
    blocks = [block for file in loaded.ruleset.checked.files for block in file.blocks]
    return [run_case(loaded.ruleset, block).passed for block in blocks if isinstance(block.item, nodes.Test)]


@pytest.mark.parametrize(("case", "text"), HAVE)
def test_it_fails_on_the_rules_that_have_the_hazard_or_says_that_it_does_not(case: Case, text: str) -> None:
    whole, unsaid = pasted(case, text)
    if findings.AS_TODAY in unsaid:
        assert case.hazard in NO_WORDS
        assert f"# {findings.AS_TODAY}" in whole
    else:
        assert passed(whole) == [False], whole


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        (
            'on said contains manager or intent=manager request_supervisor because "help"',
            'on intent=manager request_supervisor because "help"',
        ),
        (
            "on intent=human transfer queue people then set_disposition HANDED_OVER",
            'rule "Over"\n  on intent=human\n  transfer queue people\n    if it fails then set_disposition NOBODY\n'
            "  set_disposition HANDED_OVER\nend",
        ),
        (
            "on intent=bye hangup then set_disposition DONE\non intent=abuse hangup",
            "on intent=bye hangup then set_disposition DONE\non intent=abuse hangup then set_disposition ABUSE",
        ),
    ],
)
def test_it_passes_once_the_rules_are_mended(text: str, cure: str) -> None:
    (case,) = [one for one in CASES if text in [have for have, _, _ in one.have]]
    whole, _ = pasted(case, text)
    assert passed(whole.replace(text, cure, 1)) == [True]
    assert re.search(r"expect exactly (once|2 times) ", whole)
