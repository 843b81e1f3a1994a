"""`on the same FACT 3 times`: each value of a fact is counted by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.event import make_event
from flowrules.engine.state import MAX_VALUES, start_call
from flowrules.source import source_from_text

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def fired(rule: str, values: list[Any]) -> list[bool]:
    """For each value, a turn each, whether the rule takes the event."""
    loaded = load_rules([source_from_text(f'{rule} say "again"\n', "a.rules")])
    assert loaded.ruleset is not None
    state, took = start_call("c", NOW), []
    for number, value in enumerate(values):
        event = make_event(facts={"piece": value}, turn_id=f"t{number}")
        now = NOW + timedelta(seconds=number)
        state = apply_event(loaded.ruleset, state, event, now)
        took.append(decide(loaded.ruleset, event, state, now).owner is not None)
    return took


@pytest.mark.parametrize(
    ("values", "took"),
    [
        (["leg", "arm", "leg"], [False, False, True]),
        (["leg", "LEG ", "leg"], [False, True, True]),
        (["leg", "arm", "foot", "hand"], [False] * 4),
        ([5, "5", 5.0], [False, True, True]),
        ([1, True], [False, False]),
        ([True, "yes", "no", False], [False, True, False, True]),
        ([("leg", "arm"), "foot", "arm"], [False, False, True]),
        ([("leg", "arm"), ("foot", "leg")], [False, True]),
        (["0123", "123"], [False, False]),
    ],
)
def test_values_count_by_themselves_as_they_compare(values: list[Any], took: list[bool]) -> None:
    assert fired("on the same piece 2 times", values) == took


@pytest.mark.parametrize(
    ("values", "took"),
    [
        (["leg", "leg"], [False, True]),
        (["leg", "arm", "leg"], [False, False, False]),
        (["leg", "arm", "arm", "arm"], [False, False, True, True]),
        ([("leg", "arm"), "arm"], [False, True]),
    ],
)
def test_in_a_row_is_the_same_value_in_each_turn(values: list[Any], took: list[bool]) -> None:
    assert fired("on the same piece 2 times in a row", values) == took


def test_so_many_values_are_counted_and_no_more() -> None:
    others = [f"piece {number}" for number in range(MAX_VALUES)]
    assert fired("on the same piece 2 times", ["leg", *others[1:], "leg"])[-1]
    assert not fired("on the same piece 2 times", ["leg", *others, "leg"])[-1]
