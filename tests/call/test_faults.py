"""flowrules itself fails, or its driver does: one plan is given up, nothing else, and everybody is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flowrules.call import agenda, machine
from flowrules.call.entries import Decided, NotSent, Received, Sending
from flowrules.call.inputs import Answered, Failed, RulesChanged, Stopped, Woken
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Status
from flowrules.call.setup import Limits, Setup

from .driven import Driven, compiled, receipt_of

RULES = 'on go hold then mute then unmute then unhold\non other log "other"\n'


class Broken(Exception):
    pass


def test_a_request_on_the_wire_gets_its_own_fate_before_anything_else_is_sent() -> None:
    call = Driven(RULES)
    go, other = call.report("go"), call.report("other")
    assert call.leaves()
    first = call.sending
    call.handle(Failed())
    assert call.called_off == [first.step]
    assert call.sending is first, "the next event waits"
    call.answer(left=True)
    call.rests()
    assert call.verbs == ["hold", "log"]
    assert (call.outcome(go).status, call.outcome(other).status) == ("broken", "done")
    assert [entry.request.verb for entry in call.kinds(Received)] == ["hold", "log"]
    assert sorted(entry.verb for entry in call.kinds(NotSent)) == ["mute", "unhold", "unmute"]


def test_a_driver_that_has_failed_on_the_way_ends_the_plan() -> None:
    call = Driven(RULES)
    go = call.report("go")
    assert call.leaves()
    send, call.sending = call.sending, None
    call.handle(Answered(send.step, receipt_of("hold", "timeout"), broken=True))
    assert call.outcome(go).status is EventStatus.BROKEN
    assert [entry.receipt.status for entry in call.kinds(Received)] == [Status.UNKNOWN]
    call.report("other")
    call.rests()
    assert call.verbs == ["log"]


def test_a_list_of_the_host_that_fails_gives_up_one_plan() -> None:
    def objection(body):
        if body["event"] == "mute":
            raise Broken
        return ""

    call = Driven(RULES, Setup(objection=objection), tolerant=True)
    go, other = call.report("go"), call.report("other")
    call.rests()
    assert call.bugs == ["plan.broken"]
    assert call.verbs == ["hold", "log"]
    assert (call.outcome(go).status, call.outcome(other).status) == ("broken", "done")
    assert [entry.request.verb for entry in call.kinds(Sending)] == ["hold", "log"]
    assert sorted(entry.verb for entry in call.kinds(NotSent)) == ["mute", "unhold", "unmute"]


@pytest.mark.parametrize("what", ["decide", "make_plan"])
def test_an_event_that_can_not_be_decided_or_planned_is_told_so_and_the_next_is_decided(what: str) -> None:
    setup = Setup()
    real = getattr(setup, what)

    def buggy(*words, **more):
        event = words[1] if what == "decide" else words[1].event
        if "go" in event.keys:
            raise Broken
        return real(*words, **more)

    call = Driven(RULES, replace(setup, **{what: buggy}), tolerant=True)
    go, other = call.report("go"), call.report("other")
    call.rests()
    assert (call.outcome(go).status, call.outcome(other).status) == ("broken", "done")
    assert call.verbs == ["log"]
    closed = call.close()
    assert call.outcome(closed).status is EventStatus.DONE


def test_an_urgent_rule_is_told_of_a_plan_that_can_not_be_made() -> None:
    """Whether it ends the call is not known; it waits like any other event."""
    setup = Setup()

    def buggy(ruleset, decision, state):
        if "quit" in decision.event.keys:
            raise Broken
        return setup.make_plan(ruleset, decision, state)

    rules = 'on go wait 3 seconds then log "l"\nurgent on quit hangup now\n'
    call = Driven(rules, replace(setup, make_plan=buggy), tolerant=True)
    go, quit_ = call.report("go"), call.report("quit")
    call.rests()
    assert call.outcome(go).status is EventStatus.DONE
    assert call.outcome(quit_).status is EventStatus.BROKEN
    assert call.verbs == ["log"]


def test_a_timer_that_can_not_be_decided_is_tried_once() -> None:
    def buggy(ruleset, event, state, now, trace=False):
        if event.timer:
            raise Broken
        return Setup().decide(ruleset, event, state, now, trace)

    call = Driven('after 3 seconds log "l"\n', Setup(decide=buggy), tolerant=True)
    call.passes(10)
    assert call.bugs == ["event.broken"]
    assert call.machine.wakes_at is None


def test_a_timer_that_can_not_even_be_heard_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real = agenda.apply_event

    def buggy(ruleset, state, event, now):
        if event.timer:
            raise Broken
        return real(ruleset, state, event, now)

    monkeypatch.setattr(agenda, "apply_event", buggy)
    call = Driven('after 3 seconds log "l"\nafter 4 seconds log "m"\non other log "other"\n', tolerant=True)
    call.passes(10)
    call.report("other")
    call.rests()
    assert call.bugs == ["event.broken", "event.broken"]
    assert call.verbs == ["log"]


@pytest.mark.parametrize("name", ["next_due", "after_reload"])
def test_a_call_whose_timers_can_not_be_asked_goes_on(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def buggy(*words):
        raise Broken

    call = Driven(RULES, tolerant=True)
    monkeypatch.setattr(machine, name, buggy)
    other = compiled('on other log "other"\nafter 3 seconds log "l"\n')
    call.handle(RulesChanged(other))
    assert call.machine.ruleset is other
    ticket = call.report("other")
    call.rests()
    assert call.outcome(ticket).status is EventStatus.DONE
    assert set(call.bugs) <= {"timer.broken", "input.broken"}
    assert call.bugs
    assert call.outcome(call.close()).status is EventStatus.DONE


def test_an_urgent_event_for_which_there_is_no_room_drops_nothing() -> None:
    """It is not decided, so it does nothing."""
    setup = Setup(Limits(queue_size=1))
    call = Driven(
        'on bye say "Goodbye, and thank you." then transfer queue q\nurgent on alarm log "a" then log "b"\n'
        "urgent on quit hangup now\n",
        setup,
    )
    bye = call.report("bye")
    assert call.leaves()
    alarm, quit_ = call.report("alarm"), call.report("quit")
    call.answer(left=True)
    call.rests()
    assert [call.outcome(ticket).status for ticket in (bye, alarm, quit_)] == ["ended", "done", "queue full"]
    assert call.verbs == ["play_audio", "log", "log", "transfer"]


def test_what_is_called_off_before_it_leaves_puts_no_intent_on_record() -> None:
    call = Driven(RULES + "urgent on quit hangup now\n")
    go = call.report("go")
    call.report("quit")
    assert not call.leaves()
    call.answer()
    call.rests()
    assert call.verbs == ["hangup"]
    assert [entry.request.verb for entry in call.kinds(Sending)] == ["hangup"]
    assert call.outcome(go).status is EventStatus.PREEMPTED


def test_what_was_recorded_for_an_ending_is_taken_back_where_flowrules_fails_before_it() -> None:
    call = Driven("on bye transfer queue q then set_disposition sold\n")
    call.report("bye")
    call.answer()
    call.handle(Failed())
    assert call.machine.state.facts["call.disposition"] == "sold", "the transfer is on its way"
    call.answer()
    assert "call.disposition" not in call.machine.state.facts
    assert call.verbs == ["set_disposition"]


def test_who_tells_of_the_close_again_is_told_its_outcome() -> None:
    call = Driven('on go hold then unhold\non call_ended log "the end"\n')
    go = call.report("go")
    assert call.leaves()
    first, second = call.close(), call.close()
    call.answer(left=True)
    call.rests()
    third = call.close()
    assert call.verbs == ["hold", "log"]
    assert call.outcome(go).status is EventStatus.ENDED
    outcomes = [call.outcome(ticket) for ticket in (first, second, third)]
    assert [outcome.repeated for outcome in outcomes] == [False, True, True]
    assert all(outcome.steps == outcomes[0].steps for outcome in outcomes)
    assert [str(step) for step in outcomes[0].steps] == ["log accepted"]


def test_a_call_that_is_woken_too_early_or_late_waits_for_its_time() -> None:
    call = Driven('on go wait 3 seconds then log "l"\n')
    call.report("go")
    wanted = call.machine.wakes_at
    call.handle(Woken(call.now))
    assert call.machine.wakes_at == wanted
    assert call.sending is None
    call.now += timedelta(seconds=60)
    call.handle(Woken(wanted))
    assert call.sending is not None


@pytest.mark.parametrize("how", ["close", "stop", "urgent"])
def test_what_stops_a_plan_stops_all_that_led_to_it(how: str) -> None:
    """Two parts have failed. While the first failure is dealt with, all of it is stopped: the second raises nothing."""
    rules = (
        'also on go send_dtmf "1"\non go send_dtmf "2"\non step_failed log "sorry" then log "again"\n'
        "urgent on alarm get_call_state\n"
    )
    call = Driven(rules)
    go = call.report("go")
    call.answer("refused")
    call.answer("refused")
    assert call.leaves()
    match how:
        case "close":
            call.close()
        case "stop":
            call.handle(Stopped("the program ends"))
        case "urgent":
            call.report("alarm")
    call.answer(left=True)
    call.rests()
    assert call.verbs[:3] == ["send_dtmf", "send_dtmf", "log"]
    raised = [entry for entry in call.kinds(Decided) if "failed_verb" in entry.event.keys]
    assert len(raised) == 1
    assert len(call.outcome(go).raised) == 1
