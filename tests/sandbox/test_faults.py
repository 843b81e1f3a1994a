"""What goes wrong on purpose, as a client sees it and as the ledger tells it."""

import httpx
import pytest

from flowrules.sandbox import Fault, FaultRate, OpenedCall, Sandbox


@pytest.mark.parametrize(("when", "acted"), [("before", False), ("after", True)])
@pytest.mark.parametrize(("kind", "error"), [("timeout", httpx.ReadTimeout), ("reset", httpx.ReadError)])
async def test_no_answer_before_and_after_acting(
    kind, error, when, acted: bool, control, sandbox: Sandbox, opened: OpenedCall
):
    sandbox.add_faults(Fault(kind=kind, when=when))
    with pytest.raises(error):
        await control("hold", patience=0.5 if kind == "timeout" else 10)
    (entry,) = sandbox.ledger(opened.call_id)
    assert (entry.status, entry.acted, entry.fault) == (None, acted, f"{kind}_{when}")
    assert sandbox.call(opened.call_id).state.on_hold is acted
    assert (await control("unhold")).status_code == 200


async def test_a_truncated_reply_has_acted_and_breaks_the_connection(
    control, sandbox: Sandbox, opened: OpenedCall
):
    sandbox.add_faults(Fault(kind="truncated"))
    with pytest.raises(httpx.RemoteProtocolError):
        await control("hold")
    assert sandbox.acted(opened.call_id) == ["hold"]
    assert (await control("unhold")).status_code == 200


async def test_a_malformed_reply_is_a_success_that_is_not_json(control, sandbox: Sandbox, opened: OpenedCall):
    sandbox.add_faults(Fault(kind="malformed"))
    reply = await control("hold")
    assert reply.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        reply.json()
    assert sandbox.acted(opened.call_id) == ["hold"]


async def test_a_slow_reply_comes_after_the_client_gave_up(control, sandbox: Sandbox, opened: OpenedCall):
    sandbox.add_faults(Fault(kind="slow", seconds=30))
    with pytest.raises(httpx.ReadTimeout):
        await control("hold", patience=0.5)
    assert sandbox.acted(opened.call_id) == ["hold"]
    sandbox.add_faults(Fault(kind="slow", seconds=0.05))
    assert (await control("unhold")).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "retry_after", "acted"),
    [
        (Fault(kind="rate_limited"), 429, None, False),
        (Fault(kind="rate_limited", retry_after=3), 429, "3", False),
        (Fault(kind="max_concurrent"), 429, "5", False),
        (Fault(kind="no_voice_agent"), 424, None, False),
        (Fault(kind="refused"), 400, None, False),
        (Fault(kind="refused", status=403, when="after"), 403, None, False),
        (Fault(kind="server_error"), 503, None, False),
        (Fault(kind="server_error", status=500, when="after"), 500, None, True),
    ],
    ids=lambda value: value.label if isinstance(value, Fault) else None,
)
async def test_an_answer_in_place_of_the_true_one(
    fault: Fault,
    status: int,
    retry_after: str | None,
    acted: bool,
    control,
    sandbox: Sandbox,
    opened: OpenedCall,
):
    sandbox.add_faults(fault)
    reply = await control("hold")
    assert (reply.status_code, reply.headers.get("Retry-After")) == (status, retry_after)
    assert "X-RateLimit-Limit" not in reply.headers
    (entry,) = sandbox.ledger(opened.call_id)
    assert (entry.status, entry.acted, entry.fault) == (status, acted, fault.label)
    assert (await control("unhold")).status_code == 200


async def test_a_script_is_consumed_in_order_by_what_it_names(control, sandbox: Sandbox, opened: OpenedCall):
    other = await sandbox.open_call()
    sandbox.add_faults(
        Fault(kind="server_error", verb="mute", times=2),
        Fault(kind="refused", verb="mute"),
        Fault(kind="rate_limited", verb="hold", skip=1),
        Fault(kind="no_voice_agent", call_id=other.call_id),
    )
    assert (await control("hold", call_id=other.call_id, token=other.callback_token)).status_code == 424
    assert [(await control("hold")).status_code for _ in range(3)] == [200, 429, 200]
    assert [(await control("mute")).status_code for _ in range(4)] == [503, 503, 400, 200]
    sandbox.add_faults(Fault(kind="refused"))
    sandbox.clear_faults()
    assert (await control("hold", call_id=other.call_id, token=other.callback_token)).status_code == 200


async def test_a_refused_credential_does_not_use_up_a_fault(control, sandbox: Sandbox, opened: OpenedCall):
    sandbox.add_faults(Fault(kind="server_error"))
    assert (await control("hold", token="yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV")).status_code == 401
    assert (await control("hold", moh_url=7)).status_code == 422
    assert (await control("hold")).status_code == 503


async def test_a_rate_strikes_its_share_and_the_same_requests_every_time():
    async def statuses(seed: int) -> list[int]:
        async with Sandbox() as sandbox, httpx.AsyncClient(base_url=sandbox.base_url) as client:
            sandbox.configure(requests_per_second=1000)
            sandbox.set_fault_rate(
                FaultRate(rate=0.3, seed=seed, faults=(Fault(kind="server_error"), Fault(kind="refused")))
            )
            opened = await sandbox.open_call(call_id="the-same")
            headers = {"Authorization": f"Bearer {opened.callback_token}"}
            path = "/api/v1/ai-sessions/the-same/control"
            return [
                (await client.post(path, json={"event": "hold"}, headers=headers)).status_code
                for _ in range(200)
            ]

    first = await statuses(7)
    assert first == await statuses(7) != await statuses(8)
    assert set(first) == {200, 400, 503}
    assert 30 <= sum(status != 200 for status in first) <= 90


async def test_the_clock_jumps_once_a_request_is_done(control, sandbox: Sandbox):
    sandbox.add_faults(Fault(kind="clock_jump", seconds=1800))
    assert (await control("hold")).status_code == 200
    assert (await control("unhold")).status_code == 401


@pytest.mark.parametrize(("when", "status"), [("before", 409), ("after", 200)])
async def test_the_websocket_closes_in_the_middle(when, status: int, agent, dialling: Sandbox):
    opened = await dialling.open_call(faults=[{"kind": "close_websocket", "verb": "hold", "when": when}])
    async with httpx.AsyncClient(base_url=dialling.base_url) as http:
        headers = {"Authorization": f"Bearer {opened.callback_token}"}
        path = f"/api/v1/ai-sessions/{opened.call_id}/control"
        reply = await http.post(path, json={"event": "hold"}, headers=headers)
        assert reply.status_code == status
        assert (await http.post(path, json={"event": "unhold"}, headers=headers)).status_code == 409
    assert await agent.close_code() == 1000


async def test_stopping_does_not_wait_for_requests_that_are_never_answered():
    async with Sandbox() as sandbox, httpx.AsyncClient(base_url=sandbox.base_url) as http:
        opened = await sandbox.open_call(faults=[{"kind": "timeout"}])
        headers = {"Authorization": f"Bearer {opened.callback_token}"}
        path = f"/api/v1/ai-sessions/{opened.call_id}/control"
        with pytest.raises(httpx.ReadTimeout):
            await http.post(path, json={"event": "hold"}, headers=headers, timeout=0.1)
