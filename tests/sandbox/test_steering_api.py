"""The sandbox's own routes: a test in another process, or in another language, can do all of it over HTTP."""

import httpx
import pytest

from flowrules.sandbox import Clock, Sandbox


async def hold(http: httpx.AsyncClient, call_id: str, token: str) -> int:
    path = f"/api/v1/ai-sessions/{call_id}/control"
    reply = await http.post(path, json={"event": "hold"}, headers={"Authorization": f"Bearer {token}"})
    return reply.status_code


async def test_open_control_and_read_the_ledger(http: httpx.AsyncClient):
    opened = (await http.post("/sandbox/calls", json={"lead": {"name": "Ravi"}, "call_id": "call-1"})).json()
    assert opened["call_id"] == "call-1"
    assert opened["metadata"]["lead"]["name"] == "Ravi"
    assert opened["metadata"]["callback_token"] == opened["callback_token"]
    assert await hold(http, "call-1", opened["callback_token"]) == 200
    shown = (await http.get("/sandbox/calls/call-1")).json()
    assert (shown["outcome"], shown["state"]["on_hold"]) == (None, True)
    (entry,) = shown["ledger"]
    assert (entry["verb"], entry["body"], entry["status"]) == ("hold", {"event": "hold"}, 200)
    assert (entry["acted"], entry["replay"], entry["credential"]) == (True, False, "callback_token")
    assert entry["effect"] == "live"
    assert (await http.get("/sandbox/ledger")).json()["entries"] == shown["ledger"]
    assert (await http.get("/sandbox/calls")).json() == {"calls": [{"call_id": "call-1", "outcome": None}]}
    assert (await http.post("/sandbox/calls", json={"call_id": "call-1"})).status_code == 422


async def test_an_empty_body_opens_a_call_too(http: httpx.AsyncClient):
    assert (await http.post("/sandbox/calls")).json()["websocket"] == "none"


async def test_the_clock_faults_settings_and_keys(http: httpx.AsyncClient, sandbox: Sandbox):
    opened = (await http.post("/sandbox/calls")).json()
    call_id, token = opened["call_id"], opened["callback_token"]
    await http.post(f"/sandbox/calls/{call_id}/faults", json={"kind": "server_error"})
    assert await hold(http, call_id, token) == 503
    await http.post("/sandbox/faults", json=[{"kind": "refused", "status": 404}])
    assert await hold(http, call_id, token) == 404
    rate = {"rate": 1.0, "seed": 1, "faults": [{"kind": "no_voice_agent"}]}
    await http.post("/sandbox/faults", json={"rate": rate})
    assert await hold(http, call_id, token) == 424
    await http.post("/sandbox/faults", json={"script": [{"kind": "refused"}], "rate": None})
    assert await hold(http, call_id, token) == 400
    await http.post("/sandbox/faults", json={"script": [{"kind": "refused", "times": 9}]})
    await http.post("/sandbox/faults", json={"clear": True})
    assert await hold(http, call_id, token) == 200
    settings = (await http.post("/sandbox/settings", json={"enforce_keys": False})).json()
    assert settings["enforce_keys"] is False
    assert "auth_token" not in settings
    newer = (await http.post(f"/sandbox/calls/{call_id}/refresh")).json()
    assert newer["sent"] is False
    before = sandbox.platform.clock.now()
    assert (await http.post("/sandbox/clock", json={"advance_seconds": 1800})).status_code == 200
    assert sandbox.platform.clock.now() == before + 1800
    assert await hold(http, call_id, token) == 401
    key = (await http.post("/sandbox/tenant_keys", json={"per_minute": 1})).json()["tenant_key"]
    assert [await hold(http, call_id, key) for _ in range(2)] == [200, 429]


async def test_frames_refresh_and_close(agent):
    async with (
        Sandbox(clock=Clock(running=False)) as sandbox,
        httpx.AsyncClient(base_url=sandbox.base_url) as http,
    ):
        await http.post("/sandbox/settings", json={"audio": "none", "ws_url": agent.url})
        opened = (await http.post("/sandbox/calls")).json()
        assert opened["websocket"] == "open"
        assert await agent.text() == opened["metadata"]
        path = f"/sandbox/calls/{opened['call_id']}"
        digit = {"event": "dtmf", "dtmf": "2", "duration": "1600"}
        assert (await http.post(f"{path}/frames", json=digit)).json() == {"sent": 1}
        assert await agent.text() == digit
        assert (await http.post(f"{path}/frames", json=[digit, digit])).json() == {"sent": 2}
        assert [await agent.text(), await agent.text()] == [digit, digit]
        refreshed = (await http.post(f"{path}/refresh")).json()
        assert refreshed["sent"] is True
        assert (await agent.text())["callback_token"] == refreshed["callback_token"]
        assert (await http.post(f"{path}/close")).json() == {"outcome": "hangup"}
        assert await agent.close_code() == 1000
        shown = (await http.get(path)).json()
        assert (shown["outcome"], shown["websocket"]) == ("hangup", "none")
        assert (await http.post(f"{path}/frames", json=digit)).json() == {"sent": 0}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sandbox/calls", {"colour": "red"}, 422),
        ("/sandbox/calls", {"call_id": "../x"}, 422),
        ("/sandbox/calls", {"ws_url": "http://agent"}, 422),
        ("/sandbox/calls", {"metadata": {"notes": "x" * 9000}}, 422),
        ("/sandbox/clock", {"advance_seconds": -1}, 422),
        ("/sandbox/clock", {"advance_seconds": 1e300}, 422),
        ("/sandbox/clock", [], 422),
        ("/sandbox/faults", [{"kind": "earthquake"}], 422),
        ("/sandbox/settings", {"audio": "opus"}, 422),
        ("/sandbox/calls/none/close", {}, 404),
        ("/sandbox/calls/none/frames", {}, 404),
        ("/sandbox/calls/none/refresh", {}, 404),
        ("/sandbox/calls/none/faults", [], 404),
    ],
)
async def test_what_does_not_fit_is_refused(path: str, body, status: int, http: httpx.AsyncClient):
    assert (await http.post(path, json=body)).status_code == status


async def test_no_body_that_is_no_json_and_no_unknown_call(http: httpx.AsyncClient):
    assert (await http.post("/sandbox/calls", content=b"{")).status_code == 422
    assert (await http.get("/sandbox/calls/none")).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example", "Content-Type": "application/json"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:8765"}, 403),
        ({"Host": "localhost.evil.example"}, 403),
        ({"Host": ""}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
    ],
)
async def test_a_web_page_can_not_steer(http: httpx.AsyncClient, sandbox: Sandbox, headers, status: int):
    """Not with a form, not with a script of another site, not under a name that was pointed at this machine."""
    for path, content in (("/calls", "{}"), ("/tenant_keys", "{}"), ("/clock", '{"advance_seconds": 1}')):
        reply = await http.post(f"/sandbox{path}", content=content, headers=headers)
        assert reply.status_code == status
        assert "yt_" not in reply.text
    if "Content-Type" not in headers:
        assert (await http.get("/sandbox/ledger", headers=headers)).status_code == status
    assert not sandbox.platform.calls


@pytest.mark.parametrize("host", ["localhost:1234", "127.0.0.1", "[::1]:80", "192.168.1.7:8765"])
async def test_programs_steer_by_address(http: httpx.AsyncClient, host: str):
    """As curl does, which calls its body a form unless it is told otherwise."""
    headers = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}
    assert (await http.post("/sandbox/calls", content='{"lead": {}}', headers=headers)).status_code == 200
