"""Where a plan's part stands: which steps come, for which answers, and how it ends."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from flowrules.call.running.position import PartEnd, PartOutcome, Position
from flowrules.engine.event import make_event
from flowrules.engine.planning.plan import FailedStep, PlannedStep, PlannedVerb, WaitStep
from flowrules.engine.preview import preview

from .driven import compiled

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)

Drive = Callable[..., tuple[list[str], PartEnd, list[PlannedStep]]]


@pytest.fixture
def drive() -> Drive:
    """Go through the plan of `on go …`; `answers` are the reasons with which verbs fail. What was asked for, how it
    ended, and what did not run."""

    def run(steps: str, answers: Mapping[str, str] | None = None, head: str = ""):
        text = f'{head}rule "r"\n  on go\n{steps}\nend\n'
        (part,) = preview(compiled(text), make_event("go"), NOW).plan.parts
        asked: list[str] = []
        position = Position(part.steps)
        while (step := position.step) is not None:
            assert len(asked) < 50, "there is no end of it"
            position = position.fork()
            reason = None
            match step:
                case PlannedVerb(verb=verb):
                    asked.append(verb)
                    reason = (answers or {}).get(verb)
                case FailedStep(verb=verb, reason=reason):
                    asked.append(f"{verb}!{reason}")
                case WaitStep():
                    asked.append("wait")
            position.went_well() if reason is None else position.failed(reason)
        assert position.end is not None
        return asked, position.end, position.unrun

    return run


def test_all_goes_well(drive):
    asked, end, _ = drive('  say "Hi."\n  wait 2 seconds\n  mute')
    assert (asked, end.outcome) == (["play_audio", "wait", "mute"], PartOutcome.COMPLETED)


def test_the_first_branch_that_names_the_reason_runs_and_ends_the_part(drive):
    steps = (
        '  get_call_state\n    if it fails because timeout then mute\n    if it fails then unmute\n  log "x"'
    )
    assert drive(steps, {"get_call_state": "timeout"})[0] == ["get_call_state", "mute"]
    asked, end, unrun = drive(steps, {"get_call_state": "limited"})
    assert (asked, end.outcome, end.reason) == (["get_call_state", "unmute"], PartOutcome.BRANCHED, "limited")
    assert [step.verb for step in unrun] == ["log"]


def test_a_refused_record_does_not_stop_the_end(drive):
    asked, end, _ = drive("  transfer queue q\n  set_disposition X", {"set_disposition": "refused"})
    assert (asked, end.outcome) == (["set_disposition", "transfer"], PartOutcome.ENDED)


def test_nor_does_a_failing_branch_of_a_refused_record(drive):
    steps = "  transfer queue q\n  set_disposition X\n    if it fails then set_disposition Y"
    asked, end, _ = drive(steps, {"set_disposition": "refused"})
    assert (asked, end.outcome) == (["set_disposition", "set_disposition", "transfer"], PartOutcome.ENDED)


def test_records_behind_the_end_are_tried_where_the_file_says_so(drive):
    asked, end, _ = drive("  transfer queue q\n  set_disposition X", head="order as written\n")
    assert (asked, end.outcome) == (["transfer", "set_disposition"], PartOutcome.ENDED)
    asked, end, _ = drive(
        "  transfer queue q\n  set_disposition X", {"set_disposition": "ended"}, head="order as written\n"
    )
    assert (asked, end.outcome) == (["transfer", "set_disposition"], PartOutcome.ENDED)


def test_a_409_ends_the_part(drive):
    asked, end, _ = drive("  mute\n  hold\n  unhold", {"hold": "ended"})
    assert (asked, end.outcome, end.reason) == (["mute", "hold"], PartOutcome.ENDED, "ended")


GOES_ON = """\
  hold
    if it fails because timeout then (send_dtmf "1" then go on)
    if it fails because refused then say "No."
    if it fails then go on
  mute
  log "x"
    if it fails then (unmute then go on)
  get_call_state"""


def test_behind_a_branch_that_goes_on_the_steps_below_run(drive):
    assert drive(GOES_ON)[0] == ["hold", "mute", "log", "get_call_state"]
    asked, end, unrun = drive(GOES_ON, {"hold": "timeout"})
    assert asked == ["hold", "send_dtmf", "mute", "log", "get_call_state"]
    assert (end.outcome, end.reason, unrun) == (PartOutcome.COMPLETED, "", [])
    asked, end, unrun = drive(GOES_ON, {"hold": "late", "log": "limited"})
    assert (asked, end.outcome) == (
        ["hold", "mute", "log", "unmute", "get_call_state"], PartOutcome.COMPLETED,
    )  # fmt: skip


def test_another_branch_of_the_step_does_not_go_on(drive):
    asked, end, unrun = drive(GOES_ON, {"hold": "refused"})
    assert (asked, end.outcome) == (["hold", "play_audio"], PartOutcome.BRANCHED)
    assert [step.verb for step in unrun] == ["mute", "log", "get_call_state"]


def test_a_branch_that_fails_itself_does_not_go_on(drive):
    asked, end, unrun = drive(GOES_ON, {"hold": "timeout", "send_dtmf": "refused"})
    assert asked == ["hold", "send_dtmf"]
    assert (end.outcome, end.verb, end.reason) == (PartOutcome.FAILED, "send_dtmf", "refused")
    assert [step.verb for step in unrun] == ["mute", "log", "get_call_state"]
    assert drive(GOES_ON, {"log": "late", "unmute": "ended"})[1].outcome is PartOutcome.ENDED


def test_a_branch_within_a_branch_goes_on_within_it(drive):
    steps = """\
  hold
    if it fails then (mute if it fails then go on then say "Sorry." then go on)
  log "x\""""
    assert drive(steps, {"hold": "refused", "mute": "refused"})[0] == ["hold", "mute", "play_audio", "log"]


