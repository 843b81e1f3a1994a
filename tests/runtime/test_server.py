"""The agent server: who may dial it, who may report, and what a frame or a body can't do."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Origin, Subprotocol

from flowrules.runtime.engine import Engine
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.http.web import MAX_BODY
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.sandbox import Sandbox
from flowrules.sandbox import Settings as SandboxSettings

AGENT, KEY = SecretStr("agent-bearer"), SecretStr("events-key")
RULES = 'on intent=sales transfer agent sales_q then set_disposition\non hello log "hi {lead.name}"\n'


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(auth_token=AGENT, audio="none")) as running:
        yield running


@pytest.fixture
async def engine(sandbox: Sandbox) -> AsyncIterator[Engine]:
    settings = Settings(base_url=sandbox.base_url, speech_wait=0.2)
    async with Engine(RuleBook.from_text(RULES), settings=settings) as running:
        yield running


@pytest.fixture
async def server(engine: Engine) -> AsyncIterator[AgentServer]:
    async with AgentServer(engine, agent_token=AGENT, events_key=KEY) as running:
        yield running


@pytest.fixture
async def http(server: AgentServer) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {KEY.get_secret_value()}"}
    async with httpx.AsyncClient(base_url=server.http_url, headers=headers, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("name", ["agent_token", "events_key", "metrics_key"])
@pytest.mark.parametrize("text", ["", " ", "two words", "line\n"])
def test_a_server_takes_no_key_that_no_header_can_carry(name: str, text: str) -> None:
    engine = Engine(RuleBook.from_text("on x hold\n"), settings=Settings(mode=Mode.DRY_RUN))
    with pytest.raises(ValueError, match="a key is"):
        AgentServer(engine, **{name: SecretStr(text)})


async def test_the_platform_dials_and_an_event_over_http_transfers(sandbox, engine, server, http):
    opened = await sandbox.open_call(ws_url=server.ws_url, lead={"name": "Asha"})
    assert opened.websocket == "open"
    reply = await http.post("/events", json={"call_id": opened.call_id, "intent": "sales"})
    assert reply.json()["status"] == "ended"
    assert sandbox.acted(opened.call_id) == ["set_disposition", "transfer"]


async def test_one_live_call_needs_no_name(sandbox, server, http):
    opened = await sandbox.open_call(ws_url=server.ws_url, lead={"name": "Asha"})
    reply = await http.post("/events", json={"events": ["hello"]})
    assert [step["verb"] for step in reply.json()["steps"]] == ["log"]
    assert sandbox.ledger(opened.call_id)[-1].body["metadata"] == {"message": "hi Asha"}


async def test_a_call_ends_with_its_websocket(sandbox, engine, server):
    opened = await sandbox.open_call(ws_url=server.ws_url)
    await until(lambda: opened.call_id in engine.calls)
    sandbox.close(opened.call_id)
    await until(lambda: not engine.calls)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "agent-bearer"}]
)
async def test_who_dials_without_the_bearer_is_turned_away(server, headers):
    with pytest.raises(InvalidHandshake):
        await connect(server.ws_url, additional_headers=headers)


async def test_a_web_page_can_neither_dial_nor_report(server, http):
    bearer = {"Authorization": f"Bearer {AGENT.get_secret_value()}"}
    with pytest.raises(InvalidHandshake):
        await connect(server.ws_url, additional_headers=bearer, origin=Origin("https://evil.example"))
    reply = await http.post("/events", json={"intent": "sales"}, headers={"Origin": "https://evil.example"})
    assert reply.status_code == 403


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Bearer"])
async def test_a_report_needs_the_key(http, authorization):
    for method, path in (("POST", "/events"), ("GET", "/health"), ("POST", "/rules/accept")):
        reply = await http.request(method, path, headers={"Authorization": authorization})
        assert reply.status_code == 401


async def test_without_a_key_there_is_no_http(engine):
    async with AgentServer(engine) as server, httpx.AsyncClient(base_url=server.http_url) as client:
        assert (await client.post("/events", json={"intent": "sales"})).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"[1]", 422),
        (b'{"intent": {"deep": [[1]]}}', 422),
        (b'{"call_id": "nobody", "intent": "sales"}', 422),
        (b'{"source": "god", "intent": "sales"}', 422),
        (b'{"call.recording": "on"}', 422),
        (b'{"intent": "' + b"x" * MAX_BODY + b'"}', 413),
    ],
)
async def test_a_bad_report_is_answered_in_words(sandbox, server, http, body, status):
    await sandbox.open_call(ws_url=server.ws_url)
    reply = await http.post("/events", content=body)
    assert reply.status_code == status
    assert isinstance(reply.json()["detail"], str)


@pytest.mark.parametrize(
    "first", ["", "no json", '{"event": "dtmf", "dtmf": "1"}', '{"call_id": 7}', b"\x00" * 320]
)
async def test_a_first_frame_that_is_no_metadata_closes_the_socket(engine, server, first):
    bearer = {"Authorization": f"Bearer {AGENT.get_secret_value()}"}
    async with connect(
        server.ws_url, additional_headers=bearer, subprotocols=[Subprotocol("audio.drachtio.org")]
    ) as websocket:
        assert websocket.subprotocol == "audio.drachtio.org"
        await websocket.send(first)
        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(45):
                await websocket.recv()
    assert not engine.calls


async def test_hostile_frames_do_not_end_a_call(sandbox, engine, server, http):
    opened = await sandbox.open_call(ws_url=server.ws_url)
    for frame in (
        {"event": "token_refresh"},
        {"event": 7},
        {"type": "mark", "data": None},
        {"x": "y" * 9000},
    ):
        sandbox.send_frame(opened.call_id, frame)
    sandbox.send_frame(
        opened.call_id, {"event": "token_refresh", "call_id": "other", "token": "yt_cb_" + "A" * 26}
    )
    reply = await http.post("/events", json={"events": ["hello"]})
    assert reply.json()["steps"][0]["status"] == "accepted"
    assert opened.call_id in engine.calls


async def test_a_sessions_call_never_changes(sandbox, engine, server, http):
    opened, other = await sandbox.open_call(ws_url=server.ws_url), await sandbox.open_call()
    await until(lambda: engine.calls)
    session = engine.calls[opened.call_id]
    for frame in (other.metadata, {**other.metadata, "type": "token_refresh"}):
        sandbox.send_frame(opened.call_id, frame)
    reply = await http.post("/events", json={"events": ["hello"]})
    assert reply.json()["call_id"] == opened.call_id
    assert engine.calls == {opened.call_id: session}
    assert engine.counters["frames_ignored"] == 2
    assert sandbox.acted(other.call_id) == []
    assert [entry.token_call_id for entry in sandbox.ledger(opened.call_id)] == [opened.call_id]


async def test_health_shows_the_live_revision(engine, http):
    health = (await http.get("/health")).json()
    assert health["revision"] == engine.rules.revision
    assert json.dumps(health).count("bearer") == 0


async def test_held_rules_are_accepted_over_http(sandbox, tmp_path):
    path = tmp_path / "main.rules"
    path.write_text(f"{RULES}never transfer when opted_out is yes\n")
    settings = Settings(base_url=sandbox.base_url, watch=False)
    async with Engine(path, settings=settings) as engine, AgentServer(engine, events_key=KEY) as server:
        headers = {"Authorization": f"Bearer {KEY.get_secret_value()}"}
        async with httpx.AsyncClient(base_url=server.http_url, headers=headers, trust_env=False) as client:
            assert (await client.post("/rules/accept")).status_code == 409
            path.write_text(RULES)
            held = await engine.rules.reload()
            health = await client.get("/health")
            assert health.status_code == 200
            assert health.json()["problems"] == []
            assert "never transfer" in health.json()["warnings"][0]
            reply = await client.post("/rules/accept")
            assert reply.json() == {"status": "live", "revision": held.revision}
            assert engine.rules.revision == held.revision
            assert (await client.get("/health")).json()["warnings"] == []


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(45):
        while not holds():  # noqa: ASYNC110  (a call's opening has no event to wait for)
            await asyncio.sleep(0.01)
