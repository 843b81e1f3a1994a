"""The end of the AI's session: what is moved before it, what waits for the bot, what may not follow."""

from typing import Any

from flowrules.engine.planning.plan import FailedStep, PlannedVerb, RememberStep

MOVED = "moved before transfer: the AI session ends there"


def test_the_line_on_the_card(plan_for: Any) -> None:
    planned = plan_for("on intent=sales transfer agent sales_q then set_disposition", {"intent": "sales"})
    assert planned.bodies == [
        {"event": "set_disposition", "disposition": "sales"},
        {"event": "transfer", "destination_type": "agent", "destination": "sales_q"},
    ]
    record, transfer = planned.verbs
    assert (record.path, transfer.path) == ("2", "1")
    assert record.note == f"{MOVED}; disposition sales: the rule's only event value"
    assert f"set_disposition {MOVED}" in planned.notes
    assert "disposition sales: the rule's only event value" in planned.notes


def test_moved_records_are_sent_after_the_speech_wait_and_never_stop_the_ending(plan_for: Any) -> None:
    planned = plan_for(
        'on go say "Bye." then transfer queue q then remember done is yes then set_disposition x '
        'then set_lead_status callback then set_lead_field a to b then schedule_callback in 2 hours then log "end"'
    )
    say, remember, *records, transfer = planned.steps
    assert isinstance(remember, RememberStep)
    assert [step.verb for step in records] == [
        "set_disposition", "set_lead_status", "set_lead_field", "schedule_callback", "log",
    ]  # fmt: skip
    assert [step.wait_for_speech for step in records] == [True, False, False, False, False]
    assert all(step.optional for step in records)
    assert transfer.wait_for_speech
    assert not transfer.optional
    assert not say.wait_for_speech


def test_a_record_written_before_the_end_stays_where_it_is(plan_for: Any) -> None:
    planned = plan_for("on go set_disposition x then hangup")
    assert not planned.verbs[0].optional
    assert not planned.verbs[0].wait_for_speech
    assert planned.plan.notes == ()


def may_fail(planned: Any) -> list[str]:
    return [
        step.verb for step in planned.steps if isinstance(step, PlannedVerb | FailedStep) and step.may_fail
    ]


def test_what_tells_something_on_the_way_to_an_ending_does_not_stop_it(plan_for: Any) -> None:
    rule = 'on go say "Bye." then log "l" then set_disposition x then set_lead_status busy then hangup'
    assert may_fail(plan_for(rule)) == ["play_audio", "log", "set_disposition"]
    block = 'rule "a"\n  on go\n  say "a"\n  if done is yes then hangup otherwise log "b"\nend'
    assert may_fail(plan_for(block)) == ["play_audio"]
    assert may_fail(plan_for("steps bye\n  set_disposition x\nend\non go do bye then transfer queue q")) == [
        "set_disposition"
    ]


def test_a_sentence_that_a_rail_forbids_does_not_stop_the_ending(plan_for: Any) -> None:
    planned = plan_for('never say when turn is at least 1\non go say "a" then hangup')
    assert planned.words == ["play_audio!forbidden", "hangup"]
    assert may_fail(planned) == ["play_audio"]


def test_a_sentence_that_fails_stops_nothing_that_follows(plan_for: Any) -> None:
    assert may_fail(plan_for('on go say "a" then unhold')) == ["play_audio"]
    assert may_fail(plan_for('on go log "a" then advise "b"')) == ["log"]
    assert may_fail(plan_for('on go say "a" then unhold then say "b"')) == ["play_audio"]


def test_where_no_verb_and_no_word_for_the_model_follows_a_failure_stops_the_plan(plan_for: Any) -> None:
    assert may_fail(plan_for('on go say "a" then remember said is yes')) == []
    assert may_fail(plan_for('on go say "a" then wait 1 second')) == []
    assert may_fail(plan_for('on go say "a" then stay silent')) == []
    assert may_fail(plan_for('on go say "a" then stop then hangup')) == []
    assert may_fail(plan_for("on go unhold then mute")) == []


def test_in_a_before_a_failure_keeps_the_verb_from_being_sent(plan_for: Any) -> None:
    planned = plan_for('before mute then log "a" then say "b"\non go mute')
    assert may_fail(planned) == []


def test_a_failure_branch_of_its_own_says_what_happens(plan_for: Any) -> None:
    rule = 'on go say "a" if it fails then (log "x") then unhold if it fails then (say "b" then go on) then hangup'
    planned = plan_for(rule)
    assert may_fail(planned) == []
    (branch,) = planned.verbs[1].branches
    assert [step.may_fail for step in branch.steps if isinstance(step, PlannedVerb)] == [True]


