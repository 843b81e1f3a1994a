"""What a plan opens is closed where the plan fails, in the machine."""

import pytest

from flowrules.call.entries import Decided, NotSent
from flowrules.call.outcome import EventStatus

from .driven import Driven


def drive(steps: str, head: str = "", **why: str) -> tuple[Driven, int]:
    """Report `go` and answer all that it leads to; `why` tells which verbs fail."""
    call = Driven(f'{head}rule "r"\n  on go\n{steps}\nend\n')
    ticket = call.report("go")
    call.rests(**why)
    return call, ticket


def failures(call: Driven) -> list[tuple[object, object]]:
    """What step_failed was raised for."""
    events = (entry.event for entry in call.kinds(Decided))
    return [(e.keys["failed_verb"], e.keys["failed_reason"]) for e in events if "failed_verb" in e.keys]


def dropped(call: Driven) -> list[str]:
    return [entry.verb for entry in call.kinds(NotSent)]


def test_without_a_branch_a_plan_fails_and_closes_what_it_opened() -> None:
    steps = '  hold\n  mute agent\n  send_dtmf "1"\n  unhold\n  unmute agent'
    call, ticket = drive(steps, send_dtmf="refused")
    assert call.verbs == ["hold", "mute", "send_dtmf", "unmute", "unhold"]
    assert call.outcome(ticket).status is EventStatus.FAILED
    assert failures(call) == [("send_dtmf", "refused")]
    assert dropped(call) == ["unhold", "unmute"], "those of the rule, for the plan has failed before"


def test_what_was_closed_again_is_not_closed_twice() -> None:
    call, _ = drive('  hold\n  unhold\n  send_dtmf "1"', send_dtmf="refused")
    assert call.verbs == ["hold", "unhold", "send_dtmf"]


def test_a_recording_is_never_resumed_by_itself() -> None:
    call, _ = drive('  recording_pause for at most 1 minute\n  send_dtmf "1"', send_dtmf="refused")
    assert call.verbs == ["recording_pause", "send_dtmf"]


def test_where_the_session_has_ended_no_further_pair_is_closed() -> None:
    steps = '  mute\n  hold\n  send_dtmf "1"\n  log "x"'
    head = "on other unmute then unhold\n"
    call, ticket = drive(steps, head, send_dtmf="refused", unhold="ended")
    assert call.verbs == ["mute", "hold", "send_dtmf", "unhold"]
    assert call.outcome(ticket).status is EventStatus.ENDED
    assert failures(call) == []
    assert sorted(dropped(call)) == ["log", "unmute"]


def test_what_a_rail_opens_while_pairs_are_closed_is_not_closed_again() -> None:
    head = "before unhold when vip is unknown then hold\non other unmute then unhold\n"
    call, ticket = drive('  mute\n  hold\n  send_dtmf "1"', head, send_dtmf="refused")
    assert call.verbs == ["mute", "hold", "send_dtmf", "hold", "unhold", "unmute"]
    assert call.outcome(ticket).status is EventStatus.FAILED


@pytest.mark.parametrize("why", ["timeout", "unavailable"])
def test_no_ending_verb_follows_one_that_may_have_acted(why: str) -> None:
    call, ticket = drive("  transfer queue q\n    if it fails then hangup", transfer=why)
    if why == "unavailable":
        assert call.verbs == ["transfer", "hangup"]
        return
    assert call.verbs == ["transfer"]
    assert call.outcome(ticket).status is EventStatus.FAILED
    assert failures(call) == [("hangup", "timeout")]


def test_a_pair_that_a_plan_opened_is_closed_where_it_fails_later() -> None:
    steps = "  hold\n  mute\n    if it fails then go on\n  get_call_state"
    call, ticket = drive(steps, "on other unmute then unhold\n", mute="refused", get_call_state="timeout")
    assert call.verbs == ["hold", "mute", "get_call_state", "unhold"]
    assert call.outcome(ticket).status is EventStatus.FAILED


def test_what_may_have_been_opened_is_closed_where_its_branch_fails() -> None:
    steps = (
        '  hold\n    if it fails because timeout then (send_dtmf "1" then go on)\n  mute\n  unmute\n  unhold'
    )
    call, _ = drive(steps, hold="timeout", send_dtmf="refused")
    assert call.verbs == ["hold", "send_dtmf", "unhold"]
