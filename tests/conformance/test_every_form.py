"""Every verb in every form: rule text → exact body → accepted by the sandbox, and the same body that the
platform's own Python client sends for the same intent.

A form that is new in the catalogue has no row here, and fails until it has one.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yotel
from pydantic import SecretStr

from flowrules.call.receipt import Status
from flowrules.call.request import VerbRequest
from flowrules.compiler.loading.load import load_rules
from flowrules.control.client import ControlClient
from flowrules.control.clock import SystemClock
from flowrules.control.credentials import CallbackToken, CallCredentials
from flowrules.control.wires import WireChoice
from flowrules.engine.event import make_event
from flowrules.engine.preview import preview
from flowrules.sandbox import Sandbox
from flowrules.source import source_from_text
from flowrules.verbs import CATALOGUE

NOW = datetime(2026, 3, 2, 11, 0, tzinfo=ZoneInfo("Asia/Kolkata"))

SURROUNDINGS = """\
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:30
end
destination sales_desk is queue sales_main
allow sip "pbx.example.com"
allow audio from "cdn.example.com"
"""

KNOWN = {
    "lead.name": "Asha",
    "intent": "refund",
    "amount": 300,
    "summary": "wants a refund",
    "agent_call": "leg-7",
    "callback_time": "2026-03-04T15:00:00+05:30",
}

AS = {"destination_type": "agent_queue", "destination": "crisis"}

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "transfer agent a_1042": ("transfer", {"destination_type": "agent", "destination": "a_1042"}),
    "transfer queue billing_q": ("transfer", {"destination_type": "agent_queue", "destination": "billing_q"}),
    "transfer number +911234567890": (
        "transfer",
        {"destination_type": "e164", "destination": "+911234567890"},
    ),
    'transfer sip "sip:desk@pbx.example.com"': (
        "transfer",
        {"destination_type": "sip_uri", "destination": "sip:desk@pbx.example.com"},
    ),
    "transfer to sales_desk": ("transfer", {"destination_type": "agent_queue", "destination": "sales_main"}),
    'transfer queue retention because "wants to cancel"': (
        "transfer",
        {
            "destination_type": "agent_queue",
            "destination": "retention",
            "metadata": {"reason": "wants to cancel"},
        },
    ),
    'transfer now queue crisis with summary "{summary}", priority 1': (
        "transfer",
        {**AS, "metadata": {"summary": "wants a refund", "priority": 1}},
    ),
    "hangup": ("hangup", {}),
    "hangup now": ("hangup", {}),
    'hangup because "wrong number"': ("hangup", {"metadata": {"reason": "wrong number"}}),
    "hangup with outcome voicemail": ("hangup", {"metadata": {"outcome": "voicemail"}}),
    'log "caller asked for {intent}"': ("log", {"metadata": {"message": "caller asked for refund"}}),
    'log with step "greeting", tries 2': ("log", {"metadata": {"step": "greeting", "tries": 2}}),
    "mute": ("mute", {}),
    "mute caller": ("mute", {"target": "caller"}),
    "mute agent": ("mute", {"target": "agent"}),
    "mute caller for at most 30 seconds": ("mute", {"target": "caller"}),
    "unmute": ("unmute", {}),
    "unmute caller": ("unmute", {"target": "caller"}),
    "unmute agent": ("unmute", {"target": "agent"}),
    "hold": ("hold", {}),
    'hold with music "https://cdn.example.com/wait.mp3"': (
        "hold",
        {"moh_url": "https://cdn.example.com/wait.mp3"},
    ),
    "hold for at most 45 seconds": ("hold", {}),
    "unhold": ("unhold", {}),
    'send_dtmf "1234#"': ("send_dtmf", {"digits": "1234#"}),
    'play_audio "https://cdn.example.com/hello.wav"': (
        "play_audio",
        {"audio_url": "https://cdn.example.com/hello.wav"},
    ),
    'say "One moment, {lead.name}."': ("play_audio", {"tts_text": "One moment, Asha."}),
    'say "Namaste" in voice "en-IN-Standard-A"': (
        "play_audio",
        {"tts_text": "Namaste", "voice": "en-IN-Standard-A"},
    ),
    "set_disposition interested": ("set_disposition", {"disposition": "interested"}),
    'set_disposition SALES_XFER note "{lead.name} asked for {intent}"': (
        "set_disposition",
        {"disposition": "SALES_XFER", "notes": "Asha asked for refund"},
    ),
    "set_disposition": ("set_disposition", {"disposition": "refund"}),
    "recording_pause": ("recording_pause", {}),
    'recording_pause because "card number"': ("recording_pause", {"reason": "card number"}),
    "recording_pause for at most 3 minutes": ("recording_pause", {}),
    "recording_resume": ("recording_resume", {}),
    "get_call_state": ("get_call_state", {}),
    "conference_start": ("conference_start", {}),
    "conference_add agent a_1042": ("conference_add", {"participant_type": "agent", "destination": "a_1042"}),
    "conference_add supervisor lead_1 as helper": (
        "conference_add",
        {"participant_type": "supervisor", "destination": "lead_1"},
    ),
    "conference_add number +911234567890": (
        "conference_add",
        {"participant_type": "e164", "destination": "+911234567890"},
    ),
    'conference_add sip "sip:nurse@pbx.example.com" with reason "chest pain"': (
        "conference_add",
        {
            "participant_type": "sip_uri",
            "destination": "sip:nurse@pbx.example.com",
            "metadata": {"reason": "chest pain"},
        },
    ),
    "conference_remove helper": ("conference_remove", {"member_id": "MEMBER"}),
    "conference_leave": ("conference_leave", {}),
    'request_supervisor because "refund of {amount}"': ("request_supervisor", {"reason": "refund of 300"}),
    'request_supervisor urgently because "the caller is in danger"': (
        "request_supervisor",
        {"reason": "the caller is in danger", "urgency": "high"},
    ),
    'whisper to agent_call "offer the discount"': (
        "whisper",
        {"target_call_id": "leg-7", "tts_text": "offer the discount"},
    ),
    'whisper to agent_call "slow down" in voice "en-IN-A"': (
        "whisper",
        {"target_call_id": "leg-7", "tts_text": "slow down", "voice": "en-IN-A"},
    ),
    "barge into agent_call": ("barge", {"target_call_id": "leg-7"}),
    "monitor_start agent_call": ("monitor_start", {"target_call_id": "leg-7"}),
    "monitor_start agent_call and whisper": (
        "monitor_start",
        {"target_call_id": "leg-7", "mode": "listen_and_whisper"},
    ),
    "monitor_stop agent_call": ("monitor_stop", {"target_call_id": "leg-7"}),
    "set_lead_field interest to sales": ("set_lead_field", {"field": "interest", "value": "sales"}),
    'set_lead_field note to "{summary}"': ("set_lead_field", {"field": "note", "value": "wants a refund"}),
    "set_lead_field vip to yes": ("set_lead_field", {"field": "vip", "value": True}),
    "set_lead_status callback": ("set_lead_status", {"status": "callback"}),
    "set_lead_status dnd": ("set_lead_status", {"status": "dnd"}),
    "schedule_callback in 2 hours": ("schedule_callback", {"scheduled_at": "2026-03-02T13:00:00+05:30"}),
    "schedule_callback today at 18:00": (
        "schedule_callback",
        {"scheduled_at": "2026-03-02T18:00:00+05:30"},
    ),
    "schedule_callback tomorrow at 10:00": (
        "schedule_callback",
        {"scheduled_at": "2026-03-03T10:00:00+05:30"},
    ),
    "schedule_callback next monday at 10:00": (
        "schedule_callback",
        {"scheduled_at": "2026-03-09T10:00:00+05:30"},
    ),
    "schedule_callback at 2026-05-02 10:00": (
        "schedule_callback",
        {"scheduled_at": "2026-05-02T10:00:00+05:30"},
    ),
    "schedule_callback at callback_time": (
        "schedule_callback",
        {"scheduled_at": "2026-03-04T15:00:00+05:30"},
    ),
    "schedule_callback next office": ("schedule_callback", {"scheduled_at": "2026-03-03T09:00:00+05:30"}),
    'schedule_callback in 2 hours within office because "asked to be called later"': (
        "schedule_callback",
        {"scheduled_at": "2026-03-02T13:00:00+05:30", "reason": "asked to be called later"},
    ),
}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as running:
        yield running


def test_every_example_of_the_catalogue_has_a_row():
    assert {example for spec in CATALOGUE for example in spec.examples} == CALLS.keys()


@pytest.mark.parametrize("wire", [WireChoice.HTTPX, WireChoice.PYREQWEST])
@pytest.mark.parametrize("step", CALLS)
async def test_a_step_is_sent_as_the_official_client_sends_it(step: str, sandbox: Sandbox, wire: WireChoice):
    method, arguments = CALLS[step]
    body = body_of(step)
    ours = await send_ours(sandbox, body, wire)
    theirs = await send_theirs(sandbox, method, arguments)
    assert ours["body"] == theirs["body"]
    assert next(iter(ours["body"])) == "event"
    assert (ours["status"], theirs["status"]) == (200, 200)
    assert (ours["idempotency_key"] is None) == (theirs["idempotency_key"] is None)


def body_of(step: str) -> dict[str, Any]:
    """From a rule's text to the last body of its plan."""
    before = (
        "conference_start then conference_add agent a_1 as helper then " if "remove helper" in step else ""
    )
    source = source_from_text(f"{SURROUNDINGS}on intent=refund {before}{step}\n", "form.rules")
    loaded = load_rules([source])
    assert loaded.ruleset is not None, loaded.findings
    shown = preview(loaded.ruleset, make_event(facts={"intent": "refund"}), NOW, known=KNOWN)
    return dict(shown.requests[-1])


