"""The explorer finds what is wrong, in its shortest story; equal worlds are visited once, and equal inputs lead to equal
answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowrules.compiler.loading.load import load_rules
from flowrules.exploration.budget import Budget
from flowrules.exploration.playing.alphabet import Alphabet, alphabet_of
from flowrules.exploration.playing.asked import asked_of
from flowrules.exploration.playing.moves import Begins, Move
from flowrules.exploration.search import explore
from flowrules.exploration.trail import Exploration
from flowrules.exploration.watching.watch import Step
from flowrules.source import source_from_text

from .planted import EveryEnd, Planted, Wrong, ruleset_of, told_moves


def paused(step: Step) -> object:
    return step.after.machine.state.facts["call.recording"] == "paused"


def sends(verb: str) -> Wrong:
    return lambda step: any(send.request.verb == verb for send in step.sent)


def interrupted(step: Step) -> object:
    return step.after.machine.speech.interruptions


FAULTS = {
    "stays paused": (
        'on intent=card recording_pause because "card number" then say "Please read it out."\n'
        "on intent=done recording_resume",
        lambda rules: Planted(rules, paused, "call.recording", at_end=True),
        [
            "intent=card",
            "Closes",
        ],  # not the time that the sentence takes: whoever hangs up may do so in its middle
    ),
    "only the third time": (
        'on intent=human 3 times transfer queue people\non intent=other log "x"',
        lambda rules: Planted(rules, sends("transfer")),
        ["intent=human", "intent=human", "intent=human"],
    ),
    "at the bound": (
        "on balance is at least 500 hangup now",
        lambda rules: Planted(rules, sends("hangup")),
        ["balance=500"],
    ),
    "the failure of an earlier step": (
        'on intent=left log "x" then hangup now\non step_failed request_supervisor because "help"',
        lambda rules: Planted(rules, sends("request_supervisor")),
        ["intent=left", "refused"],
    ),
    "a reason that a branch names": (
        'rule "x"\n  on intent=sales\n  transfer queue q\n    if it fails because at_capacity then mute\nend',
        lambda rules: Planted(rules, sends("mute")),
        ["intent=sales", "at_capacity"],
    ),
    "a timer": (
        'after 8 minutes hangup now\non intent=x log "x"',
        lambda rules: Planted(rules, sends("hangup")),
        ["480 s"],
    ),
    "a cap": (
        "on intent=check hold for at most 45 seconds",
        lambda rules: Planted(
            rules, lambda step: sends("unhold")(step) and step.after.machine.state.facts["call.on_hold"]
        ),
        ["intent=check", "45 s"],
    ),
    "silence after a sentence": (
        'on call_started say "Hello?"\nafter 5 seconds of silence when greeted is yes hangup now\n'
        "on intent=x remember greeted is yes",
        lambda rules: Planted(rules, sends("hangup")),
        ["intent=x", "5 s"],
    ),
    "a fact in a guard": (
        'fact verified is yes/no\non call_started log "x"\nafter 10 seconds when verified is no hangup now',
        lambda rules: Planted(rules, sends("hangup")),
        ["verified is False", "10 s"],
    ),
    "an urgent rule in the middle": (
        "on intent=card recording_pause then recording_resume\nurgent on intent=stop hangup now",
        lambda rules: Planted(rules, lambda step: sends("hangup")(step) and paused(step), "call.recording"),
        ["intent=card", "intent=stop"],
    ),
    "words into a goodbye": (
        'on intent=bye say "Goodbye." then hangup\non hangup_interrupted mute',
        lambda rules: Planted(rules, sends("mute")),
        ["intent=bye", "said=wait a moment please"],
    ),
    "the minute of closing": (
        "timezone UTC\nhours office\n  mon to fri 09:00 to 18:00\nend\n"
        "on intent=sales during office remember asked is yes\non intent=back outside office when asked is yes mute",
        lambda rules: Planted(rules, sends("mute")),
        ["intent=sales", "60 s", "intent=back"],
    ),
    "a growing word": (
        'on hearing contains bye log "x"\non said contains bye mute',
        lambda rules: Planted(rules, sends("mute")),
        ["said=bye"],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found_in_its_shortest_story(name: str) -> None:
    text, watcher, story = FAULTS[name]
    ruleset = ruleset_of(text)
    assert told_moves(explore(ruleset, [watcher(ruleset)], Budget(depth=4))) == story


def test_what_takes_three_things_is_not_found_in_two() -> None:
    text, watcher, _ = FAULTS["only the third time"]
    ruleset = ruleset_of(text)
    explored = explore(ruleset, [watcher(ruleset)], Budget(depth=2))
    assert explored.breaches == ()
    assert explored.coverage.words()[1] == "Every story was played in which up to 2 things happen."


def summary(explored: Exploration) -> object:
    stories = [(found.breach.key, found.story and found.story.moves) for found in explored.breaches]
    coverage = explored.coverage
    return stories, coverage.data()


MANY = "\n".join(
    [
        "fact verified is yes/no",
        *(f"on intent=i{n} once per call remember f{n} is yes" for n in range(3)),
        'on intent=x when f0 is yes and f1 is yes say "Both." then hangup',
        "urgent on said contains lawyer transfer queue people",
    ]
)


def test_equal_budgets_lead_to_equal_answers() -> None:
    ruleset = ruleset_of(MANY)
    budget = Budget(depth=3, inputs=700, seed=5)
    answers = [summary(explore(ruleset, [EveryEnd(ruleset)], budget)) for _ in range(2)]
    assert answers[0] == answers[1]
    assert summary(explore(ruleset, [EveryEnd(ruleset)], budget._replace(seed=6))) != answers[0]


def test_another_seed_finds_the_same_where_nothing_is_cut_off() -> None:
    ruleset = ruleset_of(MANY)
    counts = set()
    for seed in range(3):
        explored = explore(ruleset, [Planted(ruleset, sends("hangup"))], Budget(depth=3, seed=seed))
        assert any("intent=x" in words for words in told_moves(explored))
        counts.add((explored.coverage.states, len(explored.breaches)))
    assert len(counts) == 1


def test_a_story_begins_with_what_it_needs_and_no_more() -> None:
    ruleset = ruleset_of(
        'on intent=x when lead.vip is yes hangup now\non intent=y when lead.city is Pune log "x"'
    )
    (found,) = explore(ruleset, [Planted(ruleset, sends("hangup"))], Budget(depth=1)).breaches
    assert found.story is not None
    begins = found.story.moves[0]
    assert isinstance(begins, Begins)
    assert list(begins.told) == ["lead.vip"]


def test_what_was_cut_off_is_said() -> None:
    ruleset = ruleset_of(MANY)
    explored = explore(ruleset, [], Budget(depth=3, inputs=100))
    assert not explored.complete
    assert "longer ones only as far as 100 inputs lead" in explored.coverage.words()[1]
    ticks = iter(range(1_000_000))
    explored = explore(ruleset, [], Budget(depth=3, seconds=3), clock=lambda: next(ticks))
    assert explored.coverage.cut == ["as far as 3 seconds lead"]


def test_equal_worlds_are_visited_once() -> None:
    """Whatever is reported, this call is as it was before: one world, and one for each request that is under way."""
    ruleset = ruleset_of('on intent=a log "a"\non intent=b log "b"')
    states = {depth: explore(ruleset, [], Budget(depth)).coverage.states for depth in (1, 2, 5)}
    assert states[5] == states[2]


def test_what_no_rule_asks_keeps_no_worlds_apart_but_what_a_watcher_reads_does() -> None:
    ruleset = ruleset_of("on intent=a remember seen is a\non intent=b remember seen is b")
    plain = explore(ruleset, [], Budget(3)).coverage.states
    reads = explore(ruleset, [Planted(ruleset, lambda step: None, "seen")], Budget(3)).coverage.states
    assert (plain, reads) == (1, 3)


def test_once_the_budget_is_spent_nothing_more_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand rules, saying where each move begins took ten seconds after the half second to play was over."""
    ruleset = ruleset_of("\n".join(f"on intent=wish_{number} transfer queue q" for number in range(500)))
    offered = list[Move]()
    moves = Alphabet.moves

    def counted(*given: Any, **more: Any) -> Iterator[Move]:
        for move in moves(*given, **more):
            offered.append(move)
            yield move

    monkeypatch.setattr(Alphabet, "moves", counted)
    explored = explore(ruleset, [], Budget(depth=2, inputs=100))
    assert explored.coverage.cut == ["as far as 100 inputs lead"]
    assert len(offered) < 400


