"""A story is what the engine does, told and as a test: played by a simulated call, by `flowrules test`, it goes the same
way."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from flowrules.call.receipt import Reason
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import make_event
from flowrules.engine.raised import call_ended
from flowrules.exploration.budget import Budget
from flowrules.exploration.playing.asked import asked_of
from flowrules.exploration.playing.beginnings import beginnings
from flowrules.exploration.playing.moves import Answers, Begins, Closes, GoesOn, Happens, Learns, Passes
from flowrules.exploration.search import explore
from flowrules.exploration.story import Story
from flowrules.exploration.telling.as_test import as_test
from flowrules.exploration.telling.told import told
from flowrules.language.parse import parse
from flowrules.scenarios.cases import run_case
from flowrules.scenarios.simulation import Simulation
from flowrules.source import read, source_from_text
from tests.parity.generated_rules import rule_sets

from .planted import EveryEnd, ruleset_of

RULES = Path(__file__).parents[2] / "rules"


def stories(ruleset: RuleSet, *, depth: int = 2, inputs: int = 1_500, every: int = 1) -> Iterator[Story]:
    explored = explore(ruleset, [EveryEnd(ruleset)], Budget(depth, inputs=inputs))
    for found in explored.breaches[::every]:
        assert found.story is not None
        yield found.story


def check_as_test(story: Story) -> bool:
    """Whether a test can say it all; then it does what the story does, and passes."""
    test = as_test(story, "the story")
    file, findings = parse(source_from_text(test.text))
    assert not findings, test.text
    assert test.exact or test.unsaid, (test.text, told(story))
    if test.exact:
        assert run_case(story.ruleset, file.blocks[0]).passed
    return test.exact


@pytest.mark.parametrize("name", ["sales", "support", "payments", "voicemail"])
def test_stories_of_the_cookbook_as_tests(name: str) -> None:
    ruleset = load_rules(read(RULES / f"{name}.rules")).ruleset
    assert ruleset is not None
    exact = [check_as_test(story) for story in stories(ruleset, inputs=2_500, every=5)]
    assert exact.count(True) > 5


ANSWERED_THAT_IT_IS_OVER = (
    "timezone Asia/Kolkata\ndestination desk is queue q2\ndestination map by lead.tier\n  gold is agent a_1\nend\n"
    'steps calm\n  say "Please stay on the line."\n  remember f1 is yes\nend\n'
    "steps note_it\n  set_disposition d4\n  do calm\nend\n"
    'rule "r0"\n  on intent=i1\n  say "Goodbye, and thank you."\n  transfer to map\nend\n'
    'rule "r1"\n  urgent on paid\n  if f1 is yes then set_disposition d1 otherwise wait 3 seconds\n'
    '  log "l"\n    if it fails because refused, ended then (go on)\nend\n'
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(rule_sets())
@example((ANSWERED_THAT_IT_IS_OVER,))
def test_any_story_is_what_a_simulated_call_does(texts: tuple[str, ...]) -> None:
    ruleset = load_rules([source_from_text(texts[0])]).ruleset
    if ruleset is None:
        return
    for story in stories(ruleset, inputs=400, every=5):
        if expressible(story):
            simulated(story)


def expressible(story: Story) -> bool:
    """Whether it can be played on a platform that answers at once: nothing happens while a request is under way."""
    steps = list(story.steps())
    return not any(step.before.pending and not isinstance(step.move, Answers) for step in steps) and all(
        isinstance(step.move, Begins | Happens | GoesOn | Learns | Answers | Passes | Closes)
        and not getattr(step.move, "speaking", False)
        for step in steps
    )


def simulated(story: Story) -> None:
    """Play it on a simulated call, and hold requests, outcomes and facts against the story's at each rest."""
    steps = list(story.steps())
    first = steps[0].move
    assert isinstance(first, Begins)
    fates = [
        receipt.reason
        for step in steps
        for _, receipt in step.answers
        if receipt.reason is not Reason.FORBIDDEN
    ]
    call = Simulation(story.ruleset, first.at, facts=first.told, known=first.known)
    call.fails = Fates(fates, call)
    for step in steps[1:]:
        match step.move:
            case Happens(event) | GoesOn(event):
                call.report(event)
            case Learns(facts, source):
                call.learn(facts, source)
            case Passes(seconds):
                call.wind(call.now + timedelta(seconds=seconds))
            case Closes():
                call.report(call_ended())
            case _:
                pass
        if not step.after.pending:
            assert dict(call.state.facts) == dict(step.after.machine.state.facts), told(story)
            assert call.state.caps == step.after.machine.state.caps
            assert (call.ended, call.machine.busy) == (bool(step.after.machine.over), step.after.busy)
    left = [send.request.body for step in steps for send in step.sent]
    assert [request.body for request in call.sent] == left


class Fates(dict[str, str]):
    """What becomes of the requests, one after the other; those that a guard rail stops have none."""

    def __init__(self, fates: list[Reason | None], call: Simulation) -> None:
        super().__init__()
        self.fates = fates
        self.call = call

    def get(self, verb: str, default: object = None) -> str | None:
        place = len(self.call.sent)
        return self.fates[place] if place < len(self.fates) else None


def test_a_story_in_words() -> None:
    ruleset = ruleset_of(
        'rule "Cards"\n  on intent=card\n  recording_pause because "card"\n  say "Go on."\nend\n'
        "on call_ended when paid is yes set_disposition paid"
    )
    noon = beginnings(ruleset, asked_of(ruleset))[0]
    card = Happens(make_event(facts={"intent": "card"}))
    found = Story(ruleset, (Begins(noon.at, {}, {}), card, Answers(Reason.REFUSED), Closes()), 2)
    assert told(found) == (
        "A call comes up on Monday, 2026-01-05, at 12:00.",
        'intent=card is reported. Begun ("Cards").',
        "The platform refuses: recording_pause. Then: recording_pause card (failed: refused).",
        "The call ends. Then: the call is over.",
    )
    test = as_test(found, "cards")
    assert test.exact
    assert test.text == (
        'test "cards"\n'
        "  given recording_pause fails because refused\n"
        "  on intent=card\n"
        "  expect recording_pause\n"
        "  on call_ended\n"
        "  expect nothing\n"
        "end\n"
    )


def test_what_a_cap_closes_is_in_the_test_too() -> None:
    ruleset = ruleset_of('on paying recording_pause because "card" for at most 2 minutes')
    capped = [one for one in stories(ruleset) if any("its time is over" in line for line in told(one))]
    assert capped
    assert [as_test(one, "the story").exact for one in capped if expressible(one)].count(False) == 0
