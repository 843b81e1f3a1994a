"""Whatever comes back, or does not, is an outcome: of every way in which a peer can misbehave, and over TLS too."""

import asyncio
import gzip
import json
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
import trustme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from flowrules.call.receipt import Reason, Receipt, Status
from flowrules.call.request import VerbRequest
from flowrules.control.client import ControlClient
from flowrules.control.clock import SystemClock
from flowrules.control.credentials import CallbackToken, CallCredentials, TenantKey
from flowrules.control.retry import Backoff
from flowrules.control.wire import Timeouts
from flowrules.control.wires import WireChoice

SECRET = "SECRETSECRETSECRET"
AUTHORITY = trustme.CA()
ENVELOPE = json.dumps({"ok": True, "call_id": "c1", "dispatched_at": "", "result": {}}).encode()

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def http(status: int, body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 %d X" % status, *(headers or (b"Content-Length: %d" % len(body),))]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


GOOD = http(200, ENVELOPE)


@asynccontextmanager
async def platform(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    serving = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                await answer(writer)
                await writer.drain()
                if writer.is_closing():
                    break
        writer.transport.abort()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        yield server.sockets[0].getsockname()[1]
        server.close()
    await asyncio.gather(*(task for task in serving if task is not None))


def saying(*pieces: bytes, then_close: bool = True) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if then_close:
            writer.close()

    return answer


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(http(200, b"", b"Content-Length: 100000"))
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def dripping_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1)
    writer.close()


UNKNOWN: dict[str, Answer] = {
    "nothing": saying(),
    "silence": silence,
    "reset": reset,
    "a dripping body": dripping,
    "a dripping head": dripping_head,
    "no HTTP": saying(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "noise": saying(b"\x00\xff\x16\x03\x01" * 30),
    "half a head": saying(b"HTTP/1.1 200 OK\r\nConte"),
    "half a body": saying(http(200, ENVELOPE[:10], b"Content-Length: 500")),
    "a negative length": saying(http(200, ENVELOPE, b"Content-Length: -1")),
    "two lengths": saying(http(200, ENVELOPE, b"Content-Length: 2", b"Content-Length: 300")),
    "a bad chunk": saying(http(200, b"zz\r\n{}\r\n0\r\n\r\n", b"Transfer-Encoding: chunked")),
    "a head without end": saying(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 30_000 + b"\r\n"),
    "a header that is too long": saying(http(200, ENVELOPE, b"X: " + b"y" * 1_000_000)),
    "a body that is too long": saying(http(200, b'{"x":"' + b"y" * 400_000 + b'"}')),
    "a bomb": saying(
        http(200, gzip.compress(b"0" * 10_000_000), b"Content-Encoding: gzip", b"Content-Length: 9727")
    ),
    "nesting without end": saying(http(200, b'{"ok":true,"call_id":"c1","result":' + b"[" * 50_000)),
    "a web page": saying(http(200, b"<!doctype html>")),
    "an empty body": saying(http(200, b"")),
    "no content": saying(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "another protocol": saying(b"HTTP/1.1 101 X\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    "a broken gateway": saying(http(502, b"<html>")),
    "an impossible status": saying(http(999, ENVELOPE)),
    "no status": saying(b"HTTP/1.1 000 X\r\nContent-Length: 2\r\n\r\n{}"),
}
ACCEPTED: dict[str, Answer] = {
    "the envelope": saying(GOOD),
    "HTTP/1.0": saying(b"HTTP/1.0 200 OK\r\n\r\n" + ENVELOPE),
    "in chunks": saying(
        http(200, b"%x\r\n%s\r\n0\r\n\r\n" % (len(ENVELOPE), ENVELOPE), b"Transfer-Encoding: chunked")
    ),
    "byte by byte": saying(*(GOOD[i : i + 1] for i in range(len(GOOD)))),
    "early hints": saying(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", GOOD),
    "many hints": saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 200, GOOD),
}


def credentials() -> CallCredentials:
    token = CallbackToken.received("c1", SecretStr(SECRET), SystemClock().monotonic())
    return CallCredentials("c1", SystemClock(), token)


def client_of(url: str, wire: WireChoice, ca_file: Path | None = None) -> ControlClient:
    timeouts, backoff = Timeouts(1, 0.4, 0.8), Backoff(0.01, 0.02)
    return ControlClient(url, wire=wire, ca_file=ca_file, timeouts=timeouts, backoff=backoff)


async def send(client: ControlClient, *, seconds: float = 5.0, verb: str = "mute") -> Receipt:
    until = SystemClock().monotonic() + seconds
    return await client.send(VerbRequest("c1", {"event": verb}, "k1"), credentials(), until=until)


@pytest.mark.parametrize("kind", UNKNOWN)
async def test_what_is_no_answer_of_the_platform_leaves_the_verb_unknown(kind: str, wire: WireChoice) -> None:
    async with platform(UNKNOWN[kind]) as port, client_of(f"http://127.0.0.1:{port}", wire) as client:
        receipt = await send(client)
        assert (receipt.status, receipt.reason, receipt.attempts) == (Status.UNKNOWN, Reason.TIMEOUT, 1)
        assert receipt.may_have_acted
        assert receipt.message


@pytest.mark.parametrize("kind", ACCEPTED)
async def test_every_way_to_write_the_platforms_answer_is_read(kind: str, wire: WireChoice) -> None:
    async with platform(ACCEPTED[kind]) as port, client_of(f"http://127.0.0.1:{port}", wire) as client:
        assert (await send(client)).status is Status.ACCEPTED


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=300)
    | st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)).map(
        lambda change: GOOD[: change[0]] + bytes([change[1]]) + GOOD[change[0] + 1 :]
    )
    | st.integers(0, len(GOOD)).map(lambda end: GOOD[:end])
    | st.binary(max_size=40).map(lambda more: GOOD + more)
)
async def test_bytes_by_chance_are_an_outcome(data: bytes, wire: WireChoice) -> None:
    async with platform(saying(data)) as port, client_of(f"http://127.0.0.1:{port}", wire) as client:
        receipt = await send(client)
        assert receipt.attempts >= 1
        assert receipt.may_have_acted == (receipt.status is Status.UNKNOWN)


