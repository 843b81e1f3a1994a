"""Guard rails hold wherever a verb comes from, and the plan says which one did what."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from flowrules.compiler.compile import compile_rules
from flowrules.compiler.loading.load import check_sources
from flowrules.engine.planning.plan import FailedStep, PlannedVerb
from flowrules.engine.planning.planner import forbidden, make_closing
from flowrules.source import source_from_text

SATURDAY = datetime(2026, 3, 7, 5, 30, tzinfo=UTC)
OFFICE = """
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:30
end
"""
PAYING = "never whisper, barge, monitor_start, hold when paying is yes\n"
CALLS = {"agent_call": "c_1", "paying": True}


# --- never ---


def test_never_without_instead_fails_the_step_as_forbidden(plan_for: Any) -> None:
    planned = plan_for(f"{PAYING}on go barge into agent_call then unhold", known=CALLS)
    (failed,) = planned.steps
    assert (failed.verb, failed.reason) == ("barge", "forbidden")
    assert failed.message == f'forbidden by "{PAYING.strip()}" (test.rules, line 1)'
    assert planned.bodies == []
    assert "barge not sent: forbidden by" in planned.notes


def test_its_failure_branch_runs(plan_for: Any) -> None:
    planned = plan_for(
        f'{PAYING}on go hold if it fails because forbidden then say "One moment."', known=CALLS
    )
    assert [body["event"] for body in planned.bodies] == ["play_audio"]


def test_instead_replaces_the_verb_and_all_after_it(plan_for: Any) -> None:
    text = f"{OFFICE}never transfer outside office instead schedule_callback next office then hangup\n"
    rule = 'on go say "Hello." then transfer queue q then set_disposition SALES'
    closed = plan_for(text + rule, now=SATURDAY)
    assert closed.words == ["play_audio", "schedule_callback", "hangup"]
    assert [step.path for step in closed.steps] == ["1", "2.instead.1", "2.instead.2"]
    assert closed.verbs[1].note.startswith("instead of transfer, by ")
    assert "transfer and all after it replaced by" in closed.notes
    assert "set_disposition left out with transfer" in closed.notes
    assert plan_for(text + rule).words == ["play_audio", "set_disposition", "transfer"]


@pytest.mark.parametrize(
    ("guard", "known", "binds"),
    [
        ("when paying is yes", {"paying": True}, True),
        ("when paying is yes", {"paying": False}, False),
        ("when paying is yes", {}, False),
        ("unless verified is yes", {"verified": True}, False),
        ("unless verified is yes", {"verified": False}, True),
        ("unless verified is yes", {}, True),
        ("when paying is yes unless verified is yes", {"paying": True}, True),
        ("when paying is yes unless verified is yes", {"paying": True, "verified": True}, False),
        ("when paying is yes unless verified is yes", {"verified": False}, False),
        ("outside office", {}, False),
        ("during office", {}, True),
        ("during office unless vip is yes", {"vip": True}, False),
    ],
)
def test_when_binds_only_on_yes_and_unless_lifts_only_on_yes(
    plan_for: Any, guard: str, known: dict[str, Any], binds: bool
) -> None:
    planned = plan_for(f"{OFFICE}never hold {guard}\non go hold", known=known)
    assert planned.words == (["hold!forbidden"] if binds else ["hold"])


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("on go hold", ["hold!forbidden"]),
        ("also on go hold", ["hold!forbidden"]),
        ("urgent on go hold", ["hold!forbidden"]),
        ("on go when nobody is yes mute otherwise hold", ["hold!forbidden"]),
        ("steps wait_a_bit\n  mute\n  hold\nend\non go do wait_a_bit", ["mute", "hold!forbidden"]),
        ('rule "x"\n  on go\n  if paying is yes then hold otherwise mute\nend', ["hold!forbidden"]),
        ("never mute when paying is yes instead hold\non go mute", ["hold!forbidden"]),
        ("before mute then hold\non go mute", ["hold!forbidden", "mute"]),
        ("on go hold for at most 5 seconds", ["hold!forbidden"]),
    ],
)
def test_a_rail_holds_wherever_the_verb_comes_from(plan_for: Any, rule: str, words: list[str]) -> None:
    assert plan_for(PAYING + rule, known=CALLS).words == words


def test_a_rail_holds_in_failure_branches(plan_for: Any) -> None:
    planned = plan_for(f'{PAYING}on go mute if it fails then (say "x" then hold)', known=CALLS)
    (branch,) = planned.verbs[0].branches
    assert [type(step) for step in branch.steps] == [PlannedVerb, FailedStep]
    assert branch.steps[1].path == "1.fail1.2"


def test_a_failing_step_that_a_before_brought_runs_the_verbs_branch(plan_for: Any) -> None:
    planned = plan_for(
        "before transfer then unhold\non go transfer queue q if it fails because unavailable then hangup"
    )
    unhold, transfer = planned.verbs
    assert [branch.reasons for branch in unhold.branches] == [("unavailable",)]
    assert unhold.branches == transfer.branches


def test_say_and_play_audio(plan_for: Any) -> None:
    rule = 'on go say "x"\non tune play_audio "https://cdn.example.com/a.wav"'
    for word in ("say", "play_audio"):
        for event in ("go", "tune"):
            text = f"never {word} when paying is yes\n{rule}"
            assert plan_for(text, event, known=CALLS).words == ["play_audio!forbidden"]
            text = f"before {word} when paying is yes then unhold\n{rule}"
            assert plan_for(text, event, known=CALLS).words == ["unhold", "play_audio"]


def test_rails_that_replace_each_other_come_to_an_end(plan_for: Any) -> None:
    text = (
        "never hold when paying is yes instead mute\nnever mute when paying is yes instead hold\non go hold"
    )
    planned = plan_for(text, known=CALLS)
    assert planned.words == ["hold!forbidden"]
    assert planned.steps[0].path == "1.instead.1.instead.1"
    own = "never transfer when paying is yes instead transfer queue other\non go transfer queue q"
    assert plan_for(own, known=CALLS).words == ["transfer!forbidden"]


def test_the_first_written_rail_that_binds_decides(plan_for: Any) -> None:
    text = "never hold when paying is yes instead mute\nnever hold when paying is yes\non go hold"
    assert plan_for(text, known=CALLS).words == ["mute"]


# --- before ---


def test_before_adds_its_steps(plan_for: Any) -> None:
    text = """
