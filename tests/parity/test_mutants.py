"""The property can fail: mistakes on purpose, in one side only, are found. `mutants.py` tries all of them, with more
stories; here a few that are found soon."""

from .mutants import MUTANTS, PACKAGE, report

SOON = (
    "silence is counted on hold",
    "what waits is decided though the call is over",
    "the driver leaves the last alarm ringing alone",
    "a simulated report that comes again is decided again",
)


def test_a_mistake_of_one_side_is_found() -> None:
    chosen = [mutant for mutant in MUTANTS if mutant.name in SOON]
    assert len(chosen) == len(SOON)
    survivors = [mutant.name for mutant, number in report(chosen, 400, from_seed=11) if number is None]
    assert not survivors


def test_each_mistake_still_has_its_line() -> None:
    for mutant in MUTANTS:
        text = (PACKAGE / mutant.file).read_text("utf-8")
        assert text.count(mutant.old) == 1, f"{mutant.name}: {mutant.file} has changed"
