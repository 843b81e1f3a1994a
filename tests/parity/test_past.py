"""Stories in which the two accounts of a call, or what they should have told, once differed."""

import asyncio
import json
from datetime import UTC, datetime

from flowrules.runtime.rules.rulebook import RuleBook

from .playing import played
from .story import Answers, Ends, Happens, Hears, Move, Passes, Presses, Reloads, Rests, Signal, Story, Told


def sent(told: Told) -> list[str]:
    return [json.loads(request)["event"] for request in told.requests]


def intent(name: str, **facts: object) -> tuple[Move, ...]:
    """It is reported, and all that it leads to comes to its end."""
    return (Happens({"intent": name, **facts}), Rests())


def while_it_waits(first: Happens, second: Move) -> tuple[Move, ...]:
    return (first, Passes(0.001), second, Rests())


def tell(
    runner: asyncio.Runner,
    rules: str,
    *moves: Move | tuple[Move, ...],
    fails: dict[str, str | Answers] | None = None,
    then: str = "",
    known: dict[str, object] | None = None,
) -> Told:
    """Play a story whose rules are without an error."""
    texts = tuple(filter(None, (rules, then)))
    for text in texts:
        RuleBook.from_text(text)
    flat = tuple(one for move in moves for one in (move if isinstance(move, tuple) else (move,)))
    answers = {verb: Answers((), how) if isinstance(how, str) else how for verb, how in (fails or {}).items()}
    return played(Story(texts, flat, answers, known or {}), runner)


def uses(told: Told) -> dict[str, int]:
    return {rule: times for rule, (times, _) in told.scenes[-1]["uses"].items()}


A, B = Happens({"intent": "a"}), Happens({"intent": "b"})


# --- limits ---------------------------------------------------------------------------------------------------


def test_a_rule_whose_first_request_never_left_has_its_run_still_to_come(runner: asyncio.Runner) -> None:
    rules = 'rule "once"\n  on intent=a\n  once per call\n  send_dtmf "1"\nend\n'
    fails = {"send_dtmf": Answers(("unavailable",))}
    told = tell(runner, rules, intent("a"), intent("a"), intent("a"), fails=fails)
    assert sent(told) == ["send_dtmf", "send_dtmf"]
    assert uses(told) == {"once": 1}


def test_a_rule_whose_request_was_refused_has_had_its_run(runner: asyncio.Runner) -> None:
    rules = 'rule "once"\n  on intent=a\n  once per call\n  hold\nend\n'
    told = tell(runner, rules, intent("a"), intent("a"), fails={"hold": "refused"})
    assert sent(told) == ["hold"]


def test_a_rule_whose_steps_a_rail_forbids_has_its_run_still_to_come(runner: asyncio.Runner) -> None:
    rules = (
        "never hold when vip is yes\n"
        'rule "once"\n  on intent=a\n  once per call\n  hold\nend\non intent=b forget vip\n'
    )
    told = tell(runner, rules, intent("a", vip=True), intent("b"), intent("a"))
    assert sent(told) == ["hold"]


def test_a_step_that_failed_while_planning_uses_nothing_up_and_one_behind_it_does(
    runner: asyncio.Runner,
) -> None:
    rules = (
        'rule "once"\n  on intent=a\n  once per call\n  conference_remove helper\n'
        '    if it fails then (log "nobody is there")\nend\n'
        "on intent=b conference_add supervisor s as helper\n"
    )
    told = tell(runner, rules, intent("a"), intent("a"))
    assert sent(told) == ["log"]
    assert uses(told) == {"once": 1}


def test_what_cleans_up_after_a_failure_is_no_run_of_the_rule(runner: asyncio.Runner) -> None:
    rules = 'rule "limited"\n  on intent=a\n  at most 2 times per call\n  hold\n  log "x"\n  unhold\nend\n'
    told = tell(runner, rules, intent("a"), intent("a"), fails={"log": "refused"})
    assert sent(told) == ["hold", "log", "unhold", "hold", "log", "unhold"]
    assert uses(told) == {"limited": 2}