before transfer when call.recording is paused then recording_resume
on go transfer queue q
"""
    planned = plan_for(text, known={"call.recording": "paused"})
    assert planned.words == ["recording_resume", "transfer"]
    assert planned.steps[0].path == "1.before1.1"
    assert planned.steps[0].note.startswith('added before transfer by "before transfer when')
    assert "steps added before transfer by" in planned.notes
    assert plan_for(text).words == ["transfer"]


def test_a_rail_sees_what_the_plan_has_done_so_far(plan_for: Any) -> None:
    rail = "before hangup unless call.disposition is known then set_disposition no_outcome\n"
    assert plan_for(f"{rail}on go hangup").words == ["set_disposition", "hangup"]
    assert plan_for(f"{rail}on go set_disposition x then hangup").words == ["set_disposition", "hangup"]
    assert plan_for(f"{rail}on go set_disposition x then hangup").bodies[0]["disposition"] == "x"
    moved = plan_for(f"{rail}on go hangup then set_disposition x")
    assert [body.get("disposition") for body in moved.bodies] == ["x", None]
    also = plan_for(f"{rail}also on go set_disposition x\non go hangup")
    assert [body.get("disposition") for body in also.bodies] == ["x", None]
    paused = plan_for(
        "before transfer when call.recording is paused then recording_resume\n"
        "on go recording_pause then transfer queue q"
    )
    assert paused.words == ["recording_pause", "recording_resume", "transfer"]
    remembered = plan_for("never hold when busy is yes\non go remember busy is yes then hold")
    assert remembered.words == ["hold!forbidden"]
    forgotten = plan_for("never hold when busy is yes\non go forget busy then hold", known={"busy": True})
    assert forgotten.words == ["hold"]


def test_a_branch_is_planned_as_if_its_verb_had_done_nothing(plan_for: Any) -> None:
    rail = "before hangup unless call.disposition is known then set_disposition no_outcome\n"
    planned = plan_for(f"{rail}on go set_disposition x if it fails then hangup")
    (branch,) = planned.verbs[0].branches
    assert [step.verb for step in branch.steps] == ["set_disposition", "hangup"]


def test_a_branch_of_what_stands_before_an_end_does_not_count_on_moved_records(plan_for: Any) -> None:
    text = """