def test_a_step_that_failed_while_planning_goes_on_too(drive):
    head = "never hold when call.muted is no\n"
    asked, end, _ = drive(GOES_ON, head=head)
    assert asked == ["hold!forbidden", "mute", "log", "get_call_state"]
    assert end.outcome is PartOutcome.COMPLETED


def test_what_stands_before_a_verb_fails_it_and_the_plan_goes_on_behind_it(drive):
    head = 'before hold then get_call_state then log "ready" then say "Wait."\n'
    asked, end, _ = drive(GOES_ON, {"log": "limited"}, head=head)
    assert asked == ["get_call_state", "log", "mute", "log", "unmute", "get_call_state"]
    assert end.outcome is PartOutcome.COMPLETED


def test_what_can_not_be_sent_before_a_verb_fails_it_too(drive):
    head = "destination lost by nowhere\n  a is agent a_1\nend\nbefore mute then conference_add to lost\n"
    steps = '  mute\n    if it fails then (say "Sorry." then go on)\n  log "x"'
    asked, end, _ = drive(steps, head=head)
    assert (asked, end.outcome) == (["conference_add!refused", "play_audio", "log"], PartOutcome.COMPLETED)


def test_a_fork_stands_where_it_was_made():
    steps = (
        preview(compiled(f'rule "r"\n  on go\n{GOES_ON}\nend\n'), make_event("go"), NOW).plan.parts[0].steps
    )
    position = Position(steps)
    position.failed("timeout")
    twin = position.fork()
    position.went_well()
    position.give_up()
    assert [step.verb for step in twin.ahead()] == ["send_dtmf", "mute", "log", "get_call_state"]
    assert (twin.end, twin.unrun) == (None, [])
    twin.went_well()
    assert twin.step == steps[1]


def test_what_is_given_up_did_not_run_from_the_step_whose_turn_it_was(drive):
    steps = (
        preview(compiled(f'rule "r"\n  on go\n{GOES_ON}\nend\n'), make_event("go"), NOW).plan.parts[0].steps
    )
    position = Position(steps)
    position.failed("timeout")
    position.give_up()
    assert [step.verb for step in position.unrun] == ["send_dtmf", "mute", "log", "get_call_state"]
    assert position.end == PartEnd(PartOutcome.ENDED)
