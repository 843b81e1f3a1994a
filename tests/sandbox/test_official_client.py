"""The platform's own Python client works against the sandbox: every control method, every exception."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import yotel
import yotel.errors
from yotel.ai_sessions import AISessionsResource

from flowrules.sandbox import Fault, OpenedCall, Sandbox, Settings
from flowrules.verbs import BY_NAME

METHODS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("transfer", {"destination_type": "agent_queue", "destination": "tier1", "metadata": {"a": 1}}, {}),
    ("hangup", {"metadata": {"reason": "done"}}, {}),
    ("log", {"metadata": {"step": "greeting"}}, {}),
    ("mute", {}, {"target": "caller"}),
    ("unmute", {"target": "agent"}, {}),
    ("hold", {"moh_url": "https://cdn.example.com/wait.mp3"}, {}),
    ("unhold", {}, {}),
    ("send_dtmf", {"digits": "12#"}, {}),
    ("play_audio", {"tts_text": "One moment", "voice": "en-IN-A"}, {}),
    ("set_disposition", {"disposition": "interested", "notes": "n"}, {}),
    ("recording_pause", {"reason": "card"}, {}),
    ("recording_resume", {}, {}),
    ("get_call_state", {}, {}),
    ("conference_start", {}, {}),
    ("conference_add", {"participant_type": "supervisor", "destination": "lead_1"}, {}),
    ("conference_remove", {"member_id": "MEMBER"}, {}),
    ("conference_leave", {}, {}),
    ("request_supervisor", {"reason": "refund"}, {"urgency": "low"}),
    ("whisper", {"target_call_id": "leg-7", "tts_text": "offer it"}, {}),
    ("barge", {"target_call_id": "leg-7"}, {}),
    ("monitor_start", {"target_call_id": "leg-7"}, {"mode": "listen"}),
    ("monitor_stop", {"target_call_id": "leg-7"}, {}),
    ("set_lead_field", {"field": "interest", "value": ["sales", None]}, {}),
    ("set_lead_status", {"status": "callback"}, {}),
    ("schedule_callback", {"scheduled_at": "2026-05-18T10:00:00Z", "reason": "asked"}, {}),
]

Ask = Callable[..., Any]


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[Callable[[str], yotel.Client]]:
    """Clients with a key each. They do not sleep on 429."""
    made: list[yotel.Client] = []

    def make(key: str = "") -> yotel.Client:
        made.append(
            yotel.Client(
                api_key=key or sandbox.tenant_key, base_url=sandbox.base_url, timeout=10, retry_on_429=False
            )
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def ask(client) -> Ask:
    """Call a method of `ai_sessions`; the client is synchronous, so it gets a thread."""
    api = client().ai_sessions

    async def call(method: str, *args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(getattr(api, method), *args, **kwargs)

    return call


def test_every_method_of_the_client_is_in_the_table():
    public = {name for name, _ in inspect.getmembers(AISessionsResource) if not name.startswith("_")}
    assert public - {"control", "list", "get"} == {name for name, _, _ in METHODS} == BY_NAME.keys()


@pytest.mark.parametrize("credential", ["callback_token", "tenant_key"])
@pytest.mark.parametrize(("method", "given", "added"), METHODS, ids=[name for name, _, _ in METHODS])
async def test_a_method_is_accepted_and_its_body_arrives_as_sent(
    method: str, given: dict[str, Any], added: dict[str, Any], credential, ask: Ask, sandbox: Sandbox
):
    opened = await sandbox.open_call()
    if "target_call_id" in given:
        await ask("monitor_start", opened.call_id, target_call_id="leg-7")
    if method == "conference_remove":
        reply = await ask("conference_add", opened.call_id, participant_type="agent", destination="a")
        given = {"member_id": reply["result"]["member_id"]}
    token = {"callback_token": opened.callback_token} if credential == "callback_token" else {}
    reply = await ask(method, opened.call_id, **given, **token)
    assert (reply["ok"], reply["call_id"]) == (True, opened.call_id)
    entry = sandbox.ledger(opened.call_id)[-1]
    assert entry.body == {"event": method, **given, **added}
    assert (entry.acted, entry.credential) == (True, credential)
    assert (entry.idempotency_key is not None) is BY_NAME[method].keyed


async def test_raw_control_list_and_get(ask: Ask, sandbox: Sandbox, opened: OpenedCall):
    other = await sandbox.open_call(voice_agent_id="va_other")
    reply = await ask("control", opened.call_id, {"event": "hold"}, idempotency_key="k1")
    assert reply == await ask("control", opened.call_id, {"event": "hold"}, idempotency_key="k1")
    assert sandbox.acted(opened.call_id) == ["hold"]
    assert [row["call_id"] for row in await ask("list")] == [opened.call_id, other.call_id]
    assert [row["call_id"] for row in await ask("list", voice_agent_id="va_other")] == [other.call_id]
    assert len(await ask("list", limit=1)) == 1
    row = await ask("get", opened.call_id)
    assert (row["call_id"], row["outcome"]) == (opened.call_id, None)
    sandbox.advance(1)
    later = await sandbox.open_call()
    started = await ask("list", started_after=row["started_at"])
    assert [one["call_id"] for one in started] == [later.call_id]


async def test_authentication_error(client, opened: OpenedCall):
    with pytest.raises(yotel.errors.AuthenticationError) as caught:
        await asyncio.to_thread(client("yt_test_nobodys").ai_sessions.hold, opened.call_id)
    assert caught.value.status_code == 401


async def test_permission_error(client, sandbox: Sandbox, opened: OpenedCall):
    reader = client(sandbox.add_tenant_key(scopes=["ai_sessions:read"]))
    with pytest.raises(yotel.errors.PermissionError) as caught:
        await asyncio.to_thread(reader.ai_sessions.hold, opened.call_id)
    assert not isinstance(caught.value, yotel.errors.ConferenceMembershipRequired)


async def test_conference_membership_required(ask: Ask, opened: OpenedCall):
    with pytest.raises(yotel.errors.ConferenceMembershipRequired):
        await ask("whisper", opened.call_id, target_call_id="leg", tts_text="hi")


async def test_not_found_error(ask: Ask, client, sandbox: Sandbox, opened: OpenedCall):
    with pytest.raises(yotel.errors.NotFoundError):
        await ask("hold", "no-such-call")
    with pytest.raises(yotel.errors.NotFoundError):
        await ask("get", "no-such-call")
    stranger = client(sandbox.add_tenant_key(tenant="another"))
    with pytest.raises(yotel.errors.NotFoundError):
        await asyncio.to_thread(stranger.ai_sessions.get, opened.call_id)
    assert await asyncio.to_thread(stranger.ai_sessions.list) == []


async def test_ai_session_terminated(ask: Ask, opened: OpenedCall):
    await ask("hangup", opened.call_id)
    with pytest.raises(yotel.errors.AISessionTerminated):
        await ask("hold", opened.call_id)


async def test_validation_error(ask: Ask, opened: OpenedCall):
    with pytest.raises(yotel.errors.ValidationError) as caught:
        await ask("transfer", opened.call_id, destination_type="fax", destination="x")
    (problem,) = caught.value.errors
    assert problem["loc"] == ["body", "destination_type"]


async def test_rate_limit_error(ask: Ask, opened: OpenedCall):
    for _ in range(10):
        await ask("hold", opened.call_id)
    with pytest.raises(yotel.errors.RateLimitError) as caught:
        await ask("hold", opened.call_id)
    assert caught.value.retry_after == 1
    assert not isinstance(caught.value, yotel.errors.MaxConcurrentExceeded)


async def test_max_concurrent_exceeded(ask: Ask, sandbox: Sandbox, opened: OpenedCall):
    sandbox.add_faults(Fault(kind="max_concurrent"))
    with pytest.raises(yotel.errors.MaxConcurrentExceeded) as caught:
        await ask("hold", opened.call_id)
    assert caught.value.retry_after == 5


async def test_no_voice_agent_configured(ask: Ask, sandbox: Sandbox, opened: OpenedCall):
    sandbox.add_faults(Fault(kind="no_voice_agent"))
    with pytest.raises(yotel.errors.NoVoiceAgentConfigured):
        await ask("hold", opened.call_id)


async def test_its_own_retry_gets_through_a_429(sandbox: Sandbox, opened: OpenedCall):
    sandbox.add_faults(Fault(kind="rate_limited", retry_after=1))
    patient = yotel.Client(api_key=sandbox.tenant_key, base_url=sandbox.base_url)
    try:
        await asyncio.to_thread(patient.ai_sessions.hold, opened.call_id)
    finally:
        patient.close()
    assert [entry.status for entry in sandbox.ledger(opened.call_id)] == [429, 200]


async def test_the_async_client_reaches_it_too(sandbox: Sandbox, opened: OpenedCall):
    async with yotel.AsyncClient(api_key=sandbox.tenant_key, base_url=sandbox.base_url) as client:
        row = await client._request("GET", f"/api/v1/ai-sessions/{opened.call_id}")
    assert row["call_id"] == opened.call_id


def test_settings_refuse_what_they_do_not_know():
    with pytest.raises(ValueError, match="speed"):
        Settings.model_validate({"speed": 11})