def test_a_plan_that_an_urgent_rule_drops_before_its_first_request_uses_nothing_up(
    runner: asyncio.Runner,
) -> None:
    rules = (
        'rule "waits"\n  on intent=a\n  once per call\n  wait 5 seconds\n  log "late"\nend\n'
        'rule "now"\n  urgent on intent=b\n  log "now"\nend\n'
    )
    told = tell(runner, rules, while_it_waits(A, B), intent("a"))
    assert sent(told) == ["log", "log"]
    assert uses(told) == {"now": 1, "waits": 1}


# --- silence --------------------------------------------------------------------------------------------------


def test_silence_is_not_counted_while_the_caller_is_on_hold(runner: asyncio.Runner) -> None:
    rules = 'on intent=a hold\non intent=b unhold\nafter 10 seconds of silence log "quiet"\n'
    told = tell(runner, rules, Passes(4), intent("a"), Passes(30), intent("b"), Passes(5.9))
    assert sent(told) == ["hold", "unhold"]
    told = tell(runner, rules, Passes(4), intent("a"), Passes(30), intent("b"), Passes(6.1))
    assert sent(told) == ["hold", "unhold", "log"]


def test_silence_counts_from_the_start_whether_or_not_the_bot_has_spoken(runner: asyncio.Runner) -> None:
    rules = 'after 10 seconds of silence log "quiet"\n'
    assert sent(tell(runner, rules, Passes(10.1))) == ["log"]
    spoken = (Hears(Signal.BOT_SPEAKING), Passes(8), Hears(Signal.BOT_FINISHED))
    assert sent(tell(runner, rules, spoken, Passes(9.9))) == []
    assert sent(tell(runner, rules, spoken, Passes(10.1))) == ["log"]


def test_silence_begins_anew_when_words_come_not_when_they_are_decided(runner: asyncio.Runner) -> None:
    rules = 'on intent=a wait 7 seconds\nafter 4 seconds of silence log "quiet"\non said log "words"\n'
    told = tell(runner, rules, Passes(1), while_it_waits(A, Happens({"said": "hello"})), Passes(1))
    assert sent(told) == ["log", "log"]


def test_a_caller_who_is_heard_without_words_is_not_silent(runner: asyncio.Runner) -> None:
    rules = 'after 4 seconds of silence log "quiet"\n'
    heard = (Passes(3), Hears(Signal.CALLER_HEARD))
    assert sent(tell(runner, rules, heard, heard, heard, Passes(3))) == []
    assert sent(tell(runner, rules, heard, heard, heard, Passes(5))) == ["log"]


# --- caps -----------------------------------------------------------------------------------------------------


def test_a_cap_that_is_due_while_a_plan_waits_has_nothing_to_do_where_the_plan_closes_the_pair(
    runner: asyncio.Runner,
) -> None:
    rules = "on intent=a recording_pause for at most 6 seconds\non intent=b wait 7 seconds then recording_resume\n"
    told = tell(runner, rules, intent("a"), intent("b"), Passes(20))
    assert sent(told) == ["recording_pause", "recording_resume"]


def test_a_cap_that_is_due_while_a_plan_waits_does_not_close_what_the_plan_opens_anew(
    runner: asyncio.Runner,
) -> None:
    rules = (
        "on intent=a hold for at most 4 seconds\n"
        "on intent=b wait 5 seconds then unhold then hold for at most 9 seconds then wait 1 second\n"
    )
    told = tell(runner, rules, intent("a"), intent("b"), Passes(7))
    assert sent(told) == ["hold", "unhold", "hold"]
    told = tell(runner, rules, intent("a"), intent("b"), Passes(9))
    assert sent(told) == ["hold", "unhold", "hold", "unhold"]


