"""A test in a rule file plays what a live call does: random rules and conversations, and those that once differed."""

import asyncio
import json
import os

from hypothesis import HealthCheck, assume, given, settings

from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.rulebook import RuleBook

from .conftest import Ends, Happens, Passes, Story, Told, live, simulated
from .generated import stories

EXAMPLES = int(os.environ.get("PARITY_EXAMPLES", "150"))


def played(story: Story) -> Told:
    book = RuleBook.from_text(story.rules)
    told = simulated(book, story)
    assert told == asyncio.run(asyncio.wait_for(live(book, story), 60))
    return told


def sent(told: Told) -> list[str]:
    return [json.loads(verb)["event"] for verb in told.verbs]


def intent(name: str, **facts: object) -> Happens:
    return Happens({"intent": name, **facts})


@given(stories())
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
def test_a_simulated_call_does_what_a_live_one_does(story: Story) -> None:
    try:
        RuleBook.from_text(story.rules)
    except RulesRefused:
        assume(False)
    played(story)


# --- stories in which the two, or what they should do, once differed ----------------------------------------


def test_a_cap_that_is_due_while_a_plan_waits_has_nothing_to_do_where_the_plan_closes_the_pair() -> None:
    rules = "on intent=a recording_pause for at most 6 seconds\non intent=b wait 7 seconds then recording_resume\n"
    told = played(Story(rules, (intent("a"), intent("b"), Passes(20))))
    assert sent(told) == ["recording_pause", "recording_resume"]


def test_a_cap_that_is_due_while_a_plan_waits_does_not_close_what_the_plan_opens_anew() -> None:
    rules = (
        "on intent=a hold for at most 4 seconds\n"
        "on intent=b wait 5 seconds then unhold then hold for at most 9 seconds then wait 1 second\n"
    )
    told = played(Story(rules, (intent("a"), intent("b"), Passes(7))))
    assert sent(told) == ["hold", "unhold", "hold"]
    told = played(Story(rules, (intent("a"), intent("b"), Passes(9))))
    assert sent(told) == ["hold", "unhold", "hold", "unhold"]


def test_silence_begins_anew_when_words_come_not_when_they_are_decided() -> None:
    rules = 'on intent=a wait 7 seconds\nafter 4 seconds of silence log "quiet"\non said log "words"\n'
    story = Story(rules, (Passes(1), Happens({"intent": "a"}, (), Happens({"said": "hello"})), Passes(1)))
    assert sent(played(story)) == ["log", "log"]


def test_the_close_drops_what_is_live_and_tries_the_records() -> None:
    rules = 'rule "End"\n  on call_ended\n  say "bye"\n  log "the end"\n  hold\n  set_disposition d\nend\n'
    told = played(Story(rules, (intent("a"), Ends())))
    assert sent(told) == ["log", "set_disposition"]


def test_an_ending_of_which_nobody_knows_is_asked_about() -> None:
    rules = "on intent=a transfer queue a\non intent=b transfer queue b\n"
    told = played(Story(rules, (intent("a"), intent("b"), Passes(1)), {"transfer": "timeout"}))
    assert sent(told) == ["transfer", "get_call_state", "transfer"]


def test_speech_takes_its_time_before_an_ending_and_in_silence() -> None:
    rules = (
        'on intent=a say "Goodbye, and thank you for your call." then hangup then set_disposition d\n'
        'on intent=b say "A rather long sentence, which takes some seconds."\n'
        'after 1 second of silence log "quiet"\nafter 2 seconds log "timer"\n'
    )
    for moves in ((intent("b"), Passes(3.9)), (intent("b"), Passes(5.2)), (intent("a"), Passes(9))):
        played(Story(rules, moves))


def test_what_failed_without_a_branch_is_raised_also_where_a_cap_closes() -> None:
    rules = (
        "never recording_resume when refused is yes\non intent=a recording_pause for at most 1 second\n"
        'on step_failed log "sorry"\n'
    )
    told = played(Story(rules, (intent("a", refused=True), Passes(3))))
    assert sent(told) == ["recording_pause", "log"]


def test_what_comes_while_a_plan_waits_is_a_turn_of_its_own_once() -> None:
    rules = (
        'rule "Twice"\n  urgent on intent=a 2 times in a row\n  log "twice"\nend\n'
        'on intent=a say "One moment." then transfer queue a\n'
    )
    told = played(Story(rules, (Happens({"intent": "a"}, (), Happens({"intent": "a"})), Passes(9))))
    assert "log" in sent(told)


def test_a_cap_and_a_timer_that_are_due_at_one_moment_run_in_this_order() -> None:
    rules = 'on intent=a mute caller for at most 3 seconds\nafter 3 seconds say "Goodbye." then hangup\n'
    told = played(Story(rules, (intent("a"), Passes(20))))
    assert sent(told) == ["mute", "unmute", "play_audio", "hangup"]


def test_what_is_nothing_opens_no_turn_while_a_plan_waits() -> None:
    rules = 'on intent=a wait 2 seconds\non intent=b set_disposition d note "{turn}"\n'
    nothing = Happens({"hearing": "..."})
    told = played(Story(rules, (Happens({"intent": "a"}, (), nothing), intent("b"), Passes(1))))
    assert told.turn == 2


def test_a_pair_with_a_cap_is_closed_before_an_end_where_it_is_open() -> None:
    ends = "on intent=b set_disposition d then transfer queue q then set_lead_status callback\n"
    told = played(Story(f"on intent=a hold for at most 23 seconds\n{ends}", (intent("a"), intent("b"))))
    assert sent(told) == ["hold", "set_disposition", "set_lead_status", "unhold", "transfer"]
    told = played(
        Story(f"on intent=a hold for at most 3 seconds\n{ends}", (intent("a"), Passes(4), intent("b")))
    )
    assert sent(told) == ["hold", "unhold", "set_disposition", "set_lead_status", "transfer"]


def test_what_would_close_a_pair_that_never_opened_is_left_out() -> None:
    rules = (
        'rule "Pause"\n  on intent=a\n  recording_pause for at most 6 seconds\n'
        "    if it fails then transfer queue q\nend\n"
    )
    refused = played(Story(rules, (intent("a"),), {"recording_pause": "refused"}))
    assert sent(refused) == ["recording_pause", "transfer"]
    unknown = played(Story(rules, (intent("a"),), {"recording_pause": "timeout"}))
    assert sent(unknown) == ["recording_pause", "recording_resume", "transfer"]


def test_a_failed_end_is_followed_by_one_that_closes_nothing_twice() -> None:
    rules = (
        'rule "Hand over"\n  on intent=a\n  hold for at most 6 seconds\n  transfer queue q\n'
        "    if it fails then hangup\nend\n"
    )
    told = played(Story(rules, (intent("a"),), {"transfer": "refused"}))
    assert sent(told) == ["hold", "unhold", "transfer", "hangup"]
