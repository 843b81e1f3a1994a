"""How far was looked, in words."""

import pytest

from flowrules.exploration.coverage import happens


@pytest.mark.parametrize(
    ("at_most", "said"),
    [
        (0, "nothing happens"),
        (1, "at most one thing happens"),
        (2, "up to 2 things happen"),
        (4, "up to 4 things happen"),
    ],
)
def test_how_long_stories_are(at_most: int, said: str) -> None:
    assert happens(at_most) == said
