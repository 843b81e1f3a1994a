"""An urgent rule comes while an ending is decided: what becomes of the two."""

from datetime import timedelta

from flowrules.call.entries import Decided
from flowrules.call.inputs import BotFinished, BotSpeaking, CallerSpeaking
from flowrules.call.outcome import EventStatus

from .driven import Driven

BYE = 'on bye say "Goodbye, and thank you for your call." then hangup then set_disposition done\n'
TRANSFER = 'on bye say "I put you through now." then transfer queue q then set_disposition done\n'
NOTE = 'urgent on alarm log "alarm"\n'
QUIT = "urgent on quit set_disposition quit then hangup now\n"


def decided(call: Driven) -> list[str]:
    return [entry.event.event_id for entry in call.kinds(Decided)]


def test_one_that_ends_drops_the_ending_that_waits_for_speech() -> None:
    call = Driven(TRANSFER + QUIT)
    bye = call.report("bye")
    call.answer_all()
    assert call.machine.busy
    quit_ = call.report("quit")
    call.rests()
    assert call.verbs == ["play_audio", "set_disposition", "hangup"]
    assert call.outcome(bye).status is EventStatus.PREEMPTED
    assert [step.verb for step in call.outcome(bye).dropped] == ["set_disposition", "transfer"]
    assert call.outcome(quit_).status is EventStatus.ENDED
    assert call.machine.state.facts["call.disposition"] == "quit"


def test_one_that_ends_drops_an_ending_behind_a_record_in_flight() -> None:
    call = Driven(TRANSFER + QUIT)
    bye = call.report("bye")
    call.answer_all()
    call.passes(9)
    assert call.sending is not None
    assert call.sending.request.verb == "set_disposition"
    assert call.leaves()
    quit_ = call.report("quit")
    assert call.called_off == [call.sending.step]
    call.answer(left=True)
    call.rests()
    assert call.verbs == ["play_audio", "set_disposition", "set_disposition", "hangup"]
    assert (call.outcome(bye).status, call.outcome(quit_).status) == ("pre-empted", "ended")


def test_one_that_does_not_end_runs_while_the_ending_waits_for_speech() -> None:
    call = Driven(TRANSFER + NOTE)
    bye = call.report("bye")
    call.answer_all()
    alarm = call.report("alarm")
    assert call.sending is not None
    assert call.sending.request.verb == "log"
    call.answer_all()
    assert call.outcome(alarm).status is EventStatus.DONE
    call.rests()
    assert call.verbs == ["play_audio", "log", "set_disposition", "transfer"]
    assert call.outcome(bye).status is EventStatus.ENDED


def test_one_that_does_not_end_runs_between_a_record_in_flight_and_the_ending() -> None:
    call = Driven(TRANSFER + NOTE)
    call.report("bye")
    call.answer_all()
    call.passes(9)
    assert call.leaves()
    call.report("alarm")
    assert call.called_off == []
    call.answer(left=True)
    call.rests()
    assert call.verbs == ["play_audio", "set_disposition", "log", "transfer"]


def test_one_that_does_not_end_runs_before_an_ending_that_is_only_decided() -> None:
    call = Driven(TRANSFER + NOTE, continues=False)
    bye = call.report("bye")
    alarm = call.report("alarm")
    assert call.sends == []
    call.continues = True
    call.go_on()
    call.rests()
    assert call.verbs == ["log", "play_audio", "set_disposition", "transfer"]
    assert (call.outcome(bye).status, call.outcome(alarm).status) == ("ended", "done")


def test_two_of_them_run_in_the_order_in_which_they_came_and_neither_drops_the_other() -> None:
    second = "urgent on smoke get_call_state then recording_resume\n"
    call = Driven(TRANSFER + NOTE + second)
    call.report("bye")
    assert call.leaves()
    alarm, smoke = call.report("alarm"), call.report("smoke")
    call.answer(left=True)
    call.rests()
    assert call.verbs == [
        "play_audio",
        "log",
        "get_call_state",
        "recording_resume",
        "set_disposition",
        "transfer",
    ]
    assert (call.outcome(alarm).status, call.outcome(smoke).status) == ("done", "done")
    call = Driven(TRANSFER + NOTE + second)
    call.report("bye")
    call.answer_all()
    smoke, alarm = call.report("smoke"), call.report("alarm")
    call.rests()
    assert call.verbs == [
        "play_audio",
        "get_call_state",
        "recording_resume",
        "log",
        "set_disposition",
        "transfer",
    ]
    assert (call.outcome(alarm).status, call.outcome(smoke).status) == ("done", "done")


