"""Whatever is sent: an answer in the documented shapes, never a crash, never a token."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowrules.sandbox import OpenedCall, Sandbox, Settings
from flowrules.verbs import BY_NAME

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
names = sorted({name for spec in BY_NAME.values() for name in spec.model.model_fields} - {"event"})
bodies = st.builds(
    lambda event, fields: {**fields, "event": event},
    st.sampled_from(sorted(BY_NAME)) | json_values,
    st.dictionaries(st.sampled_from(names) | st.text(), json_values, max_size=4),
)


@pytest.fixture
async def open_house() -> AsyncIterator[Sandbox]:
    async with Sandbox(Settings(requests_per_second=10**9)) as running:
        yield running


def shaped(reply: httpx.Response) -> bool:
    if reply.status_code == 200:
        return reply.json()["ok"] is True
    detail = reply.json()["detail"]
    if isinstance(detail, list):
        return reply.status_code == 422 and all(row.keys() == {"loc", "msg", "type"} for row in detail)
    return isinstance(detail, str) or detail.keys() == {"code", "message"}


lenient = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@lenient
@given(body=bodies | json_values)
async def test_random_json(body: Any, open_house: Sandbox):
    opened = await open_house.open_call()
    async with httpx.AsyncClient(base_url=open_house.base_url) as http:
        reply = await http.post(
            f"/api/v1/ai-sessions/{opened.call_id}/control",
            content=json.dumps(body),
            headers={"Authorization": f"Bearer {opened.callback_token}"},
        )
        assert reply.status_code in (200, 403, 404, 422)
        assert shaped(reply)
        shown = await http.get(f"/sandbox/calls/{opened.call_id}")
        assert shown.status_code == 200
        for text in (reply.text, shown.text):
            assert opened.callback_token not in text


@lenient
@given(body=st.binary(max_size=200), authorization=st.binary(max_size=60), key=st.binary(max_size=60))
async def test_random_bytes(body: bytes, authorization: bytes, key: bytes, open_house: Sandbox):
    opened = await open_house.open_call()

    def printable(raw: bytes) -> bytes:
        return bytes(byte for byte in raw if byte >= 32 and byte != 127).strip()

    async with httpx.AsyncClient(base_url=open_house.base_url) as http:
        for header in (f"Bearer {opened.callback_token}".encode(), printable(authorization)):
            reply = await http.post(
                f"/api/v1/ai-sessions/{opened.call_id}/control",
                content=body,
                headers={b"Authorization": header, b"Idempotency-Key": printable(key)},
            )
            assert reply.status_code in (200, 401, 422)
            assert shaped(reply)
        assert (await http.get(f"/sandbox/calls/{opened.call_id}")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"event":"set_lead_field","field":"x","value":' + b"[" * 190 + b"]" * 190 + b"}",
        b'{"event":"set_lead_field","field":"x","value":' + b"9" * 4000 + b"}",
        b'{"event":"set_lead_field","field":"x","value":1e999}',
        b'{"event":"set_lead_field","field":"x","value":NaN}',
        b'{"event":"set_lead_field","field":"x","value":"\\ud800"}',
        b'{"event":"set_lead_field","field":"x","value":"\\u0000"}',
        b'{"event":"hold","event":"hangup"}',
        b"\xff\xfe\x00",
    ],
    ids=range(9),
)
async def test_bodies_that_break_parsers(body: bytes, sandbox: Sandbox, opened: OpenedCall):
    async with httpx.AsyncClient(base_url=sandbox.base_url) as http:
        path = f"/api/v1/ai-sessions/{opened.call_id}/control"
        headers = {"Authorization": f"Bearer {opened.callback_token}"}
        first = await http.post(path, content=body, headers=headers)
        assert first.status_code in (200, 422)
        state = await http.post(path, json={"event": "get_call_state"}, headers=headers)
        assert state.status_code in (200, 409)
        assert (await http.get(f"/sandbox/calls/{opened.call_id}")).status_code == 200


async def test_a_body_without_end_is_cut_off(http: httpx.AsyncClient, opened: OpenedCall):
    path = f"/api/v1/ai-sessions/{opened.call_id}/control"
    reply = await http.post(path, content=b" " * (1024 * 1024 + 1))
    assert reply.status_code == 413


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=ten", "limit=9999999999999", "limit=²", "started_after=yesterday"]
)
async def test_queries_that_do_not_fit(query: str, http: httpx.AsyncClient, sandbox: Sandbox):
    headers = {"Authorization": f"Bearer {sandbox.tenant_key}"}
    reply = await http.get(f"/api/v1/ai-sessions?{query}", headers=headers)
    assert reply.status_code == 422
    assert reply.json()["detail"][0]["loc"] == ["query", query.partition("=")[0]]


async def test_a_callback_token_reads_nothing(http: httpx.AsyncClient, opened: OpenedCall):
    headers = {"Authorization": f"Bearer {opened.callback_token}"}
    assert (await http.get("/api/v1/ai-sessions", headers=headers)).status_code == 403
    assert (await http.get(f"/api/v1/ai-sessions/{opened.call_id}", headers=headers)).status_code == 403
    assert (await http.get("/api/v1/ai-sessions")).status_code == 401


async def test_a_client_that_leaves_in_mid_body(
    sandbox: Sandbox, opened: OpenedCall, control, caplog: pytest.LogCaptureFixture
):
    host, port = sandbox.base_url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    path = f"/api/v1/ai-sessions/{opened.call_id}/control"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{{".encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await control("hold")).status_code == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_request_that_is_no_http_at_all(sandbox: Sandbox, control):
    host, port = sandbox.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"\x16\x03\x01\x00\xa5 hello\r\n\r\n")
    assert b"400" in await asyncio.wait_for(reader.readline(), 45)
    writer.close()
    await writer.wait_closed()
    assert (await control("hold")).status_code == 200


ROUTES = [
    "/calls",
    "/calls/{}/frames",
    "/calls/{}/refresh",
    "/calls/{}/close",
    "/calls/{}/faults",
    "/calls/no-such-call/frames",
    "/faults",
    "/clock",
    "/settings",
    "/tenant_keys",
]
steering_fields = st.sampled_from(
    "call_id ws_url lead metadata faults kind when verb times skip seconds status rate seed script clear frames how "
    "advance_seconds tenant scopes per_minute environment enforce_keys rate_counting auth_token dial".split()
)
steering_bodies = (
    st.binary(max_size=100)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(
        steering_fields,
        json_values
        | st.sampled_from(
            ["slow", "late", "abort", "live", 1e308, 10**400, -1, "wss://[", "http://x", {"rate": 2}]
        ),
        max_size=4,
    ).map(lambda value: json.dumps(value).encode())
)


@lenient
@given(route=st.sampled_from(ROUTES), body=steering_bodies)
async def test_whoever_steers_can_not_break_it(route: str, body: bytes, open_house: Sandbox, caplog: Any):
    opened = await open_house.open_call()
    async with httpx.AsyncClient(base_url=open_house.base_url) as http:
        reply = await http.post(f"/sandbox{route.format(opened.call_id)}", content=body)
        assert reply.status_code in (200, 404, 422), reply.text
        if reply.status_code != 200:
            assert shaped(reply)
        # What was switched is switched back; the call is as it was, unless it was ended.
        open_house.clear_faults()
        open_house.configure(**Settings(requests_per_second=10**9).model_dump())
        assert (await http.get(f"/sandbox/calls/{opened.call_id}")).status_code == 200
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
