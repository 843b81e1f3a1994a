"""What an ending verb brings before it: moved records, the steps of `before`, the closing of capped pairs, in this
order and in one scene."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.compiler.refs import RuleRef
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.event import make_event
from flowrules.engine.planning.plan import FailedStep, Plan, PlannedStep, PlannedVerb, RememberStep
from flowrules.engine.planning.plan_json import plan_json, requests
from flowrules.engine.planning.planner import make_late_closings, make_plan
from flowrules.engine.state import CallState, OpenCap, open_cap
from flowrules.verbs import Effect

RAIL = "before hangup unless call.disposition is known then set_disposition no_outcome\n"


def shown(steps: Iterable[PlannedStep]) -> list[str]:
    """Each step by its path and verb."""
    return [
        f"{step.path} {step.verb}" if isinstance(step, PlannedVerb | FailedStep) else step.path
        for step in steps
    ]


def with_caps(planned: Any, *verbs: str, event: str = "go", **fields: str) -> Plan:
    """The plan of a call in which these closings are still to come."""
    state: CallState = planned.state
    for number, verb in enumerate(verbs):
        due = state.started_at + timedelta(seconds=30 + number)
        cap = OpenCap(
            due, RuleRef("r", "r", "x.rules", 1), "e0", str(number), verb, {"event": verb, **fields}
        )
        state = open_cap(state, cap)
    heard = make_event(event)
    state = apply_event(planned.ruleset, state, heard, state.started_at)
    return make_plan(planned.ruleset, decide(planned.ruleset, heard, state, state.started_at), state)


def steps_of(plan: Plan) -> list[PlannedStep]:
    return [step for part in plan.parts for step in part.steps]


# --- order, and one scene -----------------------------------------------------------------------------------


def test_moved_records_then_before_then_closings_then_the_ending(plan_for: Any) -> None:
    planned = plan_for(
        'before transfer then log "handing over"\n'
        "on go recording_pause for at most 2 minutes then transfer queue q then set_disposition SALES"
    )
    assert shown(planned.steps) == [
        "1 recording_pause", "3 set_disposition", "2.before1.1 log", "2.close1 recording_resume", "2 transfer",
    ]  # fmt: skip


def test_condition_and_text_of_a_before_see_the_moved_records(plan_for: Any) -> None:
    planned = plan_for(
        'before transfer when call.disposition is SALES then log "goes as {call.disposition}"\n'
        "on go transfer queue q then set_disposition SALES"
    )
    assert planned.bodies[1] == {"event": "log", "metadata": {"message": "goes as SALES"}}
    assert "unknown" not in planned.notes


def test_a_field_that_a_moved_record_fills_is_read_by_a_before(plan_for: Any) -> None:
    planned = plan_for(
        'before transfer then say "I note {lead.interest}."\n'
        "on go transfer queue q then set_lead_field interest to loans then remember note is yes",
        known={"lead.interest": "cards"},
    )
    assert [body.get("tts_text") for body in planned.bodies] == [None, "I note loans.", None]


def test_what_a_before_does_the_next_one_and_the_ending_see(plan_for: Any) -> None:
    text = (
        'before transfer unless greeted is yes then say "Goodbye." then remember greeted is yes\n'
        'before transfer when greeted is yes then log "greeted"\n'
        "never transfer when greeted is yes\n"
        "on go transfer queue q then set_disposition SALES"
    )
    planned = plan_for(text)
    assert planned.words == ["play_audio", "log", "transfer!forbidden"]
    assert "set_disposition left out with transfer" in planned.notes
    assert "moved before" not in planned.notes


def test_an_ending_that_a_moved_record_forbids_brings_nothing(plan_for: Any) -> None:
    planned = plan_for(
        'never transfer when call.disposition is SALES\nbefore transfer then say "x"\n'
        "on go hold for at most 9 seconds then transfer queue q then set_disposition SALES"
    )
    assert planned.words == ["hold", "transfer!forbidden"]


def test_a_before_that_fails_leaves_the_records_out(plan_for: Any) -> None:
    text = """
before transfer then barge into nobody
rule "x"
  on go
  transfer queue q
    if it fails then hangup
  set_disposition SALES
