"""Whatever comes in, by whichever door: a typed error or an outcome, never a crash, never a token shown."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.receipt import Status
from flowrules.control.client import ControlClient
from flowrules.control.errors import FlowrulesError, RequestFailed
from flowrules.control.retry import Backoff
from flowrules.control.wire import Timeouts
from flowrules.engine.event import BadEvent, Source
from flowrules.runtime.calls.frames import MAX_FRAME, Ignored
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import BadFrame
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings

TOKEN = "yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV"
KEY = SecretStr("events-key")
QUIET = logging.getLogger("tests.platform")
"""At DEBUG, websockets logs every frame it sends: here that would be the platform's doing, not the host's."""
QUIET.setLevel(logging.WARNING)
RULES = """
fact amount is number
fact x is text
fact x.y is text
fact last is yes/no
never hold when amount is at least 5
on said contains "help" log "{said} {amount} {x} {lead.name}"
on intent is known set_lead_field note to "{intent} {x.y}" then hold
on dtmf is known remember last is yes then set_disposition "KEYS" note "{dtmf}"
on step_failed log "{failed_verb} {failed_reason}"
"""

names = st.sampled_from(
    "intent said hearing dtmf amount x x.y lead lead.name call call.on_hold type event data call_id callId token "
    "callback_token turn time id events facts source signal turn_id event_id step_failed call_ended".split()
)
numbers = st.integers() | st.floats() | st.sampled_from([10**400, -(10**4200), 2**63, 5e-324, 1.8e308])
texts = st.text(max_size=20) | st.sampled_from(
    [
        "help",
        "\x00",
        "{said}",
        "‮",
        "x" * 20_000,
        TOKEN,
        "4111 1111 1111 1111",
        "metadata",
        "token_refresh",
        "dtmf",
        "9",
    ]
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(names | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=20,
)
python_values = json_values | st.sampled_from(
    [
        10**5000,
        -(10**5000),
        "\ud800",
        ["\udfff", 10**5000],
        b"bytes",
        object(),
        {1, 2},
        {"a": {"b": {"c": 10**5000}}},
        float("nan"),
        float("-inf"),
        range(3),
        {1: 2},
        [[1]],
    ]
)
nested: Any = "deep"
for _ in range(3_000):
    nested = {"x": nested}

many = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
async def engine(tmp_path: Any) -> AsyncIterator[Engine]:
    """Decides, plans, and writes a journal; sends nothing."""
    running = Settings(mode=Mode.DRY_RUN, journal=tmp_path / "journal", journal_fsync="never")
    async with Engine(RuleBook.from_text(RULES), settings=running) as engine:
        yield engine


def _nothing_broke(
    engine: Engine, caplog: pytest.LogCaptureFixture, *, foreign_answers: bool = False
) -> None:
    assert engine.counters["plans_broken"] == 0
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    problems = engine.health().problems
    assert problems == () or (foreign_answers and len(problems) == 1 and "the platform" in problems[0])


# --- facts ---


@many
@given(
    facts=st.dictionaries(names | st.text(max_size=5), python_values, max_size=5),
    source=st.sampled_from(Source),
)
async def test_events(
    facts: dict[str, Any], source: Source, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    call = engine.calls.get("c1") or engine.call("c1")
    try:
        outcome = await call.event(facts=facts, source=source)
    except BadEvent:
        pass
    else:
        assert outcome.status in (EventStatus.DONE, EventStatus.FAILED, EventStatus.ENDED)
    with suppress(BadEvent):
        call.preview(facts=facts, source=source)
    _nothing_broke(engine, caplog)


@pytest.mark.parametrize(
    "value",
    [10**5000, nested, {"x": {"y": "\ud800"}}, [10**5000], {"\ud800": 1}, {"": {"": 1}}, {"a" * 10**6: 1}],
    ids=range(7),
)
async def test_values_that_break_printers(
    value: Any, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    call = engine.call("c1")
    with suppress(BadEvent):
        await call.event(intent="a", facts={"x": value})
    with suppress(BadEvent):
        await call.event(intent=value)
    with suppress(BadEvent, ValueError):
        engine.call("c2", facts={"lead": {"name": value}})
    assert (await call.event(intent="b")).matched
    _nothing_broke(engine, caplog)


# --- frames ---


@many
@given(frame=st.dictionaries(names | st.text(max_size=5), python_values, max_size=6), text=st.booleans())
async def test_first_frames(
    frame: dict[str, Any], text: bool, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    whole: Any = {"call_id": "c9", "callback_token": TOKEN, **frame}
    if text:
        with suppress(TypeError, ValueError):
            whole = json.dumps(whole)
    with suppress(FlowrulesError):
        call = engine.call_from(whole)
        assert TOKEN not in f"{call!r}{call.state}"
        assert isinstance(await call.event(intent="a"), EventOutcome)
        await call.close()
    _nothing_broke(engine, caplog)


@many
@given(
    frame=st.dictionaries(names | st.text(max_size=5), python_values, max_size=6)
    | texts
    | st.binary(max_size=50)
)
async def test_later_frames(frame: Any, engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    call = engine.calls.get("c1") or engine.call("c1")
    call.frame(frame)
    assert isinstance(await call.event(intent="a"), EventOutcome)
    _nothing_broke(engine, caplog)


@pytest.fixture
async def server(engine: Engine) -> AsyncIterator[AgentServer]:
    async with AgentServer(engine, events_key=KEY) as server:
        yield server


@settings(many, max_examples=25)
@given(
    first=st.binary(max_size=80) | texts | json_values.map(json.dumps),
    later=st.lists(st.binary(max_size=80) | texts | json_values.map(json.dumps), max_size=5),
)
async def test_websockets(
    first: Any, later: list[Any], server: AgentServer, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    for opening in (first, json.dumps({"call_id": "c7", "callback_token": TOKEN})):
        async with connect(server.ws_url, logger=QUIET) as socket:
            with suppress(ConnectionClosed):
                await socket.send(opening)
                for message in later:
                    await socket.send(message)
    _nothing_broke(engine, caplog)


async def test_a_frame_without_end_closes_only_its_own_socket(
    server: AgentServer, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(server.ws_url) as good, connect(server.ws_url) as bad:
        await good.send('{"call_id": "good"}')
        await bad.send('{"call_id": "bad"}')
        await bad.send("x" * (MAX_FRAME * 2))
        with pytest.raises(ConnectionClosed):
            await bad.recv()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(good.recv(), 0.1)
        assert (await engine.calls["good"].event(intent="a")).matched
    _nothing_broke(engine, caplog)


# --- reports over HTTP ---


@settings(many, max_examples=40)
@given(body=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
async def test_reports(
    body: bytes, server: AgentServer, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    if "c1" not in engine.calls:
        engine.call("c1", token=None)
    async with httpx.AsyncClient(base_url=server.http_url, trust_env=False) as http:
        bearer = {"Authorization": f"Bearer {KEY.get_secret_value()}"}
        reply = await http.post("/events", content=body, headers=bearer)
        assert reply.status_code in (200, 422), reply.text
        assert "status" in reply.json() or "ok" in reply.json() or isinstance(reply.json()["detail"], str)
        assert (await http.get("/health", headers=bearer)).status_code == 200
        for header in (
            b"",
            b"Bearer",
            b"Bearer \xff",
            body[:20].replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b""),
        ):
            with suppress(httpx.LocalProtocolError):
                refused = await http.post("/events", content=body, headers={b"Authorization": header.strip()})
                assert refused.status_code == 401
    _nothing_broke(engine, caplog)


async def test_a_reporter_that_leaves_in_mid_body(
    server: AgentServer, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    engine.call("c1")
    host, port = server.http_url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer events-key\r\nContent-Length: 100\r\n\r\n{"
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with httpx.AsyncClient(base_url=server.http_url, trust_env=False) as http:
        reply = await http.post(
            "/events", json={"intent": "a"}, headers={"Authorization": "Bearer events-key"}
        )
        assert reply.json()["status"] == "done"
    _nothing_broke(engine, caplog)


# --- replies ---

heads = st.sampled_from([200, 201, 204, 304, 400, 401, 409, 418, 422, 424, 429, 500, 503, 599, 999])
headers = st.lists(
    st.sampled_from(
        [
            b"Retry-After: 0",
            b"Retry-After: -1",
            b"Retry-After: 1e400",
            b"Retry-After: \xff",
            b"Retry-After: Thu, 99 Foo 0000 00:00:00 GMT",
            b"Content-Encoding: gzip",
            b"Content-Type: text/html; charset=\xff",
            b"Content-Length: -1",
            b"Content-Length: 5",
            b"Transfer-Encoding: chunked",
            b"Set-Cookie: a=b",
            b"Location: https://evil.example/",
            b"X: " + b"y" * 5_000,
            b"broken",
        ]
    ),
    max_size=3,
)
reply_bodies = (
    st.binary(max_size=100)
    | json_values.map(lambda value: json.dumps({"ok": True, "result": value}).encode())
    | json_values.map(lambda value: json.dumps({"detail": value}).encode())
    | st.just(b'{"result": ' + b"[" * 10_000)
    | st.just(b'{"result": {"x": ' + b"9" * 10_000 + b"}}")
    | st.just(b'{"detail": "Bearer ' + TOKEN.encode() + b'"}')
)
replies = (
    st.builds(
        lambda status, extra, body: (
            b"HTTP/1.1 %d x\r\n%s\r\n%s" % (status, b"".join(line + b"\r\n" for line in extra), body)
        ),
        heads,
        headers,
        reply_bodies,
    )
    | st.binary(max_size=100)
    | st.just(b"HTTP/1.1 100 Continue\r\n\r\n" * 3)
    | st.just(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
    | st.just(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n")
)


@asynccontextmanager
async def answering(reply: bytes) -> AsyncIterator[str]:
    """A platform that says the same to everybody, and hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@settings(many, max_examples=80)