conditions = st.sampled_from(
    ["a is yes", "b is no", "c is at least 5", "d is known", "a is yes and b is yes"]
)
verbs = st.sampled_from(['log "x"', "mute", "remember d is yes", "set_disposition z", "hangup now"])
rule_texts = st.builds(
    "{} when {} {}".format,
    st.sampled_from(["on intent=i", "on intent=j", "after 5 seconds", "on call_ended"]),
    conditions,
    verbs,
)
texts = st.lists(rule_texts, min_size=1, max_size=4, unique=True)


def found_in(text: str, *, commuting: bool) -> set[object]:
    ruleset = load_rules([source_from_text(text, "planted.rules")]).ruleset
    assume(ruleset is not None)
    assert ruleset is not None
    asked = asked_of(ruleset)
    watcher = Planted(
        ruleset,
        lambda step: (
            tuple(send.request.verb for send in step.sent)
            + tuple(rule.id for entry in step.decided for rule, _ in entry.decision.parts)
        ),
    )
    alphabet = alphabet_of(ruleset, asked, commuting=commuting)
    explored = explore(ruleset, [watcher], Budget(depth=3, inputs=20_000), alphabet=alphabet)
    assert explored.complete
    return {(found.breach.key, found.story and found.story.depth) for found in explored.breaches}


@settings(max_examples=25, deadline=None)
@given(texts)
def test_playing_facts_in_one_order_loses_nothing(rules: list[str]) -> None:
    text = "fact a is yes/no\nfact b is yes/no\nfact c is number\nfact d is text\nevent z\n" + "\n".join(
        rules
    )
    assert found_in(text, commuting=True) == found_in(text, commuting=False)