end
"""
    planned = plan_for(RAIL + text)
    (failed,) = planned.steps
    assert (failed.path, failed.reason) == ("1.before1.1", "refused")
    assert shown(failed.branches[0].steps) == ["1.fail1.1.before1.1 set_disposition", "1.fail1.1 hangup"]
    assert "set_disposition left out with transfer" in planned.notes


# --- provisional records ------------------------------------------------------------------------------------


def test_what_a_moved_record_told_is_not_known_where_the_ending_fails(plan_for: Any) -> None:
    planned = plan_for(f"""
{RAIL}
rule "x"
  on go
  transfer queue q
    if it fails then hangup
  set_disposition SALES
end
""")
    record, transfer = planned.verbs
    assert (record.provisional, transfer.provisional) == (True, False)
    (branch,) = transfer.branches
    assert [step.body.get("disposition") for step in branch.steps] == ["no_outcome", None]
    assert [step.provisional for step in branch.steps] == [True, False]


def test_an_earlier_value_is_known_again(plan_for: Any) -> None:
    planned = plan_for(
        """
rule "x"
  on go
  transfer queue q
    if it fails then log "{call.lead_status}, {lead.interest}, {call.callback}, {sold}"
  set_lead_status callback
  set_lead_field interest to loans
  schedule_callback in 2 hours
  remember sold is yes
end
""",
        known={"call.lead_status": "new", "lead.interest": "cards"},
    )
    assert [step.provisional for step in planned.steps] == [True, True, True, True, False]
    transfer = planned.verbs[-1]
    assert transfer.branches[0].steps[0].body["metadata"] == {"message": "new, cards, , "}


def test_what_is_not_written_behind_the_ending_stays_known(plan_for: Any) -> None:
    planned = plan_for(f"""
{RAIL}
rule "x"
  on go
  set_disposition SALES
  remember sold is yes
  transfer queue q
    if it fails then hangup
end
""")
    assert not any(step.provisional for step in planned.steps)
    assert shown(planned.verbs[-1].branches[0].steps) == ["3.fail1.1 hangup"]


def test_a_record_that_a_before_brings_to_an_ending_is_for_that_ending(plan_for: Any) -> None:
    planned = plan_for(f"""
before transfer unless call.disposition is known then set_disposition handed_over then remember told is yes
{RAIL}
rule "x"
  on go
  transfer queue q
    if it fails then hangup
end
""")
    record, remembered, transfer = planned.steps
    assert record.provisional
    assert isinstance(remembered, RememberStep)
    assert not remembered.provisional
    assert shown(transfer.branches[0].steps) == ["1.fail1.1.before1.1 set_disposition", "1.fail1.1 hangup"]


def test_a_record_that_a_before_brings_to_another_verb_is_an_ordinary_one(plan_for: Any) -> None:
    planned = plan_for("before hold then set_disposition waits\non go hold")
    assert [step.provisional for step in planned.verbs] == [False, False]


def test_the_branch_of_a_moved_record_belongs_to_the_ending_too(plan_for: Any) -> None:
    planned = plan_for("""
rule "x"
  on go
  transfer queue q
    if it fails then log "was {call.disposition} {call.lead_status}"
  set_lead_status callback
  set_disposition SALES
    if it fails then (set_disposition OTHER then log "is {call.lead_status}")
end
""")
    status, disposition, transfer = planned.verbs
    other, log = disposition.branches[0].steps
    assert (status.provisional, other.provisional) == (True, True)
    assert log.body["metadata"] == {"message": "is callback"}
    assert transfer.branches[0].steps[0].body["metadata"] == {"message": "was  "}


def test_the_branch_of_a_step_that_gives_the_ending_up_records_for_good(plan_for: Any) -> None:
    planned = plan_for("""
before transfer then set_disposition handed_over then unhold if it fails then (set_disposition stuck then log "x")
on go transfer queue q
""")
    record, unhold, _ = planned.verbs
    assert record.provisional
    assert [step.provisional for step in unhold.branches[0].steps] == [False, False]


def test_what_takes_the_place_of_an_ending_records_for_good(plan_for: Any) -> None:
    planned = plan_for(
        """
