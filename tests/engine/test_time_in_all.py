"""`after 5 minutes of FACT in all`: the time in which a fact was yes, all of it taken together."""

from datetime import UTC, datetime, timedelta

from flowrules.compiler.loading.load import load_rules
from flowrules.engine.event import make_event
from flowrules.scenarios.simulation import Simulation
from flowrules.source import source_from_text

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
RULES = 'after 1 minute of music in all say "Sorry."\non x forget music\n'


def told(*happened: tuple[int, str, object]) -> int | None:
    """Something happens at these seconds of a call; the second in which the rule ran, None where it did not."""
    loaded = load_rules([source_from_text(RULES, "a.rules")])
    assert loaded.ruleset is not None
    call = Simulation(loaded.ruleset, START)
    for second, name, value in happened:
        call.advance(START + timedelta(seconds=second))
        call.event(make_event(facts={name: value}) if value is not None else make_event(name))
    for second in range(happened[-1][0], 600):
        call.advance(START + timedelta(seconds=second))
        if call.sent:
            return second
    return None


def test_it_goes_on_where_it_was_interrupted() -> None:
    assert told((10, "music", True)) == 70
    assert told((10, "music", True), (50, "music", False), (100, "music", True)) == 120
    assert told((10, "music", True), (50, "x", None), (100, "music", True)) == 120
    assert (
        told(
            (0, "music", True),
            (20, "x", None),
            (30, "music", True),
            (50, "music", False),
            (60, "music", True),
        )
        == 80
    )


def test_what_is_said_again_does_not_begin_it_anew() -> None:
    assert told((10, "music", True), (50, "music", True)) == 70


def test_it_does_not_run_while_the_fact_is_no() -> None:
    assert told((10, "music", True), (50, "music", False)) is None
