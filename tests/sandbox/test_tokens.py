"""Tokens in time: thirty minutes, the refresh at minute 25, tokens that last a session, revocation."""

import httpx
import pytest

from flowrules.sandbox import OpenedCall, Sandbox


async def test_a_token_ends_after_thirty_minutes(control, sandbox: Sandbox, opened: OpenedCall):
    sandbox.advance(30 * 60 - 1)
    assert (await control("hold")).status_code == 200
    sandbox.advance(1)
    late = await control("unhold")
    assert (late.status_code, late.json()["detail"]) == (401, "Token expired")
    assert sandbox.call(opened.call_id).outcome is None


async def test_a_refresh_leaves_the_old_token_to_its_own_end(control, sandbox: Sandbox, opened: OpenedCall):
    sandbox.advance(25 * 60)
    newer = sandbox.refresh(opened.call_id)
    assert (await control("hold")).status_code == 200
    assert (await control("unhold", token=newer)).status_code == 200
    sandbox.advance(5 * 60)
    assert (await control("hold")).status_code == 401
    assert (await control("hold", token=newer)).status_code == 200
    assert [entry.token_number for entry in sandbox.ledger(opened.call_id)] == [1, 2, 1, 2]


async def test_the_agent_gets_its_refreshes_when_the_clock_passes_them(dialling: Sandbox, agent):
    opened = await dialling.open_call()
    assert (await agent.text())["callback_token"] == opened.callback_token
    dialling.advance(25 * 60 - 1)
    dialling.press(opened.call_id, "1")
    assert (await agent.text())["event"] == "dtmf"
    dialling.advance(1)
    first = await agent.text()
    assert (first["type"], first["call_id"]) == ("token_refresh", opened.call_id)
    assert first["callback_token"] != opened.callback_token
    # Winding far ahead sends every refresh on the way, each from its own moment.
    dialling.advance(50 * 60)
    second, third = await agent.text(), await agent.text()
    assert second["type"] == third["type"] == "token_refresh"
    assert len({frame["callback_token"] for frame in (first, second, third)}) == 3
    assert first["callback_token_expires_at"] < second["callback_token_expires_at"]
    assert second["callback_token_expires_at"] < third["callback_token_expires_at"]
    async with httpx.AsyncClient(base_url=dialling.base_url) as http:

        async def hold(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            path = f"/api/v1/ai-sessions/{opened.call_id}/control"
            return (await http.post(path, json={"event": "hold"}, headers=headers)).status_code

        # 75 minutes in: the second refresh (minute 50) has five minutes left, the first (25) is over.
        tokens = (first, second, third)
        assert [await hold(frame["callback_token"]) for frame in tokens] == [401, 200, 200]


async def test_a_session_token_lasts_a_day_and_no_longer_than_the_websocket(dialling: Sandbox, agent):
    opened = await dialling.open_call(token_lifetime="ws_session")
    dialling.advance(23 * 3600)
    async with httpx.AsyncClient(base_url=dialling.base_url) as http:
        headers = {"Authorization": f"Bearer {opened.callback_token}"}
        path = f"/api/v1/ai-sessions/{opened.call_id}/control"
        assert (await http.post(path, json={"event": "hold"}, headers=headers)).status_code == 200
        dialling.close(opened.call_id)
        gone = await http.post(path, json={"event": "unhold"}, headers=headers)
    assert (gone.status_code, gone.json()["detail"]) == (401, "Token revoked")
    await agent.close_code()
    kinds = [agent.texts.get_nowait()["type"] for _ in range(agent.texts.qsize())]
    assert kinds == ["metadata"]


@pytest.fixture
def revoke(http: httpx.AsyncClient, sandbox: Sandbox, opened: OpenedCall):
    async def send(token: str, *, by: str | None = None, call_id: str | None = None) -> httpx.Response:
        path = f"/api/v1/ai-sessions/{call_id or opened.call_id}/revoke_token"
        headers = {"Authorization": f"Bearer {by or sandbox.tenant_key}"}
        return await http.post(path, json={"token": token}, headers=headers)

    return send


async def test_a_revoked_token_controls_nothing(revoke, control, sandbox: Sandbox, opened: OpenedCall):
    reply = await revoke(opened.callback_token)
    assert reply.status_code == 200
    answer = reply.json()
    assert answer.keys() == {"ok", "jti", "revoked_until_ts"}
    assert answer["ok"] is True
    assert answer["revoked_until_ts"] == int(sandbox.platform.clock.now() + 1800)
    assert opened.callback_token not in reply.text
    refused = await control("hold")
    assert (refused.status_code, refused.json()["detail"]) == (401, "Token revoked")
    entry = sandbox.ledger(opened.call_id)[0]
    assert (entry.request, entry.verb, entry.acted) == ("revoke_token", None, True)
    assert opened.callback_token not in repr(entry)


async def test_who_may_revoke_what(revoke, sandbox: Sandbox, opened: OpenedCall):
    other = await sandbox.open_call()
    token = opened.callback_token
    assert (await revoke(token, by=token)).status_code == 403
    assert (await revoke(token, by=sandbox.add_tenant_key(scopes=[]))).status_code == 403
    assert (await revoke(token, by=sandbox.add_tenant_key(tenant="another"))).status_code == 404
    assert (await revoke(token, call_id=other.call_id)).status_code == 403
    assert (await revoke(sandbox.tenant_key)).status_code == 403
    assert (await revoke("yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV")).status_code == 403
    assert (await revoke(7)).status_code == 422
