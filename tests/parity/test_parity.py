"""A test in a rule file plays what a live call does: random rules and conversations, told by both.

`PARITY_EXAMPLES` says how many (else a share of 2,000, as `tests/lanes.py` has it), `PARITY_SEED` from which seed; each run
takes another, and prints it where it fails.
"""

import asyncio
import os
import random

import pytest
from hypothesis import HealthCheck, given, seed, settings

from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.diagnostic import Severity
from flowrules.source import source_from_text
from tests.lanes import SHARE, examples

from .generated_rules import rule_sets
from .generated_stories import stories
from .playing import played
from .story import Story

PARTS = 4
EXAMPLES = int(os.environ.get("PARITY_EXAMPLES") or examples(2000, SHARE))
SEED = int(os.environ.get("PARITY_SEED") or random.SystemRandom().randrange(1_000_000_000))
HARMLESS = frozenset(
    {"never-fires", "duplicate-rule", "impossible-guard", "unknown-member", "branch-never-runs"}
)
"""Errors of rules that do nothing, or name somebody who is never there: they are generated, and do no harm."""
quick = settings(deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck))


@pytest.mark.timeout(max(600, EXAMPLES))
@pytest.mark.parametrize("part", range(PARTS))
def test_a_simulated_call_does_what_a_live_one_does(part: int, runner: asyncio.Runner) -> None:
    @seed(SEED + part)
    @settings(quick, max_examples=max(1, EXAMPLES // PARTS))
    @given(stories())
    def plays(story: Story) -> None:
        played(story, runner)

    print(f"to play these stories again: PARITY_SEED={SEED} PARITY_EXAMPLES={EXAMPLES}")
    plays()


@settings(quick, max_examples=100)
@given(rule_sets())
def test_what_is_generated_is_sound(rules: tuple[str, ...]) -> None:
    for text in rules:
        for finding in load_rules((source_from_text(text),)).findings:
            assert finding.code.severity is not Severity.ERROR or finding.code.name in HARMLESS, (
                finding.message
            )
