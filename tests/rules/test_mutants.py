"""What the cookbook says of itself notices when something is taken out of it."""

from pathlib import Path

import pytest

from flowrules.source import read

from .mutants import mutants
from .noticed import by_stories, by_tests, loaded

FILES = tuple(sorted((Path(__file__).parents[2] / "rules").glob("*.rules")))

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@pytest.mark.timeout(600)
@every_file
def test_a_file_notices_what_is_taken_out(path: Path) -> None:
    """At least 19 of 20 changes fail a test, break a promise, or bring a hazard."""
    (source,) = read(path)
    changed = [(mutant, loaded(mutant.source)) for mutant in mutants(source)]
    unseen = [
        f"{one.line}: {one.what}"
        for one, rules in changed
        if rules is not None and not by_tests(rules) and not by_stories(rules)
    ]
    valid = sum(rules is not None for _, rules in changed)
    assert valid >= 15
    assert len(unseen) <= 0.05 * valid, unseen


@every_file
def test_a_file_states_its_promises(path: Path) -> None:
    (source,) = read(path)
    rules = loaded(source)
    assert rules is not None
    assert len(rules.checked.promises) >= 4
