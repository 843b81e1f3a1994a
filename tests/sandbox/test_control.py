"""The control endpoint: the envelope, both credentials and their fences, the fields, the end of a session."""

import json
import re
from typing import Any

import httpx
import pytest

from flowrules.sandbox import OpenedCall, Sandbox
from flowrules.verbs import BY_NAME

BODIES: list[dict[str, Any]] = [
    {"event": "transfer", "destination_type": "agent", "destination": "a_1042"},
    {
        "event": "transfer",
        "destination_type": "agent_queue",
        "destination": "tier1",
        "metadata": {"why": "vip"},
    },
    {"event": "transfer", "destination_type": "e164", "destination": "+911234567890"},
    {"event": "transfer", "destination_type": "sip_uri", "destination": "sip:desk@pbx.example.com"},
    {"event": "hangup"},
    {"event": "log", "metadata": {"message": "नमस्ते"}},
    {"event": "mute"},
    {"event": "unmute", "target": "agent"},
    {"event": "hold", "moh_url": "https://cdn.example.com/wait.mp3"},
    {"event": "unhold"},
    {"event": "send_dtmf", "digits": "1234#"},
    {"event": "play_audio", "tts_text": "One moment", "voice": "en-IN-A"},
    {"event": "play_audio", "audio_url": "https://cdn.example.com/hello.wav"},
    {"event": "set_disposition", "disposition": "interested", "notes": "call again"},
    {"event": "recording_pause", "reason": "card"},
    {"event": "recording_resume"},
    {"event": "get_call_state"},
    {"event": "conference_start"},
    {"event": "conference_add", "participant_type": "supervisor", "destination": "lead_1"},
    {"event": "conference_leave"},
    {"event": "request_supervisor", "reason": "refund", "urgency": "high"},
    {"event": "monitor_start", "target_call_id": "leg-7", "mode": "listen_and_whisper"},
    {"event": "set_lead_field", "field": "interest", "value": {"any": ["json", None]}},
    {"event": "set_lead_status", "status": "callback"},
    {"event": "schedule_callback", "scheduled_at": "2026-05-18T10:00:00+05:30"},
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["event"])
async def test_a_verb_is_dispatched_and_stands_in_the_ledger_as_it_was_sent(
    body: dict[str, Any], control, sandbox: Sandbox, opened: OpenedCall
):
    reply = await control(**body)
    assert reply.status_code == 200, reply.text
    answer = reply.json()
    assert answer.keys() == {"ok", "call_id", "dispatched_at", "result"}
    assert (answer["ok"], answer["call_id"]) == (True, opened.call_id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer["dispatched_at"])
    (entry,) = sandbox.ledger(opened.call_id)
    assert (entry.verb, entry.body, entry.status, entry.acted) == (body["event"], body, 200, True)
    assert (entry.credential, entry.token_number, entry.replay) == ("callback_token", 1, False)


async def test_the_state_is_what_the_verbs_made_of_it(control, sandbox: Sandbox, opened: OpenedCall):
    sandbox.configure(requests_per_second=100)
    for body in [
        {"event": "hold"},
        {"event": "mute"},
        {"event": "mute", "target": "agent"},
        {"event": "unmute", "target": "agent"},
        {"event": "recording_pause"},
        {"event": "set_disposition", "disposition": "interested", "notes": "n"},
        {"event": "set_lead_status", "status": "callback"},
        {"event": "set_lead_field", "field": "vip", "value": None},
        {"event": "log", "metadata": {"step": 1}},
    ]:
        assert (await control(**body)).status_code == 200
    sandbox.advance(1)
    state = (await control("get_call_state")).json()["result"]
    assert state["status"] == "active"
    assert (state["on_hold"], state["muted"], state["agent_muted"]) == (True, True, False)
    assert (state["recording"], state["disposition"], state["notes"]) == ("paused", "interested", "n")
    assert (state["lead_status"], state["lead_fields"]) == ("callback", {"vip": None})
    assert state["logs"] == [{"step": 1}]
    for verb in ("unhold", "unmute", "recording_resume"):
        await control(verb)
    state = (await control("get_call_state")).json()["result"]
    assert (state["on_hold"], state["muted"], state["recording"]) == (False, False, "on")


async def test_conference_verbs_answer_with_their_ids(control):
    started = (await control("conference_start")).json()["result"]
    added = (await control("conference_add", participant_type="agent", destination="a_1")).json()["result"]
    assert added["conference_id"] == started["conference_id"]
    gone = await control("conference_remove", member_id=added["member_id"])
    assert gone.status_code == 200
    again = await control("conference_remove", member_id=added["member_id"])
    assert (again.status_code, again.json()["detail"]["code"]) == (404, "member_not_found")


