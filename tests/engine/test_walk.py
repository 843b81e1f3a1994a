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
