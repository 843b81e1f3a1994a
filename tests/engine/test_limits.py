"""Limits and counters: how often a rule may run, and when it is its turn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.event import make_event

Begin = Callable[..., Any]


def named(label: str, head: str) -> str:
    return f'rule {label}\n  {head}\n  log "x"\nend\n'


NEXT = named("next", "on go")


def test_once_per_call(call: Begin) -> None:
    one = call(named("a", "on go\n once per call") + NEXT)
    assert [one.on("go") for _ in range(3)] == [["a"], ["next"], ["next"]]


def test_at_most_so_often_per_call(call: Begin) -> None:
    one = call(named("a", "on go\n at most 2 times per call") + NEXT)
    assert [one.on("go") for _ in range(3)] == [["a"], ["a"], ["next"]]


def test_not_again_for_a_while(call: Begin) -> None:
    one = call(named("a", "on go\n not again for 30 seconds") + NEXT)
    assert one.on("go") == ["a"]
    one.now += timedelta(seconds=29)
    assert one.on("go") == ["next"]
    one.now += timedelta(seconds=1)
    assert one.on("go") == ["a"]


def test_a_spent_rule_is_as_if_absent_also_with_an_otherwise(call: Begin) -> None:
    text = 'rule a\n  on go\n  when x is 1\n  once per call\n  log "x"\notherwise\n  log "y"\nend\n' + NEXT
    one = call(text)
    assert [one.on("go"), one.on("go", x=1)] == [["a otherwise"], ["next"]]


def test_a_decision_alone_uses_nothing_up(call: Begin) -> None:
    one = call(named("a", "on go\n once per call"))
    event = make_event("go")
    state = apply_event(one.ruleset, one.state, event, one.now)
    for _ in range(2):
        assert decide(one.ruleset, event, state, one.now).parts


def test_a_counter_is_true_at_its_number_and_at_every_later_turn(call: Begin) -> None:
    one = call(named("a", "on intent=human 2 times") + named("net", "on anything"))
    answers = [one.on(intent=intent) for intent in ("human", "sales", "human", "human")]
    assert answers == [["net"], ["net"], ["a"], ["a"]]


def test_in_a_row_starts_anew_with_a_turn_that_does_not_carry_it(call: Begin) -> None:
    one = call(named("a", "on not_understood 2 times in a row"))
    assert one.on("not_understood") == []
    assert one.on(intent="sales") == []
    assert one.on("not_understood") == []
    assert one.on("not_understood") == ["a"]


def test_counters_count_turns_not_events(call: Begin) -> None:
    one = call(named("a", "on intent=human 2 times"))
    assert one.on(intent="human", turn="t1") == []
    assert one.on(intent="human", turn="t1") == []
    assert one.on(intent="human", turn="t2") == ["a"]


def test_other_events_of_the_same_turn_do_not_break_a_row(call: Begin) -> None:
    one = call(named("a", "on not_understood 2 times in a row"))
    one.on("not_understood", turn="t1")
    one.on(intent="sales", turn="t1")
    one.on(hearing="er", turn="t2")
    assert one.on("not_understood", turn="t2") == ["a"]


def test_interim_speech_is_no_turn(call: Begin) -> None:
    one = call(named("a", "on not_understood 2 times in a row"))
    one.on("not_understood")
    one.on(hearing="I sa")
    one.on(hearing="I said")
    assert one.on("not_understood") == ["a"]
    assert one.state.turn == 2


def test_the_count_belongs_to_the_whole_on(call: Begin) -> None:
    one = call(named("a", "on intent=human or dtmf=0 or said contains agent 3 times"))
    assert one.on(intent="human", said="agent, agent") == []
    assert one.on(dtmf="0") == []
    assert one.on(said="an agent please") == ["a"]


def test_turns_count_whether_or_not_the_guard_held(call: Begin) -> None:
    text = "".join(
        named(f"a{number}", f"on intent=human 2 times\n when lead_type is t{number}") for number in range(12)
    )
    one = call(text)
    one.on(intent="human")
    assert one.on(intent="human", lead_type="t7") == ["a7"]


def test_counts_and_uses_survive_a_reload(call: Begin, rules: Callable[[str], Any]) -> None:
    text = named("a", "on intent=human 2 times") + "on go once per call log unnamed\n".replace(
        "unnamed", '"unnamed"'
    )
    one = call(text)
    one.on(intent="human")
    assert one.on("go")
    moved = '# a comment\n\nON  go   once per call\n  then log "unnamed"\n' + named(
        "A", "on intent=human 2 times"
    )
    one.ruleset = rules(moved)
    assert one.on("go") == []
    assert one.on(intent="human") == ["A"]
