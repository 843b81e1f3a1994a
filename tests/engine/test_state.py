"""What a call knows, step by step."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flowrules.compiler.refs import RuleRef
from flowrules.engine.apply_event import apply_event
from flowrules.engine.event import Source, make_event
from flowrules.engine.planning.receipts import apply_receipt
from flowrules.engine.state import (
    CallState,
    OpenCap,
    close_cap,
    due_caps,
    forget,
    open_cap,
    remember,
    start_call,
    use_limits,
)

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


@pytest.fixture
def ruleset(rules: Callable[[str], Any]) -> Any:
    return rules('on go log "x"\n')


def test_a_call_begins_with_what_the_platform_said() -> None:
    state = start_call(
        "c1",
        NOW,
        {"lead": {"Name": "Asha", "tags": ["a", "b"], "notes": [{"x": 1}]}, "campaign": "gold", "x": None},
    )
    assert state.facts["lead.name"] == "Asha"
    assert state.facts["campaign"] == "gold"
    assert state.facts["call.on_hold"] is False
    assert state.facts["call.recording"] == "on"
    assert "call.disposition" not in state.facts
    assert "lead.notes" not in state.facts
    assert set(state.sources.values()) == {Source.PLATFORM}


def test_hearing_an_event_changes_no_earlier_state(ruleset: Any) -> None:
    first = start_call("c1", NOW)
    second = apply_event(ruleset, first, make_event(facts={"Intent": "sales", "order": {"Total": 5}}), NOW)
    assert "intent" not in first.facts
    assert (second.facts["intent"], second.facts["order.total"]) == ("sales", 5)
    assert (first.turn, second.turn) == (0, 1)


def test_who_said_a_fact_follows_the_last_to_say_it(ruleset: Any) -> None:
    state = CallState("c1", NOW)
    for source in (Source.MODEL, Source.HOST, Source.CALLER):
        state = apply_event(ruleset, state, make_event(facts={"plan": "x"}, source=source), NOW)
        assert state.sources.get("plan", Source.HOST) is source


def test_keys_and_words_come_from_the_caller_whoever_passes_them_on(ruleset: Any) -> None:
    event = make_event(facts={"dtmf": "1", "intent": "sales"}, source=Source.MODEL)
    assert event.source_of("dtmf") is Source.CALLER
    assert event.source_of("intent") is Source.MODEL
    assert apply_event(ruleset, CallState("c1", NOW), event, NOW).sources["dtmf"] is Source.CALLER


def test_turns_follow_turn_ids_where_there_are_any(ruleset: Any) -> None:
    state, turns = CallState("c1", NOW), []
    for turn_id in ("a", "a", "", "b", "b", "a"):
        state = apply_event(ruleset, state, make_event("x", turn_id=turn_id), NOW)
        turns.append(state.turn)
    assert turns == [1, 1, 1, 2, 2, 1], "without an id the turn goes on; a late report counts for its own"


def test_what_the_engine_raises_is_no_turn(ruleset: Any) -> None:
    state = apply_event(ruleset, CallState("c1", NOW), make_event("step_failed", reported=False), NOW)
    assert state.turn == 0


def test_memory() -> None:
    state = remember(CallState("c1", NOW), "refused", True, NOW)
    assert state.since["refused"] == NOW
    later = NOW + timedelta(seconds=9)
    assert remember(state, "refused", True, later).since["refused"] == NOW
    forgotten = forget(state, "refused")
    assert "refused" not in forgotten.facts
    assert "refused" not in forgotten.since


def test_uses_are_counted() -> None:
    state = use_limits(use_limits(CallState("c1", NOW), "r", NOW), "r", NOW + timedelta(seconds=5))
    assert state.uses["r"] == (2, NOW + timedelta(seconds=5))


@pytest.mark.parametrize(
    ("verb", "body", "fact", "value"),
    [
        ("hold", {}, "call.on_hold", True),
        ("unhold", {}, "call.on_hold", False),
        ("mute", {"target": "caller"}, "call.muted", True),
        ("unmute", {"target": "caller"}, "call.muted", False),
        ("recording_pause", {}, "call.recording", "paused"),
        ("recording_resume", {}, "call.recording", "on"),
        ("conference_start", {}, "call.in_conference", True),
        ("conference_leave", {}, "call.in_conference", False),
        ("set_disposition", {"disposition": "SOLD"}, "call.disposition", "SOLD"),
        ("set_lead_status", {"status": "dnd"}, "call.lead_status", "dnd"),
        ("set_lead_field", {"field": "Interest", "value": "sales"}, "lead.interest", "sales"),
        (
            "schedule_callback",
            {"scheduled_at": "2026-03-03T10:00:00+05:30"},
            "call.callback",
            "2026-03-03T10:00:00+05:30",
        ),
    ],
)
def test_an_accepted_verb_tells_about_the_call(
    verb: str, body: dict[str, Any], fact: str, value: object
) -> None:
    state = apply_receipt(start_call("c1", NOW), verb, {"event": verb, **body}, {}, NOW)
    assert state.facts[fact] == value
    assert state.sources[fact] is Source.PLATFORM


def test_a_muted_agent_is_not_a_muted_caller() -> None:
    state = apply_receipt(start_call("c1", NOW), "mute", {"event": "mute", "target": "agent"}, {}, NOW)
    assert state.facts["call.muted"] is False


def test_a_member_is_kept_under_its_name() -> None:
    body = {"event": "conference_add", "participant_type": "supervisor", "destination": "lead_1"}
    state = apply_receipt(
        CallState("c1", NOW), "conference_add", body, {"member_id": "m-9"}, NOW, keep_as="helper"
    )
    assert state.facts["helper"] == "m-9"
    assert state.sources["helper"] is Source.PLATFORM


def test_get_call_state_refreshes_what_its_reply_tells() -> None:
    state = start_call("c1", NOW)
    reply = {
        "on_hold": True, "recording": "paused", "disposition": None, "members": {"m": "x"},
        "callback": {"scheduled_at": "2026-03-03T10:00:00Z"},
    }  # fmt: skip
    after = apply_receipt(state, "get_call_state", {"event": "get_call_state"}, reply, NOW)
    assert after.facts["call.on_hold"] is True
    assert after.facts["call.recording"] == "paused"
    assert after.facts["call.callback"] == "2026-03-03T10:00:00Z"
    assert "call.disposition" not in after.facts
    assert after.facts["call.muted"] is False


# --- caps ---


def cap(verb: str, seconds: int, path: str = "1", **fields: str) -> OpenCap:
    rule = RuleRef("r", "r", "x.rules", 1)
    return OpenCap(NOW + timedelta(seconds=seconds), rule, "e1", path, verb, {"event": verb, **fields})


def test_open_caps_are_closed_by_their_own_verb_and_for_their_own_party() -> None:
    unhold, caller, agent = (
        cap("unhold", 45),
        cap("unmute", 20, target="caller"),
        cap("unmute", 30, target="agent"),
    )
    state = CallState("c1", NOW)
    for one in (unhold, caller, agent):
        state = open_cap(state, one)
    assert state.caps == (unhold, caller, agent)
    assert close_cap(state, "unmute", {"event": "unmute", "target": "agent"}).caps == (unhold, caller)
    assert close_cap(state, "unhold", {"event": "unhold"}).caps == (caller, agent)
    assert close_cap(state, "recording_resume", {"event": "recording_resume"}) is state


def test_a_pair_that_is_opened_again_has_the_last_cap() -> None:
    first, again, other = cap("unhold", 45), cap("unhold", 5, path="2"), cap("recording_resume", 9)
    state = open_cap(open_cap(open_cap(CallState("c1", NOW), first), other), again)
    assert state.caps == (other, again)


def test_caps_are_due_in_the_order_of_their_time() -> None:
    late, early = cap("unhold", 45), cap("recording_resume", 30)
    state = open_cap(open_cap(CallState("c1", NOW), late), early)
    assert due_caps(state, NOW + timedelta(seconds=29)) == ()
    assert due_caps(state, NOW + timedelta(seconds=30)) == (early,)
    assert due_caps(state, NOW + timedelta(seconds=60)) == (early, late)


def test_what_becomes_known_leaves_caps_open() -> None:
    state = open_cap(CallState("c1", NOW), cap("unhold", 45))
    assert remember(state, "x", 1, NOW).caps == state.caps
    assert forget(state, "x").caps == state.caps
    assert use_limits(state, "r", NOW).caps == state.caps
