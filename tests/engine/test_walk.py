"""The walk of a plan, driven by hand: which steps come, for which answers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from flowrules.compiler.load import load_rules
from flowrules.engine.event import make_event
from flowrules.engine.plan import FailedStep, PlannedVerb, WaitStep
from flowrules.engine.preview import preview
from flowrules.engine.walk import Opened, PartEnd, PartOutcome, walk
from flowrules.source import source_from_text

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)

Drive = Callable[..., tuple[list[str], PartEnd]]


@pytest.fixture
def drive() -> Drive:
    """Walk the plan of `on go …`; `answers` are the reasons with which verbs fail. What was asked for, and the end."""

    def run(
        steps: str,
        answers: Mapping[str, str] | None = None,
        head: str = "",
        opened: Opened | None = None,
        before_closing: str = "",
    ):
        text = f'{head}rule "r"\n  on go\n{steps}\nend\n'
        loaded = load_rules([source_from_text(text)])
        assert loaded.ruleset is not None, loaded.findings
        (part,) = preview(loaded.ruleset, make_event("go"), NOW).plan.parts
        asked: list[str] = []

        def closing(opening: PlannedVerb) -> tuple[PlannedVerb, ...]:
            verbs = [before_closing] if before_closing else []
            verbs.append({"hold": "unhold", "mute": "unmute"}[opening.verb])
            return tuple(
                PlannedVerb(f"{opening.path}.close{number}", verb, {"event": verb}, opening.effect)
                for number, verb in enumerate(verbs)
            )

        walking = walk(part, opened or Opened(), closing)
        answer = None
        try:
            while True:
                step = walking.send(answer)
                assert len(asked) < 50, "there is no end of it"
                answer = None
                match step:
                    case PlannedVerb(verb=verb, body=body):
                        asked.append(verb)
                        label = f"{verb} {body.get('disposition', '')}".strip()
                        answer = (answers or {}).get(label) or (answers or {}).get(verb)
                    case FailedStep(verb=verb, reason=reason):
                        asked.append(f"{verb}!{reason}")
                    case WaitStep():
                        asked.append("wait")
        except StopIteration as stop:
            return asked, stop.value

    return run


def test_all_goes_well(drive):
    asked, end = drive('  say "Hi."\n  wait 2 seconds\n  mute')
    assert (asked, end.outcome) == (["play_audio", "wait", "mute"], PartOutcome.COMPLETED)


def test_the_first_branch_that_names_the_reason_runs_and_ends_the_part(drive):
    steps = (
        '  get_call_state\n    if it fails because timeout then mute\n    if it fails then unmute\n  log "x"'
    )
    assert drive(steps, {"get_call_state": "timeout"})[0] == ["get_call_state", "mute"]
    asked, end = drive(steps, {"get_call_state": "limited"})
    assert (asked, end.outcome, end.reason) == (["get_call_state", "unmute"], PartOutcome.BRANCHED, "limited")
    assert [step.verb for step in end.unrun] == ["log"]


def test_without_a_branch_the_part_fails_and_closes_what_it_opened(drive):
    asked, end = drive(
        '  hold\n  mute agent\n  send_dtmf "1"\n  unhold\n  unmute agent', {"send_dtmf": "refused"}
    )
    assert asked == ["hold", "mute", "send_dtmf", "unmute", "unhold"]
    assert (end.outcome, end.verb, end.reason) == (PartOutcome.FAILED, "send_dtmf", "refused")


def test_what_was_closed_again_is_not_closed_twice(drive):
    asked, _ = drive('  hold\n  unhold\n  send_dtmf "1"', {"send_dtmf": "refused"})
    assert asked == ["hold", "unhold", "send_dtmf"]


def test_a_recording_is_never_resumed_by_itself(drive):
    asked, _ = drive('  recording_pause for at most 1 minute\n  send_dtmf "1"', {"send_dtmf": "refused"})
    assert asked == ["recording_pause", "send_dtmf"]


def test_a_refused_record_does_not_stop_the_end(drive):
    asked, end = drive("  transfer queue q\n  set_disposition X", {"set_disposition": "refused"})
    assert (asked, end.outcome) == (["set_disposition", "transfer"], PartOutcome.ENDED)


def test_nor_does_a_failing_branch_of_a_refused_record(drive):
    steps = "  transfer queue q\n  set_disposition X\n    if it fails then set_disposition Y"
    asked, end = drive(steps, {"set_disposition": "refused"})
    assert (asked, end.outcome) == (["set_disposition", "set_disposition", "transfer"], PartOutcome.ENDED)


def test_records_behind_the_end_are_tried_where_the_file_says_so(drive):
    asked, end = drive("  transfer queue q\n  set_disposition X", head="order as written\n")
    assert (asked, end.outcome) == (["transfer", "set_disposition"], PartOutcome.ENDED)
    asked, end = drive(
        "  transfer queue q\n  set_disposition X", {"set_disposition": "ended"}, head="order as written\n"
    )
    assert (asked, end.outcome, end.reason) == (["transfer", "set_disposition"], PartOutcome.ENDED, "")


def test_a_409_ends_the_part(drive):
    asked, end = drive("  mute\n  hold\n  unhold", {"hold": "ended"})
    assert (asked, end.outcome, end.reason) == (["mute", "hold"], PartOutcome.ENDED, "ended")


def test_where_the_session_has_ended_no_further_pair_is_closed(drive):
    asked, end = drive(
        '  mute\n  hold\n  send_dtmf "1"\n  log "x"', {"send_dtmf": "refused", "unhold": "ended"}
    )
    assert asked == ["mute", "hold", "send_dtmf", "unhold"]
    assert (end.outcome, end.verb, end.reason) == (PartOutcome.ENDED, "send_dtmf", "refused")
    assert [step.verb for step in end.unrun] == ["unmute", "log"]


def test_what_a_rail_opens_while_pairs_are_closed_is_not_closed_again(drive):
    asked, end = drive(
        '  mute\n  hold\n  send_dtmf "1"',
        {"send_dtmf": "refused", "unhold": "refused"},
        before_closing="hold",
    )
    assert asked == ["mute", "hold", "send_dtmf", "hold", "unhold", "hold", "unmute"]
    assert end.outcome is PartOutcome.FAILED


def test_no_ending_verb_follows_one_that_may_have_acted(drive):
    steps = "  transfer queue q\n    if it fails then hangup"
    asked, end = drive(steps, {"transfer": "timeout"})
    assert asked == ["transfer", "hangup!timeout"]
    assert end.outcome is PartOutcome.FAILED
    assert drive(steps, {"transfer": "unavailable"})[0] == ["transfer", "hangup"]


GOES_ON = """\
  hold
    if it fails because timeout then (say "Sorry." then go on)
    if it fails because refused then say "No."
    if it fails then go on
  mute
  log "x"
    if it fails then (unmute then go on)
  get_call_state"""


def test_behind_a_branch_that_goes_on_the_steps_below_run(drive):
    assert drive(GOES_ON)[0] == ["hold", "mute", "log", "get_call_state"]
    asked, end = drive(GOES_ON, {"hold": "timeout"})
    assert asked == ["hold", "play_audio", "mute", "log", "get_call_state"]
    assert (end.outcome, end.reason, end.unrun) == (PartOutcome.COMPLETED, "", ())
    asked, end = drive(GOES_ON, {"hold": "late", "log": "limited"})
    assert (asked, end.outcome) == (
        ["hold", "mute", "log", "unmute", "get_call_state"], PartOutcome.COMPLETED,
    )  # fmt: skip


def test_another_branch_of_the_step_does_not_go_on(drive):
    asked, end = drive(GOES_ON, {"hold": "refused"})
    assert (asked, end.outcome) == (["hold", "play_audio"], PartOutcome.BRANCHED)
    assert [step.verb for step in end.unrun] == ["mute", "log", "get_call_state"]


def test_a_branch_that_fails_itself_does_not_go_on(drive):
    asked, end = drive(GOES_ON, {"hold": "timeout", "play_audio": "refused"})
    assert asked == ["hold", "play_audio", "unhold"], "what may have been opened is closed"
    assert (end.outcome, end.verb, end.reason) == (PartOutcome.FAILED, "play_audio", "refused")
    assert [step.verb for step in end.unrun] == ["mute", "log", "get_call_state"]
    assert drive(GOES_ON, {"log": "late", "unmute": "ended"})[1].outcome is PartOutcome.ENDED


def test_a_branch_within_a_branch_goes_on_within_it(drive):
    steps = """\
  hold
    if it fails then (mute if it fails then go on then say "Sorry." then go on)
  log "x\""""
    assert drive(steps, {"hold": "refused", "mute": "refused"})[0] == ["hold", "mute", "play_audio", "log"]