before transfer then set_disposition handed_over then send_dtmf "1"
never send_dtmf when busy is yes instead log "was {call.disposition}" then set_disposition busy
on go transfer queue q
""",
        known={"busy": True},
    )
    assert [(step.verb, step.provisional) for step in planned.verbs] == [
        ("set_disposition", True), ("log", False), ("set_disposition", False),
    ]  # fmt: skip
    assert planned.verbs[1].body["metadata"] == {"message": "was "}


def test_records_behind_the_end_of_a_file_as_written_are_for_good(plan_for: Any) -> None:
    planned = plan_for("order as written\non go transfer queue q then set_disposition x")
    assert not any(step.provisional for step in planned.verbs)


def test_a_record_that_tells_nothing_is_not_provisional(plan_for: Any) -> None:
    planned = plan_for('on go transfer queue q then log "x"')
    assert not any(step.provisional for step in planned.verbs)


# --- pairs with a cap ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("hold for at most 45 seconds", {"event": "unhold"}),
        ("mute for at most 30 seconds", {"event": "unmute", "target": "caller"}),
        ("mute agent for at most 30 seconds", {"event": "unmute", "target": "agent"}),
        ("recording_pause for at most 3 minutes", {"event": "recording_resume"}),
    ],
)
@pytest.mark.parametrize("ending", ["transfer queue q", "hangup", "conference_leave", "transfer now queue q"])
def test_what_the_plan_opens_is_closed_before_its_end(
    plan_for: Any, opening: str, closing: dict[str, str], ending: str
) -> None:
    planned = plan_for(f"on go {opening} then {ending}")
    _, closed, end = planned.verbs
    assert (closed.body, closed.path, closed.closes_cap, closed.optional) == (closing, "2.close1", True, True)
    why = f"{closed.verb} before {end.verb}: its cap could not act afterwards"
    assert closed.note == why
    assert planned.plan.notes == (why,)
    assert closed.wait_for_speech is end.wait_for_speech is ("now" not in ending)


def test_what_was_open_before_is_closed_too(plan_for: Any) -> None:
    planned = plan_for("on go transfer queue q then set_disposition x")
    assert planned.words == ["set_disposition", "transfer"]
    plan = with_caps(planned, "recording_resume", "unhold")
    assert shown(steps_of(plan)) == [
        "2 set_disposition", "1.close1 recording_resume", "1.close2 unhold", "1 transfer",
    ]  # fmt: skip
    assert [step.wait_for_speech for step in steps_of(plan)] == [True, False, False, True]
    assert with_caps(planned) == planned.plan
    assert [body["event"] for body in requests(plan)] == [
        "set_disposition", "recording_resume", "unhold", "transfer",
    ]  # fmt: skip


def test_an_also_rule_opens_what_the_owner_closes(plan_for: Any) -> None:
    planned = plan_for("also on go hold for at most 5 seconds\non go transfer queue q")
    assert planned.words == ["hold", "unhold", "transfer"]
    assert plan_for("also on go mute\non go transfer queue q").words == ["mute", "transfer"]


def test_what_is_closed_already_is_not_closed_again(plan_for: Any) -> None:
    closed = plan_for("on go hold for at most 5 seconds then unhold then transfer queue q")
    assert closed.words == ["hold", "unhold", "transfer"]
    by_rail = plan_for(
        "before transfer when call.recording is paused then recording_resume\n"
        "on go recording_pause for at most 5 seconds then transfer queue q"
    )
    assert by_rail.words == ["recording_pause", "recording_resume", "transfer"]
    assert by_rail.verbs[1].path == "2.before1.1"
    other = plan_for("on go mute agent for at most 5 seconds then unmute then transfer queue q")
    assert other.words == ["mute", "unmute", "unmute", "transfer"]


def test_a_pair_without_a_cap_is_left_as_it_is(plan_for: Any) -> None:
    assert plan_for("on go hold then transfer queue q").words == ["hold", "transfer"]
    again = plan_for("on go hold for at most 5 seconds then hold for at most 9 seconds then transfer queue q")
    assert again.words == ["hold", "hold", "unhold", "transfer"]


def test_an_ending_that_can_not_be_sent_closes_nothing(plan_for: Any) -> None:
    forbidden = plan_for(
        "never transfer when busy is yes\non go hold for at most 5 seconds then transfer queue q",
        known={"busy": True},
    )
    assert forbidden.words == ["hold", "transfer!forbidden"]
    replaced = plan_for(
        'never transfer when busy is yes instead say "Wait."\non go hold for at most 5 seconds then transfer queue q',
        known={"busy": True},
    )
    assert replaced.words == ["hold", "play_audio"]
    ends = plan_for(
        "never transfer when busy is yes instead hangup\non go hold for at most 5 seconds then transfer queue q",
        known={"busy": True},
    )
    assert shown(ends.steps) == ["1 hold", "2.instead.1.close1 unhold", "2.instead.1 hangup"]


def test_a_closing_stands_under_the_rails_and_never_stops_the_ending(plan_for: Any) -> None:
    never = "never recording_resume when recording_refused is yes\n"
    rule = "on go recording_pause for at most 5 seconds then transfer queue q if it fails then hangup"
    planned = plan_for(never + rule, known={"recording_refused": True})
    assert planned.words == ["recording_pause", "recording_resume!forbidden", "transfer"]
    assert planned.steps[1].optional
    assert planned.verbs[1].wait_for_speech
    assert "recording_resume not sent: forbidden by" in planned.notes
    instead = plan_for(
        f'never recording_resume when recording_refused is yes instead log "stays off" then hangup\n{rule}',
        known={"recording_refused": True},
    )
    assert instead.words == ["recording_pause", "log", "hangup!forbidden", "transfer"]
    assert shown(instead.steps)[1] == "2.close1.instead.1 log"
    before = plan_for(
        'before unhold then say "Thank you for holding."\non go hold for at most 5 seconds then transfer queue q'
    )
    assert shown(before.steps) == ["1 hold", "2.close1.before1.1 play_audio", "2.close1 unhold", "2 transfer"]
    assert [step.wait_for_speech for step in before.steps] == [False, True, False, True]
    assert [step.closes_cap for step in before.verbs] == [False, False, True, False]


def test_a_rail_over_the_closing_is_asked_each_time(plan_for: Any) -> None:
    text = "never unhold when busy is yes\non go hold for at most 5 seconds then transfer queue q"
    assert plan_for(text).words == ["hold", "unhold", "transfer"]
    assert plan_for(text, known={"busy": True}).words == ["hold", "unhold!forbidden", "transfer"]


def test_in_the_branches_of_the_ending_its_pairs_are_closed(plan_for: Any) -> None:
    planned = plan_for(
        "before hangup when call.on_hold is yes then unhold\n"
        'rule "x"\n  on go\n  hold for at most 5 seconds\n  transfer queue q\n    if it fails then hangup\nend\n'
    )
    assert planned.words == ["hold", "unhold", "transfer"]
    assert shown(planned.verbs[-1].branches[0].steps) == ["2.fail1.1 hangup"]


def test_an_ending_in_a_branch_closes_what_is_open_there(plan_for: Any) -> None:
    planned = plan_for(
        'rule "x"\n  on go\n  hold for at most 5 seconds\n  send_dtmf "1"\n    if it fails then hangup\n  unhold\nend\n'
    )
    hold, dtmf, _ = planned.verbs
    assert hold.branches == ()
    assert shown(dtmf.branches[0].steps) == ["2.fail1.1.close1 unhold", "2.fail1.1 hangup"]


def test_what_may_have_opened_is_closed_in_its_own_branch(plan_for: Any) -> None:
    planned = plan_for("""
