"""Peers that never finish what they began: they are few, not for long, and no live call feels them."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.runtime.engine import Engine
from flowrules.runtime.http import waiting_connections, web
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Sandbox

KEY = "events-key"
HALVES = {
    "nothing": b"",
    "one byte": b"G",
    "half a head": b"POST /events HTTP/1.1\r\nHost: x\r\nX-",
    "a WebSocket without a frame": (
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ),
}

Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def serving(sandbox: Sandbox, rules: str = 'on intent=a log "x"\n') -> AsyncIterator[AgentServer]:
    settings = Settings(base_url=sandbox.base_url)
    async with (
        Engine(RuleBook.from_text(rules), settings=settings) as engine,
        AgentServer(engine, events_key=SecretStr(KEY)) as server,
    ):
        yield server


async def knock(server: AgentServer, data: bytes) -> Peer:
    host, port = server.http_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(data)
    await writer.drain()
    return reader, writer


async def is_let_go(peer: Peer) -> bool:
    """Read to the end, or to the reset."""
    try:
        async with asyncio.timeout(45):
            while await peer[0].read(4096):
                pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


async def leave(*peers: Peer) -> None:
    for _, writer in peers:
        writer.close()


@pytest.mark.parametrize("half", HALVES)
async def test_a_peer_that_does_not_finish_is_let_go(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, half: str
) -> None:
    monkeypatch.setattr(waiting_connections, "PATIENCE", 0.2)
    async with serving(sandbox) as server:
        peer = await knock(server, HALVES[half])
        assert await is_let_go(peer)
        await leave(peer)


async def test_a_live_call_outlasts_that_patience(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, eventually: Callable[..., Awaitable[None]]
) -> None:
    monkeypatch.setattr(waiting_connections, "PATIENCE", 0.2)
    async with serving(sandbox) as server:
        opened = await sandbox.open_call(ws_url=server.ws_url)
        half = await knock(server, HALVES["half a head"])
        assert await is_let_go(half), "the call was there before it"
        body = b'{"intent": "a"}'
        peer = await knock(server, _report(body))
        assert b" 200 " in await peer[0].readline()
        assert sandbox.acted(opened.call_id) == ["log"]
        await leave(half, peer)


async def test_a_slow_body_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    monkeypatch.setattr(web, "BODY_WAIT", 0.2)
    async with serving(sandbox) as server:
        peer = await knock(server, _report(b'{"intent": "a"}')[:-5])
        assert b" 408 " in await peer[0].readline()
        assert await is_let_go(peer)
        await leave(peer)


async def test_a_connection_serves_one_request(sandbox: Sandbox) -> None:
    """Half of a second one would wait for ever."""
    async with serving(sandbox) as server:
        for request in (
            _report(b"{}"),
            b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
            _report(b"{}", key="wrong"),
        ):
            peer = await knock(server, request)
            assert await is_let_go(peer)
            await leave(peer)


@pytest.mark.parametrize("half", HALVES)
async def test_many_that_wait_take_no_place_from_those_who_mean_it(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, half: str
) -> None:
    monkeypatch.setattr(waiting_connections, "most_waiting", lambda: 4)
    async with serving(sandbox) as server:
        opened = await sandbox.open_call(ws_url=server.ws_url)
        peers = [await knock(server, HALVES[half]) for _ in range(20)]
        assert all([await is_let_go(peer) for peer in peers[:12]])
        peer = await knock(server, _report(b'{"intent": "a"}'))
        assert b" 200 " in await peer[0].readline()
        assert sandbox.acted(opened.call_id) == ["log"]
        second = await sandbox.open_call(ws_url=server.ws_url)
        assert second.websocket == "open"
        await leave(peer, *peers)


def test_a_few_waiting_peers_leave_descriptors_for_the_calls() -> None:
    assert 8 <= waiting_connections.most_waiting() <= waiting_connections.MOST_WAITING


def _report(body: bytes, key: str = KEY) -> bytes:
    head = f"POST /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@pytest.mark.parametrize(
    "data",
    [*HALVES.values(), HALVES["a WebSocket without a frame"][:-2] + b"X: " + b"y" * 70_000 + b"\r\n\r\n"],
)
async def test_a_peer_that_hangs_at_the_door_does_not_keep_the_server_from_its_end(
    sandbox: Sandbox, data: bytes
) -> None:
    async with serving(sandbox) as server:
        peer = await knock(server, data)
        await asyncio.sleep(0.2)
        alive = await knock(server, HALVES["a WebSocket without a frame"])
        await alive[0].readuntil(b"\r\n\r\n")
    for one in (peer, alive):
        assert await is_let_go(one)
        one[1].close()


async def test_a_connection_that_can_not_be_closed_keeps_no_other_one_open(sandbox: Sandbox) -> None:
    async with serving(sandbox) as server:
        peers = [await knock(server, HALVES["a WebSocket without a frame"]) for _ in range(2)]
        for peer in peers:
            await peer[0].readuntil(b"\r\n\r\n")
            server_side(server, peer).shutdown = broken
            server._server._waiting_connections.remove(peer[1].get_extra_info("sockname"))  # type: ignore[union-attr]
    for peer in peers:
        assert await is_let_go(peer)
        peer[1].close()


def server_side(server: AgentServer, peer: Peer) -> Any:
    assert server._server is not None
    name = peer[1].get_extra_info("sockname")
    (found,) = (
        connection
        for connection in server._server.server_state.connections
        if connection.transport.get_extra_info("peername") == name
    )
    return found


def broken() -> None:
    raise AssertionError("it was closed already")


@pytest.mark.parametrize("first", [True, False])
async def test_a_frame_that_is_no_utf_8_leaves_its_token_in_no_log(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, first: bool
) -> None:
    secret = b"yt_cb_" + b"C" * 26
    broken_frame = b'{"call_id": "c1", "callback_token": "' + secret + b'", "x": "\xff"}'
    async with serving(sandbox) as server:
        peer = await knock(server, HALVES["a WebSocket without a frame"])
        await peer[0].readuntil(b"\r\n\r\n")
        for frame in ([] if first else [b'{"call_id": "c1"}']) + [broken_frame]:
            peer[1].write(b"\x81" + bytes([0x80 | len(frame)]) + bytes(4) + frame)
        assert await is_let_go(peer)
        peer[1].close()
    assert "Invalid UTF-8" in caplog.text
    for record in caplog.records:
        assert secret.decode() not in record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            shown = traceback.TracebackException.from_exception(record.exc_info[1], capture_locals=True)
            assert secret.decode() not in "".join(shown.format())