def test_with_now_nothing_waits(plan_for: Any) -> None:
    planned = plan_for("on go transfer now queue q then set_disposition x")
    assert [step.wait_for_speech for step in planned.verbs] == [False, False]
    assert not plan_for("on go hangup now").verbs[0].wait_for_speech


def test_conference_leave_ends_too(plan_for: Any) -> None:
    planned = plan_for("on go conference_leave then set_disposition x")
    assert planned.words == ["set_disposition", "conference_leave"]
    assert planned.verbs[1].wait_for_speech


def test_order_as_written_leaves_records_behind_the_end(plan_for: Any) -> None:
    planned = plan_for('order as written\non go transfer queue q then set_disposition x then log "y"')
    assert planned.words == ["transfer", "set_disposition", "log"]
    assert planned.verbs[0].wait_for_speech
    assert not planned.verbs[1].wait_for_speech
    assert [verb.optional for verb in planned.verbs] == [False, True, True]
    assert planned.plan.notes == ()


def test_a_moved_record_that_is_refused_while_planning_does_not_stop_the_end(plan_for: Any) -> None:
    planned = plan_for(
        "on go transfer queue q then schedule_callback at callback_time then set_disposition x"
    )
    failed, disposition, transfer = planned.steps
    assert isinstance(failed, FailedStep)
    assert failed.optional
    assert disposition.wait_for_speech
    assert transfer.verb == "transfer"
    assert [body["event"] for body in planned.bodies] == ["set_disposition", "transfer"]


def test_a_refused_ending_takes_its_records_with_it(plan_for: Any) -> None:
    text = """
destination desk by lead.owner
  priya is agent a_1
end
rule "x"
  on go
  transfer to desk
    if it fails then (set_disposition missed then hangup)
  set_disposition handed_over
end
"""
    planned = plan_for(text)
    (failed,) = planned.steps
    assert (failed.verb, failed.reason, failed.optional) == ("transfer", "refused", False)
    assert "lead.owner is unknown" in failed.message
    assert planned.bodies == [{"event": "set_disposition", "disposition": "missed"}, {"event": "hangup"}]
    assert "set_disposition left out with transfer" in planned.notes
    assert "moved before" not in planned.notes


def test_records_behind_an_if_that_ends_the_call_are_moved(plan_for: Any) -> None:
    text = """
rule "x"
  on go
  if vip is yes then transfer queue gold otherwise say "One moment."
  set_disposition done
  stop
  log "never"
end
"""
    vip = plan_for(text, known={"vip": True})
    assert vip.words == ["set_disposition", "transfer"]
    assert [step.path for step in vip.steps] == ["2", "1.then.1"]
    plain = plan_for(text, known={"vip": False})
    assert plain.words == ["play_audio", "set_disposition"]
    assert plain.steps[0].path == "1.otherwise.1"


def test_branches_have_their_own_end(plan_for: Any) -> None:
    planned = plan_for("""
rule "x"
  on go
  transfer queue q
    if it fails because unavailable, timeout then (say "Busy." then hangup then set_disposition CALLBACK)
    if it fails then hold
  set_disposition SALES
end
""")
    record, transfer = planned.verbs
    assert (record.body["disposition"], transfer.verb) == ("SALES", "transfer")
    first, second = transfer.branches
    assert first.reasons == ("unavailable", "timeout")
    assert [(step.path, step.verb) for step in first.steps] == [
        ("1.fail1.1", "play_audio"),
        ("1.fail1.3", "set_disposition"),
        ("1.fail1.2", "hangup"),
    ]
    assert first.steps[1].wait_for_speech
    assert second.reasons == ()
    assert [step.path for step in second.steps] == ["1.fail2.1"]


def test_an_also_rule_can_not_end_the_call(plan_for: Any) -> None:
    text = "never hold when angry is yes instead hangup\nalso on go hold then mute\non go transfer queue q"
    planned = plan_for(text, known={"angry": True})
    also, owner = planned.plan.parts
    assert [type(step) for step in also.steps] == [FailedStep]
    assert also.steps[0].reason == "forbidden"
    assert isinstance(owner.steps[0], PlannedVerb)
    assert planned.bodies == [{"event": "transfer", "destination_type": "agent_queue", "destination": "q"}]


def test_a_rail_can_not_bring_a_second_end(plan_for: Any) -> None:
    text = "never set_disposition when angry is yes instead hangup\non go transfer queue q then set_disposition x"
    planned = plan_for(text, known={"angry": True})
    assert [body["event"] for body in planned.bodies] == ["transfer"]