rule "x"
  on go
  recording_pause for at most 3 minutes
    if it fails because refused then transfer queue a
    if it fails then transfer queue b
end
""")
    refused, any_other = planned.verbs[0].branches
    assert shown(refused.steps) == ["1.fail1.1 transfer"]
    assert shown(any_other.steps) == ["1.fail2.1.close1 recording_resume", "1.fail2.1 transfer"]
    unknown_is_taken = plan_for(
        'rule "x"\n  on go\n  hold for at most 5 seconds\n    if it fails because timeout then say "x"\n'
        "    if it fails then hangup\nend\n"
    )
    assert shown(unknown_is_taken.verbs[0].branches[1].steps) == ["1.fail2.1 hangup"]
    not_sent = plan_for(
        'never hold when busy is yes\nrule "x"\n  on go\n  hold for at most 5 seconds\n    if it fails then hangup\nend\n',
        known={"busy": True},
    )
    assert shown(not_sent.failed.branches[0].steps) == ["1.fail1.1 hangup"]


def test_a_file_as_written_closes_before_the_end_too(plan_for: Any) -> None:
    planned = plan_for(
        "order as written\non go hold for at most 5 seconds then hangup then set_disposition x"
    )
    assert planned.words == ["hold", "unhold", "hangup", "set_disposition"]


def test_what_was_not_foreseen_is_closed_right_before_the_end(plan_for: Any) -> None:
    planned = plan_for(
        "never recording_resume when busy is yes\n"
        'before unhold then say "Thank you."\non go hold for at most 5 seconds then transfer queue q'
    )
    ending, now = planned.verbs[-1], planned.state.started_at
    rule, state = RuleRef("r", "r", "x.rules", 1), planned.state
    for verb in ("unhold", "recording_resume"):
        state = open_cap(state, OpenCap(now, rule, "e0", "1", verb, {"event": verb}))
    steps, notes = make_late_closings(planned.ruleset, ending, state, now)
    assert shown(steps) == ["2.late1.before1.1 play_audio", "2.late1 unhold", "2.late2 recording_resume"]
    assert all(step.optional for step in steps if isinstance(step, PlannedVerb))
    assert "recording_resume before transfer: its cap could not act afterwards" in notes
    tried = [(step.verb, step.body) for step in planned.verbs if step.closes_cap]
    assert shown(make_late_closings(planned.ruleset, ending, state, now, tried)[0]) == [
        "2.late1 recording_resume"
    ]
    assert make_late_closings(planned.ruleset, ending, planned.state, now) == ((), ())


def test_the_closing_waits_again_behind_what_a_before_says(plan_for: Any) -> None:
    planned = plan_for(
        'before hangup then say "Goodbye."\n'
        "on go recording_pause for at most 5 seconds then hangup then set_disposition x"
    )
    assert [(step.verb, step.wait_for_speech) for step in planned.verbs] == [
        ("recording_pause", False), ("set_disposition", True), ("play_audio", False), ("recording_resume", True),
        ("hangup", True),
    ]  # fmt: skip


def test_json_says_what_is_provisional_and_what_closes(plan_for: Any) -> None:
    planned = plan_for(
        "on go hold for at most 5 seconds then transfer queue q then set_disposition x then remember done is yes"
    )
    _, record, remembered, closing, transfer = plan_json(planned.plan)["parts"][0]["steps"]
    assert record["provisional"] is remembered["provisional"] is closing["closes_cap"] is True
    assert not {"provisional", "closes_cap"} & transfer.keys()


# --- whatever the rules are ---------------------------------------------------------------------------------

LIVE = ["hold", "hold for at most 5 seconds", "unhold", "mute for at most 9 seconds", "mute agent for at most 9 seconds",
        "unmute", "recording_pause for at most 2 minutes", "recording_resume", 'say "x"']  # fmt: skip
RECORDS = ["set_disposition SALES", "set_lead_status callback", "remember done is yes", 'log "x"']
ENDINGS = ["transfer queue q", "hangup", "hangup now", "conference_leave"]
GUARDS = [
    "",
    "when busy is yes",
    "unless call.disposition is known",
    "when call.on_hold is yes",
    "when done is yes",
]
CLOSERS = ["unhold", "unmute", "recording_resume"]


@st.composite
def rule_sets(draw: Any) -> str:
    """Rails over what ends, closes and records, and rules of steps with an end, records and failure branches."""

    def some(choices: list[str], most: int) -> list[str]:
        return draw(st.lists(st.sampled_from(choices), max_size=most))

    lines = []
    for _ in range(draw(st.integers(0, 3))):
        verb = draw(st.sampled_from(["transfer", "hangup", "set_disposition", "hold", *CLOSERS]))
        guard = draw(st.sampled_from(GUARDS))
        brought = draw(
            st.sampled_from(
                ['log "x"', "remember done is yes", "unhold"] if verb in CLOSERS else RECORDS + LIVE
            )
        )
        lines.append(f"before {verb} {guard} then {brought}")
    if draw(st.booleans()):
        verb, guard = (
            draw(st.sampled_from(["transfer", "set_disposition", "hold"])),
            draw(st.sampled_from(GUARDS[1:])),
        )
        lines.append(f"never {verb} {guard}{draw(st.sampled_from(['', ' instead hangup', ' instead mute']))}")
    if draw(st.booleans()):
        lines.append(f"also on go {draw(st.sampled_from(LIVE + RECORDS))}")
    lines += ['rule "x"', "  on go"]
    for step in some(LIVE + RECORDS, 3):
        lines.append(f"  {step}")
    lines.append(f"  {draw(st.sampled_from(ENDINGS))}")
    if draw(st.booleans()):
        inner = " then ".join([*some(LIVE + RECORDS, 2), draw(st.sampled_from(ENDINGS)), *some(RECORDS, 1)])
        lines.append(
            f"    if it fails then ({inner})" if " then " in inner else f"    if it fails then {inner}"
        )
    lines += [f"  {step}" for step in some(RECORDS, 3)]
    return "\n".join([*lines, "end\n"])


def runs(steps: tuple[PlannedStep, ...]) -> Iterator[tuple[PlannedStep, ...]]:
    """The ways in which steps can run where every step goes well, or one of them fails and its branch runs."""
    yield steps
    for index, step in enumerate(steps):
        for branch in step.branches if isinstance(step, PlannedVerb | FailedStep) else ():
            for inner in runs(branch.steps):
                yield (*steps[:index], *inner)


@given(rule_sets(), st.booleans())
@settings(deadline=None)
def test_however_a_plan_runs_its_end_finds_every_pair_closed(plan_for: Any, text: str, busy: bool) -> None:
    planned = plan_for(text, known={"busy": busy}, checks=False)
    also = [step for part in planned.plan.parts[:-1] for step in part.steps]
    for steps in runs(planned.plan.parts[-1].steps):
        paths = [step.path for step in steps]
        assert len(paths) == len(set(paths)), "no two requests share a key"
        open_pairs: set[tuple[str, object]] = set()
        for step in (*also, *steps):
            if isinstance(step, PlannedVerb):
                open_pairs.discard((step.verb, step.body.get("target")))
                if step.cap is not None:
                    open_pairs.add((step.cap.verb, step.cap.body.get("target")))
                if step.effect is Effect.ENDING:
                    assert not open_pairs


@given(rule_sets(), st.booleans())
@settings(deadline=None)
def test_what_an_ending_brings_has_its_order(plan_for: Any, text: str, busy: bool) -> None:
    planned = plan_for(text, known={"busy": busy}, checks=False)
    for steps in runs(planned.plan.parts[-1].steps):
        ending = next(
            (step for step in steps if isinstance(step, PlannedVerb) and step.effect is Effect.ENDING), None
        )
        if ending is None:
            continue
        moved = f"moved before {ending.verb}"
        ranks = [
            0 if isinstance(step, PlannedVerb) and step.note.startswith(moved)
            else 1 if step.path.startswith(f"{ending.path}.before")
            else 2 if step.path.startswith(f"{ending.path}.close")
            else 3 if step is ending
            else None
            for step in steps
        ]  # fmt: skip
        brought = [rank for rank in ranks if rank is not None]
        assert brought == sorted(brought)


@given(rule_sets(), st.booleans(), st.lists(st.sampled_from(["unhold", "recording_resume"]), unique=True))
@settings(deadline=None)
def test_a_plan_that_is_made_once_is_the_one_that_would_be_made_each_time(
    plan_for: Any, text: str, busy: bool, verbs: list[str]
) -> None:
    planned = plan_for(text, known={"busy": busy}, checks=False)
    once = with_caps(planned, *verbs)
    planned.ruleset.ready.update(dict.fromkeys(planned.ruleset.ready))
    assert not any(planned.ruleset.ready.values())
    each_time = with_caps(planned, *verbs)
    assert each_time.parts == once.parts
    assert each_time.notes == once.notes