before transfer then unhold
before hangup unless call.disposition is known then set_disposition no_outcome
on go transfer queue q if it fails then hangup
  then set_disposition SALES
"""
    text = text.replace("if it fails then hangup\n  then", "if it fails then (hangup) then")
    record, unhold, transfer = plan_for(text).verbs
    assert [step.verb for step in unhold.branches[0].steps] == ["set_disposition", "hangup"]
    assert record.body["disposition"] == "SALES"
    assert [step.verb for step in transfer.branches[0].steps] == ["set_disposition", "hangup"]


def test_before_stands_behind_moved_records_and_the_wait_stays_with_them(plan_for: Any) -> None:
    planned = plan_for(
        'before transfer then say "Connecting you."\non go transfer queue q then set_disposition x'
    )
    assert planned.words == ["set_disposition", "play_audio", "transfer"]
    assert [step.wait_for_speech for step in planned.steps] == [True, False, True]


def test_the_steps_of_a_before_call_no_other_before(plan_for: Any) -> None:
    text = 'before hold then mute\nbefore mute then say "x"\non go hold'
    assert plan_for(text).words == ["mute", "hold"]
    assert plan_for("before hold then hold\non go hold").words == ["hold", "hold"]


def test_never_comes_before_before_and_rules_what_it_brings(plan_for: Any) -> None:
    text = """
never hold when paying is yes
before hold then say "One moment."
on go hold
"""
    assert plan_for(text, known=CALLS).words == ["hold!forbidden"]
    refused = """
before transfer when call.recording is paused then recording_resume
never recording_resume when recording_refused is yes
on go transfer queue q
"""
    planned = plan_for(refused, known={"call.recording": "paused", "recording_refused": True})
    assert planned.words == ["recording_resume!forbidden", "transfer"]
    assert planned.steps[0].optional
    assert "recording_resume not sent: forbidden by" in planned.notes


def test_a_verb_that_can_not_be_sent_brings_nothing_before_it(plan_for: Any) -> None:
    planned = plan_for('before barge then say "Listen."\non go barge into agent_call')
    assert planned.words == ["barge!refused"]


def test_a_before_that_makes_a_never_bind_stops_its_verb(plan_for: Any) -> None:
    text = "never hold when busy is yes\nbefore hold then remember busy is yes\non go hold then mute"
    planned = plan_for(text)
    assert planned.words == ["hold!forbidden"]
    assert planned.steps[0].path == "1.before1.1"


def test_what_a_before_forgets_is_gone_for_its_verb(plan_for: Any) -> None:
    planned = plan_for("before barge then forget agent_call\non go barge into agent_call", known=CALLS)
    assert planned.words == ["barge!refused"]
    assert planned.steps[-1].path == "1"


def test_several_before_rails_in_written_order(plan_for: Any) -> None:
    text = 'before hold then say "a"\nbefore hold, mute then say "b"\non go hold'
    planned = plan_for(text)
    assert [body.get("tts_text") for body in planned.bodies] == ["a", "b", None]
    assert [step.path for step in planned.steps] == ["1.before1.1", "1.before2.1", "1"]


def test_a_record_before_an_end_never_stops_it(plan_for: Any) -> None:
    planned = plan_for("before hangup then set_disposition no_outcome\non go hangup if it fails then hold")
    record, hangup = planned.verbs
    assert record.optional
    assert record.branches == ()
    assert hangup.branches


def test_stop_in_a_before_ends_only_its_own_steps(plan_for: Any) -> None:
    text = 'steps a_bit\n  say "a"\n  stop\n  say "b"\nend\nbefore hold then do a_bit\non go hold then mute'
    assert plan_for(text).words == ["play_audio", "hold", "mute"]


def test_a_before_can_not_end_the_call(plan_for: Any) -> None:
    text = "before hold then mute\nnever mute when angry is yes instead hangup\non go hold"
    planned = plan_for(text, known={"angry": True})
    assert planned.words == ["hangup!forbidden"]


# --- caps, clean-up, the last look ---


def test_what_closes_a_pair_stands_under_the_rails(plan_for: Any) -> None:
    text = """
