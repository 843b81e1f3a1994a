"""The other side hangs up in the goodbye: the call has ended as it was to end, so the records of that ending are sent."""

import pytest

from flowrules.call.inputs import CallerSpeaking
from flowrules.call.outcome import EventStatus
from flowrules.call.setup import Setup

from .driven import Driven

GOODBYE = 'on bye say "Thank you for calling. Goodbye." then hangup then set_disposition DONE\n'
NOTHING_ELSE = "on call_ended when call.disposition is unknown set_disposition LOST\n"
OWN_VOICE = Setup(host_voice=True)


def disposition(call: Driven) -> object:
    return call.machine.state.facts.get("call.disposition")


def closed_in(rules: str, *, spoken: int = 1, setup: Setup | None = None, **why: str) -> tuple[Driven, int]:
    """A call that is closed while the hangup of `bye` waits; `spoken` verbs before that are accepted."""
    call = Driven(rules, setup)
    bye = call.report("bye")
    for _ in range(spoken):
        call.answer()
    call.close()
    call.rests(**why)
    assert call.machine.finished
    return call, bye


def test_the_records_behind_the_hangup_are_sent_and_the_rules_for_the_end_see_them() -> None:
    call, bye = closed_in(GOODBYE + NOTHING_ELSE)
    assert call.verbs == ["play_audio", "set_disposition"]
    assert disposition(call) == "DONE"
    outcome = call.outcome(bye)
    assert outcome.status is EventStatus.ENDED
    assert [str(step) for step in outcome.steps] == [
        "play_audio accepted",
        "set_disposition accepted",
        "hangup dropped",
    ]
    assert outcome.raised == ()


def test_what_is_remembered_behind_the_hangup_holds_too() -> None:
    call, _ = closed_in(
        'on bye say "Thank you. Goodbye." then hangup then remember said_bye is yes\n'
        "on call_ended when said_bye is yes set_disposition SAID\n"
    )
    assert disposition(call) == "SAID"


@pytest.mark.parametrize(
    "rules",
    [
        'before hangup unless call.disposition is known then set_disposition DONE\non bye say "Goodbye, and thanks." then hangup\n',
        'order as written\non bye say "Goodbye, and thanks." then hangup then set_disposition DONE\n',
        'rule "b"\n  on bye\n  say "Goodbye, and thanks."\n  hangup\n  set_lead_status called\n    if it fails then go on\n'
        "  set_disposition DONE\nend\n",
    ],
    ids=["of a guard rail", "order as written", "several"],
)
def test_wherever_the_record_of_the_ending_is_written(rules: str) -> None:
    call, _ = closed_in(rules, set_lead_status="refused")
    assert disposition(call) == "DONE"


def test_a_pair_that_the_hangup_would_close_is_not_touched_any_more() -> None:
    call = Driven(
        'on paying recording_pause for at most 3 minutes\non bye say "Goodbye, and thanks." then hangup then log "bye"\n'
    )
    call.report("paying")
    call.rests()
    call.report("bye")
    call.answer()
    call.close()
    call.rests()
    assert call.verbs == ["recording_pause", "play_audio", "log"]


def test_a_record_that_is_on_its_way_is_not_called_off_and_the_next_one_follows() -> None:
    call = Driven('on bye hangup then set_disposition DONE then log "bye"\n')
    call.report("bye")
    assert call.leaves()
    call.close()
    assert call.called_off == []
    call.answer(left=True)
    call.rests()
    assert call.verbs == ["set_disposition", "log"]
    assert disposition(call) == "DONE"


def test_the_goodbye_in_the_hosts_own_voice_is_cut_off_and_the_records_follow() -> None:
    call = Driven(GOODBYE + NOTHING_ELSE, OWN_VOICE)
    bye = call.report("bye")
    assert call.leaves()
    call.close()
    assert len(call.called_off) == 1
    call.answer("timeout", left=True)
    call.rests()
    assert call.verbs == ["play_audio", "set_disposition"]
    assert disposition(call) == "DONE"
    assert call.outcome(bye).status is EventStatus.ENDED