async def send_ours(sandbox: Sandbox, body: dict[str, Any], wire: WireChoice) -> dict[str, Any]:
    call = await sandbox.open_call()
    clock = SystemClock()
    token = CallbackToken(call.call_id, SecretStr(call.callback_token), clock.now() + timedelta(minutes=30))
    async with ControlClient(sandbox.base_url, wire=wire) as client:
        credentials = CallCredentials(call.call_id, clock, token)

        async def send(verb: dict[str, Any], key: str | None) -> Any:
            request = VerbRequest(call.call_id, verb, key)
            return await client.send(request, credentials, until=clock.monotonic() + 10)

        for verb in prepared(body["event"]):
            receipt = await send(verb, f"prepare-{verb['event']}")
            if body.get("member_id") == "{helper}" and "member_id" in receipt.result:
                body["member_id"] = receipt.result["member_id"]
        keyed = body["event"] not in ("log", "get_call_state")
        receipt = await send(body, "the-key" if keyed else None)
        assert receipt.status is Status.ACCEPTED, receipt
    return row(sandbox, call.call_id)


async def send_theirs(sandbox: Sandbox, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
    call = await sandbox.open_call()
    client = yotel.Client(api_key=sandbox.tenant_key, base_url=sandbox.base_url, retry_on_429=False)
    try:

        async def send(name: str, **fields: Any) -> Any:
            bound = getattr(client.ai_sessions, name)
            return await asyncio.to_thread(bound, call.call_id, callback_token=call.callback_token, **fields)

        for verb in prepared(method):
            reply = await send(verb["event"], **{k: v for k, v in verb.items() if k != "event"})
            if arguments.get("member_id") == "MEMBER" and "member_id" in reply["result"]:
                arguments = {"member_id": reply["result"]["member_id"]}
        await send(method, **arguments)
    finally:
        client.close()
    return row(sandbox, call.call_id)


def prepared(verb: str) -> list[dict[str, Any]]:
    """What the platform wants to have had before this verb."""
    if verb in ("whisper", "barge", "monitor_stop"):
        return [{"event": "monitor_start", "target_call_id": "leg-7", "mode": "listen_and_whisper"}]
    if verb == "conference_remove":
        return [
            {"event": "conference_start"},
            {"event": "conference_add", "participant_type": "agent", "destination": "a_1"},
        ]
    return []


def row(sandbox: Sandbox, call_id: str) -> dict[str, Any]:
    last = sandbox.ledger(call_id)[-1]
    body = dict(last.body)
    if "member_id" in body:
        body["member_id"] = "MEMBER"
    return {"body": body, "status": last.status, "idempotency_key": last.idempotency_key}