never recording_resume when recording_refused is yes
before unhold then say "Thank you for holding."
on go hold for at most 45 seconds
"""
    planned = plan_for(text)
    cap = planned.verbs[0].cap
    now = planned.state.started_at
    steps, notes, _ = make_closing(planned.ruleset, cap.verb, cap.body, "1.cap", planned.state, now)
    assert [(step.path, step.verb) for step in steps] == [
        ("1.cap.before1.1", "play_audio"),
        ("1.cap", "unhold"),
    ]
    assert "steps added before unhold" in notes[0]
    refused = planned.state._replace(facts={"recording_refused": True})
    body = {"event": "recording_resume"}
    (failed,), *_ = make_closing(planned.ruleset, "recording_resume", body, "1.cap", refused, now)
    assert (failed.verb, failed.reason) == ("recording_resume", "forbidden")


def test_the_look_again_just_before_a_send(plan_for: Any) -> None:
    planned = plan_for(
        f"{OFFICE}never transfer outside office\nnever say when paying is yes\non go transfer queue q"
    )
    (transfer,) = planned.verbs
    now = planned.state.started_at
    assert forbidden(planned.ruleset, transfer, planned.state, now) is None
    told = forbidden(planned.ruleset, transfer, planned.state, SATURDAY)
    assert told == 'forbidden by "never transfer outside office" (test.rules, line 6)'
    paying = planned.state._replace(facts={"paying": True})
    say = replace(transfer, verb="play_audio", body={"event": "play_audio", "tts_text": "x"})
    assert "never say" in (forbidden(planned.ruleset, say, paying, now) or "")
    tune = replace(say, body={"event": "play_audio", "audio_url": "https://cdn.example.com/a.wav"})
    assert "never say" in (forbidden(planned.ruleset, tune, paying, now) or "")


# --- with a name ---

NAMED = """
rule "Nobody whispers"
  never whisper
  when paying is yes
end
rule "A note"
  before hold
  log "on hold"
end
"""


def test_a_plan_says_which_guard_rail_with_a_name_had_a_hand_in_it(plan_for: Any) -> None:
    planned = plan_for(f'{NAMED}on go hold then whisper to agent_call "Hi"', known=CALLS)
    (part,) = planned.plan.parts
    assert [(at, ref.label, ref.line) for at, ref in part.rails] == [
        ("1.before1", "A note", 6),
        ("2", "Nobody whispers", 2),
    ]
    assert part.steps[-1].message == 'forbidden by "Nobody whispers" (test.rules, line 2)'


def test_in_several_files_it_is_one() -> None:
    unnamed = "never whisper when paying is yes\nbefore hold log "
    texts = {
        "a.rules": f'{unnamed}"on hold"\n',
        "b.rules": NAMED,
        "c.rules": NAMED.replace("A note", "a NOTE"),
        "d.rules": f'{unnamed}"held"\n',
    }
    checked, findings = check_sources([source_from_text(text, path) for path, text in texts.items()])
    assert findings == ()
    rails = compile_rules(checked).rails
    assert [(rail.label, rail.file) for rail in (*rails.never, *rails.before)] == [
        ("Nobody whispers", "b.rules"),
        ("A note", "b.rules"),
        ("", "d.rules"),
    ]
