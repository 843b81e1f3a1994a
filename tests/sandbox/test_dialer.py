"""The platform dials the agent: handshake, frames, audio, and how a call ends with its WebSocket."""

import asyncio

import httpx
import pytest
from pydantic import SecretStr
from websockets.asyncio.server import serve

from flowrules.sandbox import Clock, Fault, FaultRate, FrameFault, Sandbox, Settings


async def test_the_first_frame_is_the_metadata(dialling: Sandbox, agent):
    opened = await dialling.open_call(
        lead={"name": "रवि", "owner": "priya"},
        metadata={"campaign": {"name": "gold_2026"}, "contacts_today": 2},
    )
    assert (opened.websocket, opened.dial_error) == ("open", None)
    frame = await agent.text()
    assert frame == opened.metadata
    assert (frame["type"], frame["call_id"]) == ("metadata", opened.call_id)
    assert frame["callback_token"] == opened.callback_token
    assert frame["lead"] == {
        "id": "lead_1",
        "name": "रवि",
        "phone": "+911234567890",
        "status": "connected",
        "owner": "priya",
    }
    assert (frame["campaign"]["name"], frame["contacts_today"]) == ("gold_2026", 2)
    assert agent.subprotocols == ["audio.drachtio.org"]
    assert agent.authorization == [None]


async def test_the_other_spelling_and_the_other_subprotocol(agent):
    settings = Settings(ws_url=agent.url, frame_keys="camel", subprotocol="audio.jambonz.org", audio="none")
    async with Sandbox(settings) as sandbox:
        opened = await sandbox.open_call()
        frame = await agent.text()
        assert frame["event"] == "metadata"
        assert (frame["data"]["callId"], frame["data"]["token"]) == (opened.call_id, opened.callback_token)
        newer = sandbox.refresh(opened.call_id)
        frame = await agent.text()
        assert (frame["event"], frame["data"]["token"]) == ("token_refresh", newer)
    assert agent.subprotocols == ["audio.jambonz.org"]


@pytest.mark.parametrize(("audio", "frame"), [("pcma", b"\xd5" * 160), ("pcm_s16le", bytes(640))])
async def test_silence_follows(audio, frame: bytes, agent):
    async with Sandbox(Settings(ws_url=agent.url, audio=audio)) as sandbox:
        opened = await sandbox.open_call()
        for _ in range(5):
            assert await asyncio.wait_for(agent.audio.get(), 45) == frame
        sandbox.close(opened.call_id)
        await agent.close_code()
        # The ticker has gone with the last call, and comes back with the next.
        while not agent.audio.empty():
            agent.audio.get_nowait()
        await sandbox.open_call()
        assert await asyncio.wait_for(agent.audio.get(), 45) == frame


async def test_the_bearer_opens_the_agents_door(agent):
    agent.bearer = "sesame"
    settings = Settings(ws_url=agent.url, auth_token=SecretStr("sesame"), audio="none")
    async with Sandbox(settings) as sandbox:
        assert (await sandbox.open_call()).websocket == "open"
        shut = await sandbox.open_call(auth_token="wrong")
        assert (shut.websocket, shut.dial_error) == ("failed", "the agent answered HTTP 401")
        assert sandbox.call(shut.call_id).outcome == "error"
    assert agent.authorization == ["Bearer sesame", "Bearer wrong"]


async def test_an_agent_that_is_not_there(sandbox: Sandbox):
    opened = await sandbox.open_call(ws_url="ws://127.0.0.1:9/agent")
    assert opened.websocket == "failed"
    assert opened.dial_error == "the agent cannot be reached (ConnectionRefusedError)"
    assert sandbox.call(opened.call_id).outcome == "error"


async def test_an_agent_that_does_not_speak_the_subprotocol():
    async def agent(connection) -> None:
        async for _ in connection:
            pass

    async with serve(agent, "127.0.0.1", 0) as server, Sandbox() as sandbox:
        port = server.sockets[0].getsockname()[1]
        opened = await sandbox.open_call(ws_url=f"ws://127.0.0.1:{port}")
        assert opened.dial_error == "the agent does not speak audio.drachtio.org"


async def test_a_call_can_be_opened_without_dialling(dialling: Sandbox, agent):
    opened = await dialling.open_call(dial=False)
    assert opened.websocket == "none"
    assert agent.connections == []
    assert dialling.send_frame(opened.call_id, {"event": "dtmf"}) is False


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"event": "hangup"}, "hangup"),
        ({"event": "transfer", "destination_type": "agent", "destination": "a"}, "transferred_agent"),
    ],
)
async def test_an_ending_verb_drops_the_ais_leg_at_once(body, outcome: str, dialling: Sandbox, agent):
    opened = await dialling.open_call()
    async with httpx.AsyncClient(base_url=dialling.base_url) as http:
        headers = {"Authorization": f"Bearer {opened.callback_token}"}
        path = f"/api/v1/ai-sessions/{opened.call_id}/control"
        assert (await http.post(path, json=body, headers=headers)).status_code == 200
    assert await agent.close_code() == 1000
    assert dialling.call(opened.call_id).outcome == outcome
    assert not dialling.websocket_open(opened.call_id)


