"""Whether a request left, told on raw sockets: only what surely did not leave is sent again."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.call.request import VerbRequest
from flowrules.control.clock import SystemClock
from flowrules.control.credentials import CallbackToken, CallCredentials

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{"ok":true,"call_id":"c1"}'

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter, int], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that hands each connection to `handler`, with its number; what it read stands in the list."""
    heard: list[bytes] = []
    count = 0
    tasks = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        task = asyncio.current_task()
        tasks.add(task)
        try:
            await handler(Heard(reader, heard), writer, count)  # type: ignore[arg-type]
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*tasks, return_exceptions=True)


class Heard:
    def __init__(self, reader: asyncio.StreamReader, heard: list[bytes]) -> None:
        self._reader, self._heard = reader, heard

    async def request(self) -> bytes:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        self._heard.append(head + body)
        return head


async def send(client: Any, seconds: float = 5.0) -> Receipt:
    token = CallbackToken.received("c1", SecretStr("yt_cb_x"), 0.0)
    credentials = CallCredentials("c1", SystemClock(), token)
    until = SystemClock().monotonic() + seconds
    receipt: Receipt = await client.send(VerbRequest("c1", {"event": "mute"}, "k1"), credentials, until=until)
    return receipt


async def test_nobody_listens(make_client: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = make_client(f"http://127.0.0.1:{taken.getsockname()[1]}")
        receipt = await send(client, 0.3)
    assert (receipt.status, receipt.reason) == (Status.REFUSED, Reason.UNAVAILABLE)
    assert receipt.attempts == 0
    assert receipt.may_have_acted is False


async def test_a_request_that_found_no_connection_goes_out_when_there_is_one(make_client: Any) -> None:
    async def answer(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.request()
        writer.write(OK)

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        client = make_client(f"http://127.0.0.1:{port}")
        sending = asyncio.create_task(send(client, 10))
        await asyncio.sleep(0.05)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(Heard(reader, []), writer, 1)
        writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", port):
        receipt = await sending
    assert (receipt.status, receipt.attempts) == (Status.ACCEPTED, 1)


async def test_closed_after_it_was_read(make_client: Any) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.request()

    async with serving(handler) as (url, heard):
        receipt = await send(make_client(url))
    assert receipt.status is Status.UNKNOWN
    assert len(heard) == 1


async def test_reset_before_it_was_read_is_not_surely_unsent(make_client: Any) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with serving(handler) as (url, _heard):
        receipt = await send(make_client(url))
    assert (receipt.status, receipt.attempts) == (Status.UNKNOWN, 1)


async def test_a_kept_connection_that_the_server_has_closed_is_not_used(make_client: Any) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.request()
        writer.write(OK)
        await writer.drain()

    async with serving(handler) as (url, heard):
        client = make_client(url)
        assert (await send(client)).status is Status.ACCEPTED
        await asyncio.sleep(0.05)
        assert (await send(client)).status is Status.ACCEPTED
    assert len(heard) == 2


async def test_half_a_head_is_no_answer(make_client: Any) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.request()
        writer.write(b"HTTP/1.1 200 OK\r\nConte")

    async with serving(handler) as (url, _heard):
        assert (await send(make_client(url))).status is Status.UNKNOWN


@pytest.mark.parametrize("junk", [b"\x00\xff\x16\x03\x01", b"HTTP/9.9 what\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"])
async def test_what_is_no_http_is_no_answer(make_client: Any, junk: bytes) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.request()
        writer.write(junk)

    async with serving(handler) as (url, _heard):
        assert (await send(make_client(url))).status is Status.UNKNOWN


async def test_a_redirect_is_not_followed(make_client: Any) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.request()
        writer.write(
            b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://evil.example\r\nContent-Length: 0\r\n\r\n"
        )

    async with serving(handler) as (url, heard):
        receipt = await send(make_client(url))
    assert (receipt.status, receipt.reason) == (Status.REFUSED, Reason.REFUSED)
    assert len(heard) == 1


async def test_no_cookie_comes_back_and_no_proxy_is_taken(
    make_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        while True:
            await reader.request()
            writer.write(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: call=other; Path=/\r\n\r\n"))

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with serving(handler) as (url, heard):
        client = make_client(url)
        assert (await send(client)).status is Status.ACCEPTED
        assert (await send(client)).status is Status.ACCEPTED
        await client.aclose()
    assert all(b"cookie" not in request.lower() for request in heard)


async def test_an_endless_reply_is_cut_off(make_client: Any) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.request()
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()

    async with serving(handler) as (url, _heard):
        receipt = await asyncio.wait_for(send(make_client(url)), 45)
    assert (receipt.status, receipt.result) == (Status.UNKNOWN, {})


async def test_the_request_is_exactly_the_documented_one(make_client: Any) -> None:
    async def handler(reader: Any, writer: asyncio.StreamWriter, number: int) -> None:
        await reader.request()
        writer.write(OK)

    async with serving(handler) as (url, heard):
        await send(make_client(url))
    head, body = heard[0].split(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /api/v1/ai-sessions/c1/control HTTP/1.1"
    assert {
        b"Authorization: Bearer yt_cb_x",
        b"Content-Type: application/json",
        b"Idempotency-Key: k1",
    } <= set(lines)
    assert body == b'{"event":"mute"}'