async def test_whispering_needs_monitoring_first(control, sandbox: Sandbox, opened: OpenedCall):
    for verb in (
        {"event": "whisper", "target_call_id": "leg-7", "tts_text": "offer it"},
        {"event": "barge", "target_call_id": "leg-7"},
        {"event": "monitor_stop", "target_call_id": "leg-7"},
    ):
        refused = await control(**verb)
        assert refused.status_code == 403
        assert refused.json()["detail"]["code"] == "conference_membership_required"
        assert (await control("monitor_start", target_call_id="leg-7")).status_code == 200
        elsewhere = await control(**{**verb, "target_call_id": "leg-8"})
        assert elsewhere.status_code == 403
        assert (await control(**verb)).status_code == 200
        await control("monitor_start", target_call_id="leg-7")
        assert (await control("monitor_stop", target_call_id="leg-7")).status_code == 200
        sandbox.advance(1)


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        ({"event": "hangup"}, "hangup"),
        (
            {"event": "transfer", "destination_type": "agent_queue", "destination": "q"},
            "transferred_agent_queue",
        ),
    ],
)
async def test_after_the_end_every_verb_is_refused(
    ending: dict[str, Any], outcome: str, control, sandbox: Sandbox, opened: OpenedCall
):
    await control(**ending)
    assert sandbox.call(opened.call_id).outcome == outcome
    for verb in ({"event": "get_call_state"}, {"event": "log", "metadata": {}}, ending):
        refused = await control(**verb)
        assert refused.status_code == 409
        assert refused.json()["detail"]["code"] == "ai_session_terminated"
    assert sandbox.acted(opened.call_id) == [ending["event"]]


async def test_leaving_the_conference_ends_the_session_only_when_told(control, sandbox: Sandbox):
    await control("conference_start")
    await control("conference_leave")
    assert (await control("hold")).status_code == 200
    sandbox.configure(conference_leave_ends=True)
    await control("conference_leave")
    assert (await control("unhold")).status_code == 409


@pytest.mark.parametrize(
    ("header", "why"),
    [
        (None, "Missing"),
        ("", "Missing"),
        ("Basic dXNlcjpwYXNz", "Malformed"),
        ("Bearer", "Malformed"),
        ("Bearer yt_cb_short", "Malformed"),
        ("Bearer yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV", "Unknown"),
        ("Bearer yt_live_nobodyskey", "Unknown"),
    ],
)
async def test_no_credential_no_control(
    header: str | None, why: str, http: httpx.AsyncClient, sandbox: Sandbox, opened: OpenedCall
):
    headers = {} if header is None else {"Authorization": header}
    path = f"/api/v1/ai-sessions/{opened.call_id}/control"
    reply = await http.post(path, json={"event": "hold"}, headers=headers)
    assert reply.status_code == 401
    assert reply.json()["detail"].startswith(why)
    (entry,) = sandbox.ledger(opened.call_id)
    assert (entry.status, entry.credential, entry.acted, entry.verb) == (401, "none", False, "hold")


async def test_a_callback_token_is_for_one_call(control, sandbox: Sandbox, opened: OpenedCall):
    other = await sandbox.open_call()
    refused = await control("hold", call_id=other.call_id)
    assert refused.status_code == 403
    (entry,) = sandbox.ledger(other.call_id)
    assert (entry.token_call_id, entry.acted) == (opened.call_id, False)
    assert (await control("hold", call_id="no-such-call")).status_code == 403


async def test_a_tenant_key_needs_its_scope_and_its_own_tenant(control, sandbox: Sandbox, opened: OpenedCall):
    assert (await control("hold", token=sandbox.tenant_key)).status_code == 200
    assert (await control("hold", token=sandbox.tenant_key, call_id="no-such-call")).status_code == 404
    reader = sandbox.add_tenant_key(scopes=["ai_sessions:read"])
    assert (await control("hold", token=reader)).status_code == 403
    stranger = sandbox.add_tenant_key(tenant="another", environment="live")
    assert (await control("hold", token=stranger)).status_code == 404
    sandbox.configure(foreign_call_status=403)
    assert (await control("hold", token=stranger)).status_code == 403
    kinds = [entry.credential for entry in sandbox.ledger(opened.call_id)]
    assert kinds == ["tenant_key"] * 4


@pytest.mark.parametrize(
    ("body", "loc"),
    [
        ({"event": "teleport"}, ["body", "event"]),
        ({"verb": "hold"}, ["body", "event"]),
        ({"event": ["hold"]}, ["body", "event"]),
        ({"event": "transfer", "destination_type": "agent"}, ["body", "destination"]),
        ({"event": "transfer", "destination_type": "fax", "destination": "x"}, ["body", "destination_type"]),
        ({"event": "transfer", "destination_type": "e164", "destination": "12"}, ["body"]),
        ({"event": "play_audio", "tts_text": "a", "audio_url": "https://a.example/b"}, ["body"]),
        ({"event": "hold", "music": "loud"}, ["body", "music"]),
        ({"event": "send_dtmf", "digits": "12x"}, ["body", "digits"]),
        ({"event": "schedule_callback", "scheduled_at": "tomorrow"}, ["body", "scheduled_at"]),
        ([], ["body"]),
        ("hold", ["body"]),
    ],
)
async def test_fields_that_do_not_fit_are_named(
    body: Any, loc: list[str], http: httpx.AsyncClient, sandbox: Sandbox, opened: OpenedCall
):
    reply = await http.post(
        f"/api/v1/ai-sessions/{opened.call_id}/control",
        content=json.dumps(body),
        headers={"Authorization": f"Bearer {opened.callback_token}"},
    )
    assert reply.status_code == 422
    (problem,) = reply.json()["detail"]
    assert problem.keys() == {"loc", "msg", "type"}
    assert problem["loc"] == loc
    assert sandbox.acted(opened.call_id) == []


def test_every_verb_of_the_catalogue_is_tried_here():
    needs_set_up = {"whisper", "barge", "monitor_stop", "conference_remove"}
    assert {body["event"] for body in BODIES} | needs_set_up == BY_NAME.keys()
