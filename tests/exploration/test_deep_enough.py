"""Stories are as long as the rules need them: what is counted has to happen before anything can go wrong with it."""

import pytest

from flowrules.exploration.deep_enough import deep_enough
from flowrules.exploration.hazards.ending.never_ends import NeverEnds
from tests.exploration.hazards.played import stories
from tests.exploration.planted import ruleset_of

TWICE = "on intent=human 2 times transfer queue people"


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("on intent=human transfer queue people", 3),
        (TWICE, 4),
        ("on intent=human 3 times in a row hangup", 5),
        ("on intent=human 2 times hangup\non hangup_interrupted hangup now", 5),
        ('on a mute\npromise "p" after a 3 times within 10 seconds mute', 5),
        (f"{TWICE}\non intent=bye hangup\non hangup_interrupted hangup now", 4),
    ],
)
def test_what_is_counted_makes_the_stories_longer(text: str, depth: int) -> None:
    assert deep_enough(ruleset_of(text)) == depth


def test_what_comes_behind_a_second_time_is_found_there() -> None:
    text = (
        'rule "Twice"\n  on intent=human 2 times\n  transfer queue a\n'
        "    if it fails then (schedule_callback in 2 hours then hangup)\nend"
    )
    assert [len(stories(text, NeverEnds, depth=depth)) for depth in (3, deep_enough(ruleset_of(text)))] == [
        0,
        1,
    ]