def test_a_step_that_failed_while_planning_goes_on_too(drive):
    head = "never hold when call.muted is no\n"
    asked, end = drive(GOES_ON, head=head)
    assert asked == ["hold!forbidden", "mute", "log", "get_call_state"]
    assert end.outcome is PartOutcome.COMPLETED


def test_what_stands_before_a_verb_fails_it_and_the_plan_goes_on_behind_it(drive):
    head = 'before hold then get_call_state then log "ready" then say "Wait."\n'
    asked, end = drive(GOES_ON, {"log": "limited"}, head=head)
    assert asked == ["get_call_state", "log", "mute", "log", "unmute", "get_call_state"]
    assert end.outcome is PartOutcome.COMPLETED


def test_what_can_not_be_sent_before_a_verb_fails_it_too(drive):
    head = "destination lost by nowhere\n  a is agent a_1\nend\nbefore mute then conference_add to lost\n"
    steps = '  mute\n    if it fails then (say "Sorry." then go on)\n  log "x"'
    asked, end = drive(steps, head=head)
    assert (asked, end.outcome) == (["conference_add!refused", "play_audio", "log"], PartOutcome.COMPLETED)


def test_a_pair_that_a_plan_opened_is_closed_where_it_fails_later(drive):
    steps = "  hold\n  mute\n    if it fails then go on\n  get_call_state"
    asked, end = drive(steps, {"mute": "refused", "get_call_state": "timeout"})
    assert (asked, end.outcome) == (["hold", "mute", "get_call_state", "unhold"], PartOutcome.FAILED)