def test_a_pair_that_is_opened_again_is_closed_by_its_later_cap_alone(runner: asyncio.Runner) -> None:
    rules = "on intent=a mute caller for at most 4 seconds\non intent=b mute caller for at most 9 seconds\n"
    told = tell(runner, rules, intent("a"), intent("b"), Passes(8))
    assert sent(told) == ["mute", "mute"]
    told = tell(runner, rules, intent("a"), intent("b"), Passes(30))
    assert sent(told) == ["mute", "mute", "unmute"]


def test_a_pair_that_may_have_been_opened_is_closed_by_its_cap(runner: asyncio.Runner) -> None:
    rules = "on intent=a mute caller for at most 4 seconds\n    if it fails then (wait 1 second)\n"
    told = tell(runner, rules, intent("a"), Passes(8), fails={"mute": "timeout"})
    assert sent(told) == ["mute", "unmute"]


def test_what_failed_without_a_branch_is_raised_also_where_a_cap_closes(runner: asyncio.Runner) -> None:
    rules = (
        "never recording_resume when refused is yes\non intent=a recording_pause for at most 1 second\n"
        'on step_failed log "sorry"\n'
    )
    told = tell(runner, rules, intent("a", refused=True), Passes(3))
    assert sent(told) == ["recording_pause", "log"]


def test_a_cap_and_a_timer_that_are_due_at_one_moment_run_in_this_order(runner: asyncio.Runner) -> None:
    rules = 'on intent=a mute caller for at most 3 seconds\nafter 3 seconds say "Goodbye." then hangup\n'
    told = tell(runner, rules, intent("a"), Passes(20))
    assert sent(told) == ["mute", "unmute", "play_audio", "hangup"]


def test_a_pair_with_a_cap_is_closed_before_an_end_where_it_is_open(runner: asyncio.Runner) -> None:
    ends = "on intent=b set_disposition d then transfer queue q then set_lead_status callback\n"
    told = tell(runner, f"on intent=a hold for at most 23 seconds\n{ends}", intent("a"), intent("b"))
    assert sent(told) == ["hold", "set_disposition", "set_lead_status", "unhold", "transfer"]
    told = tell(
        runner, f"on intent=a hold for at most 3 seconds\n{ends}", intent("a"), Passes(4), intent("b")
    )
    assert sent(told) == ["hold", "unhold", "set_disposition", "set_lead_status", "transfer"]


def test_what_would_close_a_pair_that_never_opened_is_left_out(runner: asyncio.Runner) -> None:
    rules = (
        'rule "Pause"\n  on intent=a\n  recording_pause for at most 6 seconds\n'
        "    if it fails then transfer queue q\nend\n"
    )
    refused = tell(runner, rules, intent("a"), fails={"recording_pause": "refused"})
    assert sent(refused) == ["recording_pause", "transfer"]
    unknown = tell(runner, rules, intent("a"), fails={"recording_pause": "timeout"})
    assert sent(unknown) == ["recording_pause", "recording_resume", "transfer"]


def test_a_failed_end_is_followed_by_one_that_closes_nothing_twice(runner: asyncio.Runner) -> None:
    rules = (
        'rule "Hand over"\n  on intent=a\n  hold for at most 6 seconds\n  transfer queue q\n'
        "    if it fails then hangup\nend\n"
    )
    told = tell(runner, rules, intent("a"), fails={"transfer": "refused"})
    assert sent(told) == ["hold", "unhold", "transfer", "hangup"]


# --- the end --------------------------------------------------------------------------------------------------


def test_the_close_drops_what_is_live_and_tries_the_records(runner: asyncio.Runner) -> None:
    rules = 'rule "End"\n  on call_ended\n  say "bye"\n  log "the end"\n  hold\n  set_disposition d\nend\n'
    assert sent(tell(runner, rules, intent("a"), Ends())) == ["log", "set_disposition"]


