"""The webhook receiver: two signature schemes, a window, deliveries that come twice."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from flowrules import Engine, Mode, RuleBook, Settings

SECRET = "whsec_1"
NOW = 1_716_026_688
RULES = "on ai_session.transferred when ai_session.outcome is transferred_agent hold\non ai_session.recorded 2 times hold\n"


def sign(body: bytes, at: int, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def general(body: bytes, at: int = NOW) -> dict[str, str]:
    return {"X-Yotel-Timestamp": str(at), "X-Yotel-Signature": f"sha256={'0' * 64},sha256={sign(body, at)}"}


def session(body: bytes, at: int = NOW) -> dict[str, str]:
    return {"X-Yotel-Signature": f"t={at},v0={sign(body, at)}"}


def delivery(kind: str = "ai_session.transferred", **data: Any) -> bytes:
    data = {"call_id": "c1", "outcome": "transferred_agent", "log": [{"a": 1}], **data}
    return json.dumps(
        {"id": "ev_1", "type": kind, "created_at": "…", "tenant_id": "t", "data": data}
    ).encode()


class Desk:
    def __init__(self, engine: Engine, receiver: Any) -> None:
        self.engine = engine
        self.call = engine.call("c1")
        transport = httpx.ASGITransport(app=receiver.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://receiver")

    async def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        reply = await self.client.post("/webhooks", content=body, headers=headers)
        return reply.status_code, reply.json()


@pytest.fixture
async def desk(examples: Path) -> AsyncIterator[Desk]:
    from webhooks import Receiver

    async with Engine(RuleBook.from_text(RULES), settings=Settings(mode=Mode.DRY_RUN)) as engine:
        desk = Desk(engine, Receiver(engine, SecretStr(SECRET), lambda: float(NOW)))
        yield desk
        await desk.client.aclose()


@pytest.mark.parametrize("scheme", [general, session])
async def test_a_genuine_delivery_is_an_event(desk: Desk, scheme: Any) -> None:
    body = delivery()
    assert await desk.post(body, scheme(body)) == (200, {"ok": True, "taken": True})
    assert desk.call.state.facts["ai_session.outcome"] == "transferred_agent"


async def test_a_delivery_that_comes_twice_counts_once(desk: Desk) -> None:
    body = delivery("ai_session.recorded")
    for _ in range(3):
        assert (await desk.post(body, session(body)))[0] == 200
    assert desk.engine.counters["events"] == 1
    assert desk.engine.counters["events_repeated"] == 2


@pytest.mark.parametrize("late", [-301, 301])
@pytest.mark.parametrize("scheme", [general, session])
async def test_an_old_delivery_and_one_from_the_future_are_refused(
    desk: Desk, scheme: Any, late: int
) -> None:
    body = delivery()
    assert (await desk.post(body, scheme(body, NOW + late)))[0] == 401
    assert (await desk.post(body, scheme(body, NOW + late // 301 * 300)))[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Yotel-Signature": ""},
        {"X-Yotel-Signature": "t=,v0="},
        {"X-Yotel-Signature": f"t={NOW}"},
        {"X-Yotel-Signature": f"t={NOW},v0={'0' * 64}"},
        {"X-Yotel-Signature": f"t={NOW},v1={sign(delivery(), NOW)}"},
        {"X-Yotel-Signature": f"t=-{NOW},v0={sign(delivery(), NOW)}"},
        {"X-Yotel-Signature": f"sha256={sign(delivery(), NOW)}"},
        {"X-Yotel-Signature": f"t={NOW},v0={sign(delivery(), NOW, 'other')}"},
        {"X-Yotel-Timestamp": "²", "X-Yotel-Signature": f"sha256={sign(delivery(), NOW)}"},
        {"X-Yotel-Timestamp": str(NOW), "X-Yotel-Signature": sign(delivery(), NOW)},
    ],
)
async def test_a_delivery_that_is_not_genuine_is_refused(desk: Desk, headers: dict[str, str]) -> None:
    raw = {name: value.encode() for name, value in headers.items()}
    assert (await desk.post(delivery(), raw))[0] == 401  # type: ignore[arg-type]  # any bytes may come
    assert desk.engine.counters["events"] == 0


async def test_a_changed_body_is_refused(desk: Desk) -> None:
    assert (await desk.post(delivery(outcome="hangup"), session(delivery())))[0] == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"id": 1}', b'{"type": "x", "id": "y", "data": 5}'])
async def test_what_can_t_be_read_is_refused(desk: Desk, body: bytes) -> None:
    assert (await desk.post(body, session(body)))[0] == 400


@pytest.mark.parametrize(
    "body", [delivery(call_id="c2"), delivery("campaign.finished"), delivery(call_id=None)]
)
async def test_what_is_of_no_interest_is_taken_for_read(desk: Desk, body: bytes) -> None:
    assert await desk.post(body, session(body)) == (200, {"ok": True, "taken": False})


async def test_the_general_shape_is_read_too(desk: Desk) -> None:
    told = {
        "event_id": "ev_2",
        "event_type": "ai_session.recorded",
        "timestamp": "…",
        "data": {"call_id": "c1"},
    }
    body = json.dumps(told).encode()
    assert await desk.post(body, general(body)) == (200, {"ok": True, "taken": True})


async def test_a_session_that_has_ended_closes_the_call(desk: Desk) -> None:
    body = delivery("ai_session.ended")
    assert await desk.post(body, session(body)) == (200, {"ok": True, "taken": True})
    assert desk.call.over == "the platform says that the session has ended"
    assert "c1" not in desk.engine.calls


async def test_a_body_has_a_limit(desk: Desk) -> None:
    body = delivery(note="x" * 300_000)
    assert (await desk.post(body, session(body)))[0] == 413


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "event_type", "id", "event_id", "data", "call_id", "outcome"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)
no_controls = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=100)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(st.text(max_size=5), json_values, max_size=4).map(lambda data: delivery(**data)),
    genuine=st.booleans(),
    stamp=no_controls | st.just("9" * 5_000),
    signature=no_controls | st.just("t=" + "9" * 5_000 + ",v0=00"),
)
async def test_whatever_is_delivered_is_answered(
    desk: Desk, body: bytes, genuine: bool, stamp: str, signature: str
) -> None:
    headers = session(body) if genuine else {"X-Yotel-Timestamp": stamp, "X-Yotel-Signature": signature}
    status, told = await desk.post(body, headers)
    assert status in ((200, 400) if genuine else (401,))
    assert told.keys() in ({"ok", "taken"}, {"detail"})


@pytest.mark.parametrize("deep", [200, 900, 100_000])
async def test_nesting_without_end_is_answered(desk: Desk, deep: int) -> None:
    nested = '{"a":' * deep + "1" + "}" * deep
    body = f'{{"id":"e","type":"ai_session.recorded","data":{{"call_id":"c1","x":{nested}}}}}'.encode()
    status, _ = await desk.post(body, session(body))
    assert status in (200, 400, 413)
    assert desk.call.over == ""