def test_one_runs_before_the_ending_to_which_the_failure_of_another_leads() -> None:
    rules = (
        TRANSFER
        + 'urgent on alarm send_dtmf "1"\nurgent on smoke log "smoke"\non step_failed say "Sorry." then hangup\n'
    )
    call = Driven(rules)
    bye = call.report("bye")
    call.answer_all()
    call.report("alarm")
    call.answer("refused")
    call.answer_all()
    smoke = call.report("smoke")
    call.rests()
    assert call.verbs == ["play_audio", "send_dtmf", "play_audio", "log", "hangup"]
    assert call.outcome(smoke).status is EventStatus.DONE
    assert call.outcome(bye).status is EventStatus.ENDED
    assert [step.verb for step in call.outcome(bye).dropped] == ["set_disposition", "transfer"]


def test_its_own_failure_is_raised_before_the_ending() -> None:
    call = Driven(TRANSFER + 'urgent on alarm send_dtmf "1"\non step_failed log "sorry"\n')
    call.report("bye")
    call.answer_all()
    alarm = call.report("alarm")
    call.rests(send_dtmf="refused")
    assert call.verbs == ["play_audio", "send_dtmf", "log", "set_disposition", "transfer"]
    outcome = call.outcome(alarm)
    assert outcome.status is EventStatus.FAILED
    assert [raised.status for raised in outcome.raised] == [EventStatus.DONE]


def test_where_it_learns_that_the_session_is_over_the_ending_is_dropped() -> None:
    call = Driven(TRANSFER + NOTE + "urgent on smoke hold then unhold\n")
    bye = call.report("bye")
    call.answer_all()
    alarm, smoke = call.report("alarm"), call.report("smoke")
    call.rests(log="ended")
    assert call.verbs == ["play_audio", "log"]
    assert (call.outcome(bye).status, call.outcome(alarm).status) == ("ended", "ended")
    assert call.outcome(smoke).status is EventStatus.CALL_OVER
    assert [step.verb for step in call.outcome(bye).dropped] == ["set_disposition", "transfer"]


def test_one_that_comes_while_the_ending_is_on_the_wire_is_not_decided_where_that_is_accepted() -> None:
    call = Driven('on bye transfer queue q if it fails then log "no"\n' + NOTE)
    call.report("bye")
    assert call.leaves()
    alarm = call.report("alarm")
    call.answer(left=True)
    call.rests()
    assert call.verbs == ["transfer"]
    assert call.outcome(alarm).status is EventStatus.CALL_OVER


def test_one_that_comes_while_the_ending_is_on_the_wire_runs_where_that_fails() -> None:
    call = Driven('on bye transfer queue q if it fails then say "Sorry."\n' + NOTE)
    call.report("bye")
    assert call.leaves()
    alarm = call.report("alarm")
    call.answer("refused", left=True)
    call.rests()
    assert call.verbs == ["transfer", "log", "play_audio"]
    assert call.outcome(alarm).status is EventStatus.DONE


def test_the_deadline_of_the_ending_moves_by_just_the_time_that_others_took() -> None:
    def sent_by(*, urgent: float) -> timedelta:
        """How long after it was decided the hangup may still be sent, where an urgent rule waits for so long."""
        rules = 'on bye say "Bye." then wait 2 seconds then hangup now\nurgent on alarm log "a" then wait 9 seconds then log "b"\n'
        call = Driven(rules)
        call.report("bye")
        call.answer_all()
        call.passes(0.5)
        if urgent:
            call.report("alarm")
        call.rests()
        (last,) = [send for send in call.sends if send.request.verb == "hangup"]
        return last.deadline - last_decided(call)

    def last_decided(call: Driven):
        return call.kinds(Decided)[0].state.started_at

    alone, beside = sent_by(urgent=0), sent_by(urgent=9)
    assert alone == timedelta(seconds=2 + 8), "the patience of a step"
    assert beside == timedelta(seconds=9.5 + 8)