def test_a_goodbye_that_was_still_to_be_spoken_is_no_ending() -> None:
    call, _ = closed_in(
        'on bye hold then unhold then say "Goodbye, and thank you." then hangup then set_disposition DONE\n'
        + NOTHING_ELSE
    )
    assert disposition(call) == "LOST"


@pytest.mark.parametrize(
    "rules",
    [
        'on bye say "I put you through." then transfer queue q then set_disposition DONE\n',
        'on bye say "Somebody else goes on." then conference_leave then set_disposition DONE\n',
        'on bye say "One moment." then wait 9 seconds then hangup then set_disposition DONE\n',
    ],
    ids=["transfer", "conference_leave", "wait"],
)
def test_what_did_not_come_leaves_no_record(rules: str) -> None:
    call, _ = closed_in(rules + NOTHING_ELSE)
    assert disposition(call) == "LOST"


def test_a_hangup_that_a_guard_rail_has_come_to_forbid_leaves_none() -> None:
    call = Driven(
        "never hangup when person is yes\nurgent on answered remember person is yes\n"
        + GOODBYE
        + NOTHING_ELSE
    )
    call.report("bye")
    call.answer()
    call.report("answered")
    call.close()
    call.rests()
    assert disposition(call) == "LOST"


def test_a_caller_who_spoke_into_the_goodbye_had_more_to_say() -> None:
    call = Driven(GOODBYE + NOTHING_ELSE)
    call.report("bye")
    call.answer()
    call.report(said="one more thing")
    call.close()
    call.rests()
    assert disposition(call) == "LOST"


def test_so_had_one_who_spoke_while_the_hosts_voice_did() -> None:
    call = Driven(GOODBYE + NOTHING_ELSE, OWN_VOICE)
    call.report("bye")
    assert call.leaves()
    call.handle(CallerSpeaking())
    call.close()
    call.answer(left=True)
    call.rests()
    assert disposition(call) == "LOST"


def test_a_machine_that_speaks_drops_nothing() -> None:
    call = Driven('on machine_answered advise "Wait."\n' + GOODBYE)
    call.report("machine_answered")
    call.report("bye")
    call.answer()
    call.report(said="leave a message")
    call.close()
    call.rests()
    assert disposition(call) == "DONE"


def test_the_goodbye_goes_on_behind_an_urgent_rule_that_was_at_work() -> None:
    call = Driven(GOODBYE + "urgent on joined hold\n")
    call.report("bye")
    call.answer()
    call.report("joined")
    assert [send.request.verb for send in call.sends] == ["play_audio", "hold"]
    call.close()
    call.answer()
    call.rests()
    assert disposition(call) == "DONE"


def test_the_ending_of_a_rule_for_what_failed_counts_and_nothing_more_is_raised() -> None:
    call = Driven(
        "on x hold then unhold\n"
        'on step_failed say "That did not work. Goodbye." then hangup then set_disposition FAILED\n'
    )
    call.report("x")
    call.answer("refused")
    call.answer()
    call.close()
    call.rests()
    assert call.verbs == ["hold", "play_audio", "set_disposition"]
    assert disposition(call) == "FAILED"


def test_a_failure_branch_that_ends_otherwise_leaves_no_record_of_that() -> None:
    call, _ = closed_in(
        'rule "b"\n  on bye\n  say "We will call you. Goodbye."\n  schedule_callback in 2 hours\n'
        "    if it fails then (transfer queue q then set_disposition MOVED)\n  hangup\nend\n" + NOTHING_ELSE,
        schedule_callback="refused",
    )
    assert disposition(call) == "LOST"


def test_the_session_that_the_platform_has_ended_takes_no_records() -> None:
    call, bye = closed_in(GOODBYE, set_disposition="ended")
    assert disposition(call) is None
    assert call.outcome(bye).raised == ()