def test_the_records_of_a_goodbye_that_the_close_cuts_off_are_sent(runner: asyncio.Runner) -> None:
    rules = (
        'on intent=a say "Thank you for calling. Goodbye." then hangup then set_disposition d then remember over is yes\n'
        "on call_ended when over is unknown set_disposition lost\n"
    )
    assert sent(tell(runner, rules, A, Passes(0.5), Ends())) == ["play_audio", "set_disposition"]
    heard = (A, Passes(0.5), Happens({"said": "wait"}), Ends())
    assert json.loads(tell(runner, rules, heard).requests[-1])["disposition"] == "lost"
    transfer = rules.replace("then hangup", "then transfer queue q")
    assert json.loads(tell(runner, transfer, A, Passes(0.5), Ends()).requests[-1])["disposition"] == "lost"


def test_what_the_close_drops_is_no_pair_that_a_failure_would_close(runner: asyncio.Runner) -> None:
    rules = 'rule "End"\n  on call_ended\n  hold\n  schedule_callback at callback_time\nend\n'
    told = tell(runner, rules, Ends())
    assert [step[2:4] for step in told.outcomes[-1]["steps"]] == [
        ("hold", "dropped"),
        ("schedule_callback", "refused"),
    ]


def test_nothing_waits_after_the_close(runner: asyncio.Runner) -> None:
    rules = (
        'rule "End"\n  on call_ended\n  wait 9 seconds\n  log "the end"\nend\nafter 20 seconds log "timer"\n'
    )
    told = tell(runner, rules, Ends(), Passes(60))
    assert sent(told) == ["log"]


def test_an_ending_of_which_nobody_knows_is_asked_about(runner: asyncio.Runner) -> None:
    rules = "on intent=a transfer queue a\non intent=b transfer queue b\n"
    told = tell(runner, rules, intent("a"), intent("b"), Passes(1), fails={"transfer": "timeout"})
    assert sent(told) == ["transfer", "get_call_state", "transfer"]


def test_an_urgent_rule_that_does_not_end_the_call_runs_before_the_ending(runner: asyncio.Runner) -> None:
    rules = (
        'rule "now"\n  urgent on intent=b\n  log "now"\nend\n'
        'on intent=a say "Goodbye, and thank you." then transfer queue q\n'
    )
    told = tell(runner, rules, while_it_waits(A, B))
    assert sent(told) == ["play_audio", "log", "transfer"]


def test_a_key_drops_a_waiting_hangup_also_where_the_host_tells_when_the_caller_speaks(
    runner: asyncio.Runner,
) -> None:
    rules = 'on intent=a say "Goodbye, and thank you." then hangup\non hangup_interrupted log "stays"\n'
    told = tell(runner, rules, Hears(Signal.CALLER_SPEAKING), while_it_waits(A, Presses("1")))
    assert sent(told) == ["play_audio", "log"]
    words = Happens({"said": "hello"})
    told = tell(runner, rules, Hears(Signal.CALLER_SPEAKING), while_it_waits(A, words))
    assert sent(told) == ["play_audio", "hangup"]


def test_a_record_that_was_moved_before_an_ending_which_failed_is_recorded_afresh(
    runner: asyncio.Runner,
) -> None:
    rules = (
        "before hangup unless call.disposition is known then set_disposition none_given\n"
        "on intent=a transfer queue q then set_disposition moved\non intent=b hangup\n"
    )
    told = tell(runner, rules, intent("a"), intent("b"), fails={"transfer": "refused"})
    assert sent(told) == ["set_disposition", "transfer", "set_disposition", "hangup"]


# --- time and turns -------------------------------------------------------------------------------------------


def test_a_timer_that_is_due_as_the_call_begins_runs_at_once(runner: asyncio.Runner) -> None:
    rules = 'timezone Asia/Kolkata\nrule "half past"\n  at 16:30\n  wait 2 seconds\n  log "half past"\nend\n'
    began = datetime(2026, 3, 2, 11, tzinfo=UTC)
    told = played(Story((rules,), (Passes(0.3), Happens({"intent": "a"}), Rests()), {}, {}, began), runner)
    assert [outcome["event"] for outcome in told.outcomes] == [
        "@clock/half past@2026-03-02T11:00:00+00:00",
        "#1",
    ]