def test_an_ending_that_waits_for_the_bot_has_all_its_time_after_an_urgent_rule() -> None:
    call = Driven('on bye hangup\nurgent on alarm log "a" then wait 60 seconds then log "b"\n')
    call.handle(BotSpeaking())
    bye = call.report("bye")
    call.passes(4)
    call.report("alarm")
    call.answer_all()
    call.passes(60)
    call.answer_all()
    assert call.machine.wakes_at == call.now + timedelta(seconds=6), (
        "ten seconds for the bot, of which four are over"
    )
    call.passes(1)
    call.handle(BotFinished())
    (send,) = [send for send in call.sends if send.request.verb == "hangup"]
    assert send.deadline == call.now + timedelta(seconds=8)
    call.rests()
    assert call.outcome(bye).status is EventStatus.ENDED


def test_words_that_are_urgent_run_and_then_the_hangup_is_interrupted() -> None:
    call = Driven(BYE + 'urgent on said contains stop log "stop"\non hangup_interrupted say "Yes?"\n')
    bye = call.report("bye")
    call.answer_all()
    words = call.report(said="stop please")
    call.rests()
    assert call.verbs == ["play_audio", "log", "play_audio"]
    assert call.outcome(words).status is EventStatus.DONE
    assert call.outcome(bye).status is EventStatus.INTERRUPTED
    assert not call.machine.over
    assert "call.disposition" not in call.machine.state.facts


def test_the_same_urgent_rule_waits_for_its_own_ending() -> None:
    call = Driven('urgent on quit say "Goodbye to you." then hangup\n')
    first, again = call.report("quit"), call.report("quit")
    call.rests()
    assert (call.outcome(first).status, call.outcome(again).status) == ("ended", "call over")


def test_one_that_ends_comes_while_another_runs_before_the_ending_and_drops_both() -> None:
    call = Driven(TRANSFER + 'urgent on alarm log "a" then wait 5 seconds then log "b"\n' + QUIT)
    bye = call.report("bye")
    call.answer_all()
    alarm = call.report("alarm")
    call.answer_all()
    quit_ = call.report("quit")
    call.rests()
    assert call.verbs == ["play_audio", "log", "set_disposition", "hangup"]
    statuses = [call.outcome(ticket).status for ticket in (bye, alarm, quit_)]
    assert statuses == ["pre-empted", "pre-empted", "ended"]


def test_a_close_meanwhile_drops_both() -> None:
    call = Driven(TRANSFER + 'urgent on alarm log "a" then wait 5 seconds then log "b"\n')
    bye = call.report("bye")
    call.answer_all()
    alarm = call.report("alarm")
    call.answer_all()
    closed = call.close()
    call.rests()
    assert call.verbs == ["play_audio", "log"]
    assert [call.outcome(ticket).status for ticket in (bye, alarm, closed)] == ["ended", "ended", "done"]
    assert call.machine.finished


def test_a_key_drops_a_hangup_that_waits_though_the_host_tells_when_the_caller_speaks() -> None:
    call = Driven(BYE + 'on dtmf=1 log "key"\n')
    call.handle(CallerSpeaking())
    bye = call.report("bye")
    call.answer_all()
    key = call.report(dtmf="1")
    call.rests()
    assert call.verbs == ["play_audio", "log"]
    assert (call.outcome(bye).status, call.outcome(key).status) == ("interrupted", "done")


def test_words_do_not_drop_it_where_the_host_tells_when_the_caller_speaks() -> None:
    call = Driven(BYE)
    call.handle(CallerSpeaking())
    bye = call.report("bye")
    call.answer_all()
    call.report(said="goodbye")
    call.rests()
    assert call.outcome(bye).status is EventStatus.ENDED


def test_a_key_does_not_drop_a_transfer() -> None:
    call = Driven(TRANSFER)
    bye = call.report("bye")
    call.answer_all()
    call.report(dtmf="1")
    call.rests()
    assert call.outcome(bye).status is EventStatus.ENDED