@pytest.mark.parametrize(
    ("action", "outcome"), [("hangup", "hangup"), ("transfer_to_queue", "transferred_agent_queue")]
)
async def test_the_agents_close_ends_the_call(action, outcome: str, dialling: Sandbox, agent):
    dialling.configure(ws_disconnect_action=action)
    opened = await dialling.open_call()
    await agent.text()
    await agent.connections[0].close()
    async with httpx.AsyncClient(base_url=dialling.base_url) as http:
        headers = {"Authorization": f"Bearer {opened.callback_token}"}
        path = f"/api/v1/ai-sessions/{opened.call_id}/control"
        assert await asyncio.wait_for(dialling.outcome(opened.call_id), 45) == outcome
        assert (await http.post(path, json={"event": "hold"}, headers=headers)).status_code == 409


async def test_the_platforms_close_in_three_ways(dialling: Sandbox, agent):
    polite, cut, dead = [await dialling.open_call() for _ in range(3)]
    dialling.close(polite.call_id)
    assert await agent.close_code() == 1000
    dialling.close(cut.call_id, "abort")
    assert await agent.close_code() == 1006
    dialling.close(dead.call_id, "silent")
    assert dialling.call(dead.call_id).outcome is None
    connection = agent.connections[2]
    pong = await connection.ping()
    dialling.press(dead.call_id, "1")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pong, 0.2)
    assert dialling.call(dead.call_id).frames_sent == ["metadata"]


async def test_digits_and_any_other_frame(dialling: Sandbox, agent):
    opened = await dialling.open_call()
    await agent.text()
    dialling.press(opened.call_id, "2#")
    assert await agent.text() == {"event": "dtmf", "dtmf": "2", "duration": "1600"}
    assert await agent.text() == {"event": "dtmf", "dtmf": "#", "duration": "1600"}
    mark = {"type": "mark", "data": {"name": "m1", "event": "playout"}}
    assert dialling.send_frame(opened.call_id, mark)
    assert await agent.text() == mark
    assert dialling.call(opened.call_id).frames_sent == ["metadata", "dtmf", "dtmf", "mark"]


async def test_frames_are_doubled_delayed_and_lost(dialling: Sandbox, agent):
    opened = await dialling.open_call(
        faults=[
            {"kind": "duplicate", "frame": "token_refresh"},
            {"kind": "late", "frame": "token_refresh", "seconds": 0.05},
            {"kind": "lost", "frame": "dtmf", "skip": 1},
        ]
    )
    await agent.text()
    first, second = dialling.refresh(opened.call_id), dialling.refresh(opened.call_id)
    dialling.press(opened.call_id, "123")
    got = [await agent.text() for _ in range(5)]
    assert [frame.get("callback_token", frame.get("dtmf")) for frame in got] == [
        first,
        first,
        "1",
        "3",
        second,
    ]


async def test_an_agent_that_never_reads_holds_nobody_up():
    async def deaf(connection) -> None:
        connection.transport.pause_reading()
        await connection.wait_closed()

    async with (
        serve(deaf, "127.0.0.1", 0, subprotocols=["audio.drachtio.org"], close_timeout=1) as server,
        Sandbox(clock=Clock(running=False)) as sandbox,
    ):
        port = server.sockets[0].getsockname()[1]
        opened = await sandbox.open_call(ws_url=f"ws://127.0.0.1:{port}")
        for _ in range(200):
            sandbox.send_frame(opened.call_id, {"type": "mark", "data": "x" * 10_000})
        sandbox.advance(1500)
        assert sandbox.call(opened.call_id).frames_sent[-1] == "token_refresh"
        for connection in server.connections:
            connection.transport.abort()


async def test_a_frame_fault_for_any_call(dialling: Sandbox, agent):
    dialling.add_faults(FrameFault(kind="lost", frame="metadata"))
    await dialling.open_call()
    second = await dialling.open_call()
    assert (await agent.text())["call_id"] == second.call_id


async def test_frames_go_wrong_by_rate_too(dialling: Sandbox, agent):
    dialling.set_fault_rate(
        FaultRate(
            rate=0.5,
            seed=3,
            faults=(
                FrameFault(kind="duplicate", frame="dtmf"),
                FrameFault(kind="lost", frame="dtmf"),
                Fault(kind="server_error"),
            ),
        )
    )
    opened = await dialling.open_call(call_id="by-rate")
    assert (await agent.text())["call_id"] == opened.call_id
    dialling.press(opened.call_id, "1" * 100)
    dialling.set_fault_rate(None)
    dialling.press(opened.call_id, "#")
    got = []
    while (frame := await agent.text())["dtmf"] != "#":
        got.append(frame)
    sent = dialling.call(opened.call_id).frames_sent.count("dtmf")
    assert 60 < len(got) < 140
    assert len(got) != 100
    assert sent == len(got) + 1