def test_speech_takes_its_time_before_an_ending_and_in_silence(runner: asyncio.Runner) -> None:
    rules = (
        'on intent=a say "Goodbye, and thank you for your call." then hangup then set_disposition d\n'
        'on intent=b say "A rather long sentence, which takes some seconds."\n'
        'after 1 second of silence log "quiet"\nafter 2 seconds log "timer"\n'
    )
    for moves in ((intent("b"), Passes(3.9)), (intent("b"), Passes(5.2)), (intent("a"), Passes(9))):
        tell(runner, rules, *moves)


def test_a_timer_that_is_due_in_a_wait_runs_behind_it(runner: asyncio.Runner) -> None:
    rules = 'on intent=a wait 7 seconds then log "waited"\nafter 3 seconds set_disposition d\n'
    assert sent(tell(runner, rules, intent("a"))) == ["log", "set_disposition"]


def test_what_comes_while_a_plan_waits_is_a_turn_of_its_own_once(runner: asyncio.Runner) -> None:
    rules = (
        'rule "Twice"\n  urgent on intent=a 2 times in a row\n  log "twice"\nend\n'
        'on intent=a say "One moment." then transfer queue a\n'
    )
    assert "log" in sent(tell(runner, rules, while_it_waits(A, A), Passes(9)))


def test_what_is_nothing_opens_no_turn_while_a_plan_waits(runner: asyncio.Runner) -> None:
    rules = 'on intent=a wait 2 seconds\non intent=b set_disposition d note "{turn}"\n'
    told = tell(runner, rules, while_it_waits(A, Happens({"hearing": "..."})), intent("b"), Passes(1))
    assert told.scenes[-1]["turn"] == 2


def test_what_is_raised_is_nothing_to_a_rule_for_anything(runner: asyncio.Runner) -> None:
    rules = 'on intent=a hold\non anything log "anything"\n'
    told = tell(runner, rules, intent("a"), intent("b"), fails={"hold": "refused"})
    assert sent(told) == ["hold", "log"]


def test_a_report_that_comes_again_is_decided_once(runner: asyncio.Runner) -> None:
    rules = 'on paid wait 2 seconds then log "paid"\n'
    paid = Happens({}, ("paid",), event_id="p1")
    told = tell(runner, rules, while_it_waits(paid, paid), paid, Rests())
    assert sent(told) == ["log"]
    assert told.answers == (("p1", "done", False), ("p1", "done", True), ("p1", "done", True))


# --- other rules in mid-call ----------------------------------------------------------------------------------


def test_a_plan_goes_on_by_the_rules_it_was_made_of(runner: asyncio.Runner) -> None:
    rules, then = 'on intent=a wait 3 seconds then log "before"\n', 'on intent=a log "after"\n'
    told = tell(runner, rules, while_it_waits(A, Reloads(1)), intent("a"), then=then)
    assert ["before" in request for request in told.requests] == [True, False]


def test_a_timer_that_comes_too_late_with_new_rules_is_over_also_while_a_plan_waits(
    runner: asyncio.Runner,
) -> None:
    rules = "on intent=a wait 9 seconds\n"
    then = 'on intent=a wait 9 seconds\nafter 2 seconds log "too late"\nafter 6 seconds log "in time"\n'
    told = tell(runner, rules, Passes(4), while_it_waits(A, Reloads(1)), Passes(9), then=then)
    assert ["in time" in request for request in told.requests] == [True]


def test_a_cap_keeps_the_step_it_was_opened_with_under_new_rules(runner: asyncio.Runner) -> None:
    rules, then = "on intent=a mute caller for at most 4 seconds\n", 'on intent=a log "x"\n'
    told = tell(runner, rules, intent("a"), Reloads(1), Passes(9), then=then)
    assert sent(told) == ["mute", "unmute"]
