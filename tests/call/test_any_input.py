"""Whatever comes in at whatever moment: what a call's machine promises."""

from functools import lru_cache

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from flowrules.call.machine import CallMachine
from flowrules.call.outcome import EventStatus
from flowrules.call.setup import Setup
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.source import source_from_text

from .generated import happenings, others, rules
from .player import FAULTY, SETUP, SETUPS, Player, new_machine

often = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@lru_cache(maxsize=64)
def loaded(text: str) -> RuleSet | None:
    """Once for each text: decisions are equal only where they are made by the very same rules."""
    return load_rules([source_from_text(text)]).ruleset


def made(text: str) -> RuleSet:
    ruleset = loaded(text)
    assume(ruleset is not None)
    assert ruleset is not None
    return ruleset


def played(text: str, other: str, story: list[tuple[object, ...]], setup: Setup, reached: set[str]) -> Player:
    player = Player(made(text), made(other), reached, setup)
    for happening in story:
        player.play(happening)
    player.close()
    return player


@given(rules(), others, happenings, st.sampled_from(SETUPS))
@example('on intent=i1 log "l"\n', "", [("close",), ("close",)], SETUP)
@example(
    'on intent=i1 log "l"\n',
    "",
    [("report", 0, "id-1"), ("report", 0, "id-1"), ("close",), ("close",)],
    SETUP,
)
@often
def test_every_input_has_an_answer_that_keeps_all_promises(text, other, story, setup) -> None:
    player = played(text, other, story, setup, set())
    player.watched.at_rest()
    # After the end there is an answer to everything, too.
    for happening in [*story, ("close",), ("report", 0, ""), ("about",), ("stray about",), ("sit",)]:
        player.play(happening)
    player.watched.at_rest()


@given(rules(), others, happenings, st.sampled_from(FAULTY))
@often
def test_it_keeps_them_where_flowrules_itself_fails(text, other, story, setup) -> None:
    player = played(text, other, story, setup, set())
    player.watched.at_rest()


@given(rules(), others, happenings)
@often
def test_it_keeps_them_where_an_earlier_process_has_left_an_ending_of_which_nobody_knows(
    text, other, story
) -> None:
    player = Player(made(text), made(other), set(), unknown_ending=True)
    for happening in story:
        player.play(happening)
    player.close()
    player.watched.at_rest()


@given(rules(), others, happenings, st.sampled_from(SETUPS))
@often
def test_equal_inputs_lead_to_equal_effects(text, other, story, setup) -> None:
    player = played(text, other, story, setup, set())
    again = new_machine(made(text), setup)
    for received, now, effects in player.played:
        assert again.handle(received, now) == effects


@given(rules(), others, happenings, st.sampled_from(SETUPS), st.data())
@often
def test_a_fork_goes_on_like_the_machine_it_was_made_of_and_leaves_it_alone(
    text, other, story, setup, data
) -> None:
    player = played(text, other, story, setup, set())
    at = data.draw(st.integers(0, len(player.played)), label="forked at")
    machine = new_machine(made(text), setup)
    for received, now, effects in player.played[:at]:
        assert machine.handle(received, now) == effects
    twin = machine.fork()
    for one in (twin, machine):
        for received, now, effects in player.played[at:]:
            assert one.handle(received, now) == effects
    assert _standing(twin) == _standing(machine) == _standing(player.watched.machine)


def _standing(machine: CallMachine) -> tuple[object, ...]:
    return machine.state, machine.over, machine.speech, machine.wakes_at, machine.finished


REACHED = (
    *(f"status {status}" for status in EventStatus if status is not EventStatus.REPEATED),
    "answer accepted", "answer dropped", "answer unknown timeout", "answer refused ended", "answer refused refused",
    "answer refused unavailable", "not sent dropped", "not sent accepted", "not sent refused forbidden",
    "a repeat", "a cap", "something raised", "a look", "run beside an ending", "a pair closed before an ending",
    "taken back",
)  # fmt: skip


@pytest.mark.timeout(600)
def test_the_drawn_calls_reach_what_they_are_to_reach() -> None:
    reached: set[str] = set()

    @given(rules(), others, happenings, st.sampled_from(SETUPS))
    @settings(often, max_examples=900, derandomize=True, database=None)
    def draw(text, other, story, setup) -> None:
        played(text, other, story, setup, reached)

    draw()
    assert set(REACHED) - reached == set()
