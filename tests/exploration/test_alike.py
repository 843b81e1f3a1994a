"""What is known to lead to nothing new is not played; that loses nothing: played all the same, no more is found."""

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.exploration.budget import Budget
from flowrules.exploration.search import explore
from flowrules.exploration.trail import Exploration
from flowrules.exploration.watchers import watchers_of
from flowrules.exploration.watching.watch import Step
from flowrules.source import read, source_from_text

from .planted import Planted, ruleset_of

RULES = Path(__file__).parents[2] / "rules"
DECLARED = "fact a is yes/no\nfact b is yes/no\nfact c is number\nfact d is text\nevent z\n"
triggers = st.sampled_from(
    [
        "on intent=i",
        "on intent=j",
        "on intent=i 2 times",
        "on c is at least 3",
        "on step_failed",
        "after 5 seconds",
        "after 5 seconds of silence",
        "after 20 seconds of a",
        "on call_ended",
        "urgent on intent=k",
        "on anything",
    ]
)
guards = st.sampled_from(
    [
        "",
        "when a is yes",
        "when b is no",
        "when c is at least 5",
        "when d is known",
        "unless a is yes or d is x",
    ]
)
steps = st.sampled_from(
    [
        'log "x"',
        "mute",
        'say "{c} it is."',
        "remember d is yes",
        "forget a",
        "set_disposition z",
        'say "Bye." then hangup',
        "recording_pause then recording_resume",
        "set_disposition y then transfer queue q",
        "hold for at most 10 seconds",
    ]
)
rules = st.builds("{} {} {}".format, triggers, guards, steps)
rails = st.sampled_from(["", "never mute when b is yes\n", "before hangup when a is yes then unmute\n"])
texts = st.builds("{}{}".format, rails, st.lists(rules, min_size=1, max_size=4, unique=True).map("\n".join))


def told(explored: Exploration) -> object:
    """What was found, in how short a story, and what the rules did meanwhile."""
    assert explored.complete
    coverage = explored.coverage
    found = {(found.breach.key, found.story and found.story.depth) for found in explored.breaches}
    return found, coverage.fired, coverage.lapsed, coverage.failed, set(coverage.branched)


def both(ruleset: RuleSet, depth: int) -> tuple[Exploration, Exploration]:
    def did(step: Step) -> object:
        state = step.after.machine.state
        rules = tuple(rule.id for entry in step.decided for rule, _ in entry.decision.parts)
        verbs = tuple(send.request.verb for send in step.sent)
        return rules + verbs and (rules, verbs, state.facts.get("a"))

    watchers = [Planted(ruleset, did, "a"), *watchers_of(ruleset)]
    shortly, thoroughly = (
        explore(ruleset, watchers, Budget(depth), thorough=thorough) for thorough in (False, True)
    )
    return shortly, thoroughly


@settings(max_examples=40, deadline=None)
@given(texts)
def test_nothing_is_lost_in_any_rule_set(text: str) -> None:
    ruleset = load_rules([source_from_text(DECLARED + text, "planted.rules")]).ruleset
    assume(ruleset is not None)
    assert ruleset is not None
    shortly, thoroughly = both(ruleset, 2)
    assert told(shortly) == told(thoroughly)
    assert shortly.coverage.inputs <= thoroughly.coverage.inputs


@pytest.mark.parametrize("name", ["voicemail", "payments", "supervision"])
def test_nothing_is_lost_in_the_cookbook(name: str) -> None:
    ruleset = load_rules(read(RULES / f"{name}.rules")).ruleset
    assert ruleset is not None
    shortly, thoroughly = both(ruleset, 2)
    assert told(shortly) == told(thoroughly)


def test_what_other_rules_ask_is_no_reason_to_play_an_event_again() -> None:
    """Whatever is known of f0 to f3, the rule for the last event asks none of these."""
    text = "\n".join(
        [
            *(f"on intent=i{n} when f{n} is unknown remember f{n} is yes" for n in range(4)),
            'on intent=x log "x"',
        ]
    )
    shortly, thoroughly = both(ruleset_of(text), 3)
    assert told(shortly) == told(thoroughly)
    assert shortly.coverage.inputs < 0.7 * thoroughly.coverage.inputs


def test_values_of_which_the_same_is_true_are_one() -> None:
    rules = 'on intent=a when c is at least 5 log "x"\non intent=b when c is at least 9 mute'
    one = explore(ruleset_of(rules), [], Budget(3)).coverage.states
    other = explore(ruleset_of(rules.replace("9", "5")), [], Budget(3)).coverage.states
    assert other < one