# --- TLS ---


def server_tls(name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


@asynccontextmanager
async def meddled(back: int, meddle: Callable[[bytes, int], bytes | None]) -> AsyncIterator[int]:
    """A way to a platform on which what that says, counted by pieces, is changed; None: the connection is cut."""
    tasks = []

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        from_back, to_back = await asyncio.open_connection("127.0.0.1", back)

        async def up() -> None:
            with suppress(OSError):
                while data := await reader.read(65536):
                    to_back.write(data)
            to_back.close()

        async def down() -> None:
            pieces = 0
            with suppress(OSError):
                while data := await from_back.read(65536):
                    pieces += 1
                    changed = meddle(data, pieces)
                    if changed is None:
                        break
                    writer.write(changed)
            writer.close()
            to_back.close()

        await asyncio.gather(up(), down())

    async with await asyncio.start_server(pass_on, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        server.close()
    await asyncio.gather(*(task for task in tasks if task is not None))


async def slowly_good(writer: asyncio.StreamWriter) -> None:
    # Apart from the handshake's last records, so that a meddler can tell it.
    await asyncio.sleep(0.1)
    writer.write(GOOD)


MEDDLERS: dict[str, Callable[[bytes, int], bytes | None]] = {
    "a flipped bit": lambda data, piece: data if piece < 3 else data[:-1] + bytes([data[-1] ^ 1]),
    "plain text": lambda data, piece: data if piece < 3 else b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "cut in a record": lambda data, piece: data if piece < 3 else None,
}


@pytest.mark.parametrize("how", MEDDLERS)
async def test_a_tls_connection_that_breaks_leaves_the_verb_unknown(
    how: str, wire: WireChoice, ca_file: Path
) -> None:
    async with (
        platform(slowly_good, server_tls()) as back,
        meddled(back, MEDDLERS[how]) as port,
        client_of(f"https://localhost:{port}", wire, ca_file) as client,
    ):
        receipt = await send(client)
        assert (receipt.status, receipt.attempts) == (Status.UNKNOWN, 1)
        assert "broke" in receipt.message


async def test_a_server_that_is_not_trusted_gets_nothing(wire: WireChoice) -> None:
    async with (
        platform(slowly_good, server_tls()) as port,
        client_of(f"https://localhost:{port}", wire) as client,
    ):
        receipt = await send(client, seconds=0.5)
        assert (receipt.status, receipt.reason, receipt.attempts) == (Status.REFUSED, Reason.UNAVAILABLE, 0)
        assert "certificate" in receipt.message


async def test_a_server_that_speaks_no_tls_gets_nothing(wire: WireChoice, ca_file: Path) -> None:
    async with (
        platform(saying(GOOD)) as port,
        client_of(f"https://localhost:{port}", wire, ca_file) as client,
    ):
        receipt = await send(client, seconds=0.5)
        assert (receipt.status, receipt.reason, receipt.attempts) == (Status.REFUSED, Reason.UNAVAILABLE, 0)


@pytest.mark.parametrize("tls", [False, True])
async def test_a_surplus_answer_ends_its_connection(tls: bool, wire: WireChoice, ca_file: Path) -> None:
    """Over TLS the second answer is a record of its own, which may have been read and not yet decrypted."""
    connections = set()

    async def twice(writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        writer.write(GOOD)
        writer.write(GOOD)

    scheme, context = ("https", server_tls()) if tls else ("http", None)
    async with (
        platform(twice, context) as port,
        client_of(f"{scheme}://localhost:{port}", wire, ca_file) as client,
    ):
        for _ in range(3):
            assert (await send(client)).status is Status.ACCEPTED
        assert len(connections) == 3


async def test_a_sound_connection_is_used_again(wire: WireChoice, ca_file: Path) -> None:
    connections = set()

    async def once(writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        writer.write(GOOD)

    for scheme, context in (("http", None), ("https", server_tls())):
        connections.clear()
        async with (
            platform(once, context) as port,
            client_of(f"{scheme}://localhost:{port}", wire, ca_file) as client,
        ):
            for _ in range(3):
                assert (await send(client)).status is Status.ACCEPTED
            assert len(connections) == 1


# --- what a traceback shows ---


def shown(error: BaseException) -> str:
    """As a logger prints it that shows the variables of each frame."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.mark.parametrize(
    "error", [OSError("x"), RuntimeError("x"), asyncio.CancelledError(), KeyboardInterrupt()]
)
@pytest.mark.parametrize(
    "stage",
    [
        (httpcore.AsyncHTTP11Connection, "handle_async_request"),
        (httpcore.AsyncHTTP11Connection, "_send_event"),
        (httpcore.AsyncHTTP11Connection, "_receive_event"),
        (httpcore.AsyncConnectionPool, "handle_async_request"),
        (httpx.AsyncHTTPTransport, "handle_async_request"),
        (httpx, "Request"),
        (CallbackToken, "authorise"),
    ],
    ids=lambda stage: f"{stage[0].__name__}.{stage[1]}" if isinstance(stage, tuple) else None,
)
async def test_nothing_that_fails_on_the_way_shows_the_token(
    monkeypatch: pytest.MonkeyPatch, stage: tuple[Any, str], error: BaseException
) -> None:
    owner, name = stage
    real = getattr(owner, name)

    def fail(*words: Any, **named: Any) -> Any:
        raise error

    async def fail_late(*words: Any, **named: Any) -> Any:
        raise error

    monkeypatch.setattr(owner, name, fail_late if asyncio.iscoroutinefunction(real) else fail)
    async with (
        platform(saying(GOOD)) as port,
        client_of(f"http://127.0.0.1:{port}", WireChoice.HTTPX) as client,
    ):
        if isinstance(error, Exception):
            receipt = await send(client, seconds=0.2)
            assert not receipt.went_well
            assert SECRET not in repr(receipt)
        else:
            with pytest.raises(type(error)) as raised:
                await send(client, seconds=0.2)
            assert SECRET not in shown(raised.value)
        monkeypatch.undo()


async def test_no_frame_that_waits_on_the_way_holds_the_token(wire: WireChoice) -> None:
    """Looked at while the answer is awaited, as a watchdog looks at a task."""
    asked = asyncio.Event()
    go_on = asyncio.Event()

    async def hesitating(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await go_on.wait()
        writer.write(GOOD)

    async with platform(hesitating) as port:
        client = ControlClient(f"http://127.0.0.1:{port}", wire=wire)
        sending = asyncio.create_task(send(client))
        await asked.wait()
        frames: list[Any] = []
        awaited: Any = sending.get_coro()
        while awaited is not None:
            frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "ag_frame", None)
            if frame is not None:
                frames.append(frame)
            awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "ag_await", None)
        assert len(frames) > 3
        held = [repr(value) for frame in frames for value in frame.f_locals.values()]
        assert not any(SECRET in text for text in held)
        go_on.set()
        assert (await sending).status is Status.ACCEPTED
        await client.aclose()


async def test_what_a_revocation_sends_is_in_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*words: Any, **named: Any) -> Any:
        raise asyncio.CancelledError

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", fail)
    key = TenantKey(SecretStr("KEY" + SECRET))
    async with ControlClient("http://127.0.0.1:9", wire=WireChoice.HTTPX) as client:
        with pytest.raises(asyncio.CancelledError) as raised:
            await client.revoke_token("c1", SecretStr(SECRET), key)
    assert SECRET not in shown(raised.value)


@pytest.mark.parametrize("text", ["with space", "", "é", "x" * 3000, "tab\t"])
def test_a_token_that_is_none_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as raised:
        CallbackToken.received("c1", SecretStr(f"{SECRET} {text}"), 0.0)
    inner = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    ours = [frame for frame in inner.stack if "flowrules" in frame.filename and "tests" not in frame.filename]
    assert ours
    assert SECRET not in "".join(str(frame.locals) for frame in ours)


async def test_the_token_of_the_moment_goes_out_however_long_it_took_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(GOOD)
        writer.close()

    mine = credentials()
    connect = httpcore.AnyIOBackend.connect_tcp

    async def slow(self: Any, *words: Any, **named: Any) -> Any:
        stream = await connect(self, *words, **named)
        mine.renew(CallbackToken.received("c1", SecretStr("NEWER"), SystemClock().monotonic()))
        return stream

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", slow)
    async with (
        await asyncio.start_server(serve, "127.0.0.1", 0) as server,
        client_of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", WireChoice.HTTPX) as client,
    ):
        until = SystemClock().monotonic() + 5
        receipt = await client.send(VerbRequest("c1", {"event": "mute"}, "k1"), mine, until=until)
    assert receipt.status is Status.ACCEPTED
    assert b"Bearer NEWER" in heard[0]
    assert SECRET.encode() not in heard[0]