@given(reply=replies)
@pytest.mark.parametrize("enforced", [False, True])
async def test_replies(
    reply: bytes, enforced: bool, tmp_path_factory: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        answering(reply) as base_url,
        ControlClient(
            base_url, keys_enforced=enforced, timeouts=Timeouts(1, 0.5, 1), backoff=Backoff(0.001, 0.002)
        ) as control,
    ):
        quick = Settings(
            base_url=base_url,
            plan_deadline=0.05,
            keys_enforced=enforced,
            tenant_key=SecretStr("yt_test_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
            journal=tmp_path_factory.mktemp("journal"),
            journal_fsync="never",
        )
        async with Engine(RuleBook.from_text(RULES), settings=quick, control=control) as engine:
            call = engine.call("c1", token=SecretStr(TOKEN))
            outcome = await call.event(intent="a", facts={"x": {"y": 1}})
            assert outcome.status in (EventStatus.DONE, EventStatus.FAILED, EventStatus.ENDED)
            for step in outcome.steps:
                assert step.status in (Status.ACCEPTED, Status.REFUSED, Status.UNKNOWN, Status.DROPPED)
                assert TOKEN not in f"{step.receipt!r}"
            with suppress(RequestFailed):
                await call.revoke()
            _nothing_broke(engine, caplog, foreign_answers=True)
            await asyncio.wait_for(call.close(), 45)


@pytest.mark.parametrize(
    ("bare", "told", "words"),
    [
        (({"intent": "sales"},), {}, "facts="),
        ((3,), {}, "is a name"),
        ((), {"source": "model"}, "Source.MODEL"),
        ((), {"source": 2}, "Source.MODEL"),
        ((), {"turn_id": 5}, "text"),
        ((), {"turn_id": None}, "text"),
    ],
)
async def test_what_a_host_mistakes_for_a_name_a_source_or_an_id_is_told_in_words(
    seat: Any, bare: tuple[Any, ...], told: dict[str, Any], words: str
) -> None:
    table = await seat("fact verified is yes/no from host\non intent=sales when verified is yes hold\n")
    for report in (table.call.post, table.call.preview):
        with pytest.raises(BadEvent, match=words):
            report(*bare, facts={"intent": "sales", "verified": True}, **told)
    with pytest.raises(BadEvent, match="text"):
        table.call.post(intent="sales", event_id=7)
    assert table.acted == []


@pytest.mark.parametrize("frame", [None, 5, [], object()])
async def test_a_frame_that_is_none_raises_nothing(seat: Any, frame: Any) -> None:
    table = await seat("on dtmf=1 hold\n")
    assert isinstance(table.call.frame(frame), Ignored)
    with pytest.raises(BadFrame):
        table.engine.call_from(frame)


async def test_a_token_that_is_plain_text_is_refused_and_stands_in_no_traceback(seat: Any) -> None:
    table = await seat("on dtmf=1 hold\n")
    plain: Any = table.opened.callback_token
    with pytest.raises(ValueError, match="SecretStr") as raised:
        table.engine.call("another", token=plain)
    assert plain not in str(raised.traceback[-1].locals)
    assert "another" not in table.engine.calls
