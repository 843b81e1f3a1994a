"""What is recorded for an ending holds only where that comes; and caps close before it, in time, or not at all."""

import pytest

from flowrules.call.entries import CapDue, NotSent
from flowrules.call.inputs import Stopped
from flowrules.call.outcome import EventStatus

from .driven import Driven

DISPOSITION = "call.disposition"


def known(call: Driven) -> object:
    return call.machine.state.facts.get(DISPOSITION)


def test_a_record_moved_before_an_ending_is_taken_back_where_that_fails() -> None:
    call = Driven("on before set_disposition early\non bye transfer queue q then set_disposition sold\n")
    call.report("before")
    call.answer_all()
    call.report("bye")
    call.answer()
    assert known(call) == "sold", "while the transfer is on its way"
    call.answer("refused")
    assert call.verbs == ["set_disposition", "set_disposition", "transfer"]
    assert known(call) == "early"


def test_it_stands_where_the_ending_is_accepted() -> None:
    call = Driven("on bye transfer queue q then set_disposition sold\n")
    call.report("bye")
    call.rests()
    assert known(call) == "sold"


def test_it_stands_where_the_call_has_ended_all_the_same() -> None:
    call = Driven("on bye transfer queue q then set_disposition sold\n")
    call.report("bye")
    call.rests(transfer="ended")
    assert call.machine.over
    assert known(call) == "sold"


def test_it_is_taken_back_before_the_failure_branch_whose_own_record_holds() -> None:
    rules = 'rule "r"\n  on bye\n  transfer queue q\n    if it fails then set_disposition failed\n  set_disposition sold\nend\n'
    call = Driven(rules)
    call.report("bye")
    call.answer()
    call.answer("refused")
    assert known(call) is None
    call.rests()
    assert known(call) == "failed"


def test_it_is_taken_back_where_an_urgent_rule_drops_the_ending_that_has_not_left() -> None:
    call = Driven("on bye transfer queue q then set_disposition sold\nurgent on quit hangup now\n")
    call.report("bye")
    assert call.leaves()
    call.report("quit")
    call.answer(left=True)
    assert known(call) is None
    call.rests(hangup="refused")
    assert known(call) is None


def test_it_is_taken_back_where_the_ending_may_not_leave() -> None:
    call = Driven(
        "never transfer when late is yes\non bye transfer queue q then set_disposition sold\n"
        "urgent on late remember late is yes\n"
    )
    bye = call.report("bye")
    assert call.leaves()
    call.report("late", late=True)
    call.answer(left=True)
    call.rests()
    assert "transfer" not in call.verbs
    assert call.outcome(bye).status is EventStatus.FAILED
    assert known(call) is None


def test_it_is_taken_back_where_the_caller_interrupts_the_hangup() -> None:
    call = Driven(
        'before hangup then set_disposition sold\non bye say "Goodbye, and thank you." then hangup\n'
    )
    bye = call.report("bye")
    call.answer_all()
    call.report(said="wait")
    call.rests()
    assert call.outcome(bye).status is EventStatus.INTERRUPTED
    assert known(call) is None


def test_what_somebody_has_told_since_is_not_taken_back() -> None:
    rules = 'on bye transfer queue q then remember answer is sold\nurgent on other remember answer is other then log "x"\n'
    call = Driven(rules)
    call.report("bye")
    assert call.leaves()
    call.report("other")
    call.answer("refused", left=True)
    call.rests()
    assert call.machine.state.facts["answer"] == "other"


# --- caps ---


def test_what_would_close_a_pair_is_left_out_where_it_is_closed_meanwhile() -> None:
    rules = (
        "on pay recording_pause for at most 20 seconds\nurgent on paid recording_resume\n"
        'on bye say "I put you through now." then transfer queue q\n'
    )
    for paid, verbs in (
        (False, ["recording_pause", "play_audio", "recording_resume", "transfer"]),
        (True, ["recording_pause", "play_audio", "recording_resume", "transfer"]),
    ):
        call = Driven(rules)
        call.report("pay")
        call.answer_all()
        call.report("bye")
        call.answer_all()
        if paid:
            call.report("paid")
            call.answer_all()
            assert call.machine.state.caps == ()
        call.rests()
        assert call.verbs == verbs
        left_out = [entry.verb for entry in call.kinds(NotSent)]
        assert left_out == (["recording_resume"] if paid else [])
        assert call.machine.over


def test_a_cap_that_came_due_while_a_plan_ran_goes_before_events_that_came_later_and_behind_those_before_it() -> (
    None
):
    rules = 'on pay recording_pause for at most 3 seconds\non slow wait 5 seconds\non word log "word"\n'
    call = Driven(rules)
    call.report("pay")
    call.answer_all()
    call.report("slow")
    call.passes(1)
    call.report("word")
    call.rests()
    assert call.verbs == ["recording_pause", "log", "recording_resume"]
    call = Driven(rules)
    call.report("pay")
    call.answer_all()
    call.report("slow")
    call.passes(4)
    call.report("word")
    call.rests()
    assert call.verbs == ["recording_pause", "recording_resume", "log"]


def test_a_cap_does_nothing_once_the_session_is_over() -> None:
    call = Driven(
        "on pay recording_pause for at most 3 seconds then recording_resume then transfer queue q\n"
    )
    call.report("pay")
    call.answer()
    call.answer("ended")
    assert call.machine.over
    call.passes(60)
    assert call.kinds(CapDue) == []
    assert call.machine.wakes_at is None


@pytest.mark.parametrize("why", ["timeout", "refused"])
def test_a_cap_is_opened_where_the_verb_may_have_acted(why: str) -> None:
    call = Driven("on pay recording_pause for at most 3 seconds\n")
    call.report("pay")
    call.rests(recording_pause=why)
    call.passes(5)
    call.rests()
    assert call.verbs == (
        ["recording_pause"] if why == "refused" else ["recording_pause", "recording_resume"]
    )


def test_a_program_that_ends_drops_what_has_not_left_and_keeps_what_was_recorded() -> None:
    call = Driven("on bye transfer queue q then set_disposition sold\n")
    bye = call.report("bye")
    call.answer()
    call.handle(Stopped("the program ends"))
    call.answer()
    assert call.verbs == ["set_disposition"]
    assert call.outcome(bye).status is EventStatus.ENDED
