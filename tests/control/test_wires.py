"""What every wire promises, held on real sockets, wire by wire: `Wire` says it in words."""

import asyncio
import json
import logging
import os
import random
import ssl
import subprocess
import sys
import tomllib
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydantic import SecretStr

from flowrules.call.receipt import Status
from flowrules.call.request import VerbRequest
from flowrules.control import httpx_wire, pyreqwest_wire
from flowrules.control.client import ControlClient
from flowrules.control.clock import SystemClock
from flowrules.control.credentials import CallbackToken, CallCredentials
from flowrules.control.errors import WireUnusable
from flowrules.control.wire import (
    NO_ANSWER_IN_TIME,
    NO_CONNECTION,
    NO_CONNECTION_IN_TIME,
    NOT_TRUSTED,
    Exchange,
    Timeouts,
    Wire,
)
from flowrules.control.wires import PYREQWEST_TESTED, WireChoice, open_wire

SECRET = "SECRETSECRETSECRET"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
AUTHORITY = trustme.CA()
PATIENT = Timeouts(20, 20, 20)
"""Nothing here waits so long."""

Open = Callable[..., Wire]
Answer = Callable[["Server", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """What it has read stands in `heard`, by connection; a request whose body did not come whole stands in no list."""

    def __init__(self) -> None:
        self.connections = 0
        self.heard: list[tuple[int, bytes, bytes]] = []
        self.port = 0

    async def request(self, reader: asyncio.StreamReader, connection: int = 0) -> bytes:
        head = await reader.readuntil(b"\r\n\r\n")
        sized = head.lower().split(b"content-length: ")
        body = await reader.readexactly(int(sized[1].split(b"\r\n")[0])) if len(sized) > 1 else b""
        self.heard.append((connection, head, body))
        return head


@asynccontextmanager
async def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server, tasks = Server(), set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        task = asyncio.current_task()
        tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await answer(server, reader, writer)
        finally:
            if tls is None:
                writer.close()
            else:
                writer.transport.abort()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def answering(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    mine = server.connections
    while True:
        await server.request(reader, mine)
        writer.write(OK)


async def silent(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await server.request(reader)
    await reader.read()


@asynccontextmanager
async def gate(port: int) -> AsyncIterator[tuple[int, asyncio.Event, asyncio.Event]]:
    """A way to a port on which nothing passes until the first event is set; the second one tells that somebody waits."""
    go_on, asked, tasks = asyncio.Event(), asyncio.Event(), set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())
        writers = [writer]
        asked.set()

        async def copy(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
            with suppress(OSError):
                while data := await source.read(65536):
                    to.write(data)
            to.close()

        try:
            await go_on.wait()
            beyond, onwards = await asyncio.open_connection("127.0.0.1", port)
            writers.append(onwards)
            await asyncio.gather(copy(reader, onwards), copy(beyond, writer))
        finally:
            for one in writers:
                one.transport.abort()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], go_on, asked
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def server_tls(name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def ca_file(tmp_path: Path) -> Path:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


@pytest.fixture
async def opened(wire: WireChoice) -> AsyncIterator[Open]:
    made: list[Wire] = []

    def make(base: str, timeouts: Timeouts = PATIENT, ca_file: Path | None = None) -> Wire:
        made.append(open_wire(base, timeouts, wire, ca_file)[0])
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


async def post(wire: Wire, key: str = "k1", body: bytes = b'{"event":"mute"}', **how: Any) -> Exchange:
    prepared = await wire.prepare("POST", "/api/control", key=key, content=lambda: body)
    return await wire.perform(prepared, lambda: f"Bearer {SECRET}", **how)


def shown(error: BaseException) -> str:
    """As a logger prints it that shows the variables of each frame."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


# --- where it goes ---


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_nothing_follows_it(opened: Open, status: int) -> None:
    async with serving(answering) as elsewhere:

        async def redirecting(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
            await server.request(reader)
            writer.write(
                b"HTTP/1.1 %d X\r\nLocation: http://127.0.0.1:%d/x\r\nContent-Length: 0\r\n\r\n"
                % (status, elsewhere.port)
            )

        async with serving(redirecting) as server:
            exchange = await post(opened(f"http://127.0.0.1:{server.port}"))
        assert (exchange.status, exchange.left, elsewhere.connections) == (status, True, 0)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
async def test_the_environments_proxy_gets_nothing(
    opened: Open, monkeypatch: pytest.MonkeyPatch, name: str, ca_file: Path
) -> None:
    async with (
        serving(answering) as proxy,
        serving(answering) as server,
        serving(answering, server_tls()) as secure,
    ):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await post(opened(f"http://127.0.0.1:{server.port}"))).status == 200
        assert (await post(opened(f"https://localhost:{secure.port}", ca_file=ca_file))).status == 200
        assert proxy.connections == 0


async def test_what_a_base_url_ends_in_stands_before_the_path(opened: Open) -> None:
    async with serving(answering) as server:
        wire = opened(f"http://127.0.0.1:{server.port}/eu/v2")
        await post(wire)
        await wire.perform(
            await wire.prepare("GET", "/calls", params={"limit": "5", "after": "a b&c"}), lambda: "Bearer x"
        )
    lines = [head.partition(b"\r\n")[0] for _, head, _ in server.heard]
    assert lines[0] == b"POST /eu/v2/api/control HTTP/1.1"
    assert lines[1] in (
        b"GET /eu/v2/calls?limit=5&after=a%20b%26c HTTP/1.1",
        b"GET /eu/v2/calls?limit=5&after=a+b%26c HTTP/1.1",
    )


async def test_the_head_is_the_same_on_every_wire(opened: Open) -> None:
    async with serving(answering) as server:
        await post(opened(f"http://127.0.0.1:{server.port}"), body=b"{}")
    _, head, body = server.heard[0]
    assert sorted(head.decode().lower().strip().split("\r\n")[1:]) == [
        "accept-encoding: identity",
        "accept: application/json",
        f"authorization: bearer {SECRET.lower()}",
        "content-length: 2",
        "content-type: application/json",
        f"host: 127.0.0.1:{server.port}",
        "idempotency-key: k1",
        "user-agent: flowrules",
    ]
    assert body == b"{}"


# --- whether it left ---


async def test_a_name_that_nobody_has_is_no_connection(opened: Open) -> None:
    exchange = await post(opened("https://nobody.invalid"))
    assert (exchange.left, exchange.problem) == (False, NO_CONNECTION)


async def test_a_port_where_nobody_listens_is_no_connection(opened: Open) -> None:
    async with serving(answering) as gone:
        pass
    exchange = await post(opened(f"http://127.0.0.1:{gone.port}"))
    assert (exchange.left, exchange.problem) == (False, NO_CONNECTION)


@pytest.mark.parametrize("kept", [False, True])
async def test_a_connection_that_is_closed_on_a_request_leaves_it_unknown(opened: Open, kept: bool) -> None:
    """On the first request of a connection, and on the second of one that was kept."""

    async def closing(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
        if kept:
            await server.request(reader)
            writer.write(OK)
        await server.request(reader)

    async with serving(closing) as server:
        wire = opened(f"http://127.0.0.1:{server.port}")
        if kept:
            assert (await post(wire, "k0")).status == 200
        exchange = await post(wire)
    assert (exchange.left, exchange.status) == (True, 0)
    assert len(server.heard) == 1 + kept


async def test_no_request_comes_twice_and_none_comes_that_did_not_leave(opened: Open) -> None:
    """The server closes kept connections at any moment, also right when the next request comes."""
    chance = random.Random(1)

    async def moody(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
        for _ in range(chance.randrange(1, 4)):
            await server.request(reader)
            if chance.random() < 0.2:
                return
            writer.write(OK)
            await writer.drain()
        await asyncio.sleep(chance.random() * 0.002)

    async with serving(moody) as server:
        wire = opened(f"http://127.0.0.1:{server.port}")
        exchanges: dict[str, Exchange] = {}

        async def several(name: str) -> None:
            for number in range(40):
                exchanges[f"{name}{number}"] = await post(wire, f"{name}{number}")
                await asyncio.sleep(0)

        await asyncio.gather(*(several(name) for name in "abcde"))
    heard = [
        head.lower().split(b"idempotency-key: ")[1].split(b"\r\n")[0].decode() for _, head, _ in server.heard
    ]
    assert len(heard) == len(set(heard))
    assert {key for key, exchange in exchanges.items() if exchange.status} <= set(heard)
    assert not {key for key, exchange in exchanges.items() if not exchange.left} & set(heard)
    assert any(exchange.left and not exchange.status for exchange in exchanges.values())


async def test_a_credential_that_cannot_be_had_keeps_the_request_here(opened: Open) -> None:
    def refuse() -> str:
        raise RuntimeError(SECRET)

    async with serving(answering) as server:
        wire = opened(f"http://127.0.0.1:{server.port}")
        exchange = await wire.perform(await wire.prepare("POST", "/x", content=lambda: b"{}"), refuse)
        await asyncio.sleep(0.05)
    assert (exchange.left, exchange.status, server.heard) == (False, 0, [])
    assert SECRET not in exchange.problem


# --- time ---


async def test_who_takes_long_to_connect_and_long_to_answer_takes_neither_too_long(
    opened: Open, ca_file: Path
) -> None:
    async def slow(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        await asyncio.sleep(0.5)
        writer.write(OK)

    async with serving(slow, server_tls()) as server, gate(server.port) as (port, go_on, asked):
        wire = opened(f"https://localhost:{port}", Timeouts(1.2, 0.9, 20), ca_file)
        sending = asyncio.create_task(post(wire))
        await asked.wait()
        await asyncio.sleep(0.5)
        go_on.set()
        exchange = await sending
    assert (exchange.status, exchange.problem) == (200, "")


@pytest.mark.parametrize(
    ("timeouts", "at_most"),
    [(Timeouts(0.2, 20, 20), None), (Timeouts(20, 20, 20), 0.3), (Timeouts(20, 20, 0.3), None)],
)
async def test_no_connection_in_time_is_never_left(
    opened: Open, timeouts: Timeouts, at_most: float | None, ca_file: Path
) -> None:
    async with serving(answering, server_tls()) as server, gate(server.port) as (port, go_on, _):
        exchange = await post(opened(f"https://localhost:{port}", timeouts, ca_file), at_most=at_most)
        go_on.set()
        await asyncio.sleep(0.1)
    assert (exchange.left, exchange.problem, server.heard) == (False, NO_CONNECTION_IN_TIME, [])


@pytest.mark.parametrize(
    ("timeouts", "at_most"),
    [(Timeouts(0.2, 0.2, 20), None), (Timeouts(20, 20, 20), 0.3), (Timeouts(20, 20, 0.3), None)],
)
async def test_no_answer_in_time_is_unknown(opened: Open, timeouts: Timeouts, at_most: float | None) -> None:
    async with serving(silent) as server:
        exchange = await post(opened(f"http://127.0.0.1:{server.port}", timeouts), at_most=at_most)
    assert (exchange.left, exchange.status, exchange.problem) == (True, 0, NO_ANSWER_IN_TIME)
    assert len(server.heard) == 1


async def test_a_server_that_does_not_read_is_given_up(opened: Open) -> None:
    async def deaf(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(20)

    async with serving(deaf) as server:
        exchange = await post(
            opened(f"http://127.0.0.1:{server.port}", Timeouts(0.2, 0.3, 20)), body=b" " * 30_000_000
        )
    assert (exchange.left, exchange.status) == (True, 0)


# --- cancelled ---


async def test_what_is_cancelled_while_it_connects_does_not_leave_any_more(
    opened: Open, ca_file: Path
) -> None:
    async with serving(answering, server_tls()) as server, gate(server.port) as (port, go_on, asked):
        wire = opened(f"https://localhost:{port}", ca_file=ca_file)
        sending = asyncio.create_task(post(wire))
        await asked.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await sending
        go_on.set()
        await asyncio.sleep(0.3)
        assert server.heard == []
        assert SECRET not in shown(raised.value)
        assert (await post(wire)).status == 200


async def test_who_is_cancelled_in_mid_request_shows_no_token_and_the_wire_goes_on(opened: Open) -> None:
    read = asyncio.Event()

    async def first_silent(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        if len(server.heard) == 1:
            read.set()
            await reader.read()
        writer.write(OK)

    async with serving(first_silent) as server:
        wire = opened(f"http://127.0.0.1:{server.port}")
        sending = asyncio.create_task(post(wire))
        await read.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await sending
        assert SECRET not in shown(raised.value)
        assert (await post(wire)).status == 200
    assert len(server.heard) == 2


# --- connections ---


async def test_an_answer_that_does_not_fit_ends_its_connection(opened: Open) -> None:
    async with serving(answering) as server:
        wire = opened(f"http://127.0.0.1:{server.port}")
        for fits in (True, True, False, True):
            await post(wire, fits=lambda exchange, fits=fits: fits)
    assert [connection for connection, _, _ in server.heard] == [1, 1, 1, 2]


async def test_requests_at_once_have_a_connection_each_and_their_own_answers(opened: Open) -> None:
    async def echo(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await server.request(reader)
            key = head.lower().split(b"idempotency-key: ")[1].split(b"\r\n")[0]
            await asyncio.sleep(0.01)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(key) + key)

    async with serving(echo) as server:
        wire = opened(f"http://127.0.0.1:{server.port}")
        keys = [f"k{number}" for number in range(30)]
        exchanges = await asyncio.gather(*(post(wire, key) for key in keys))
    assert [exchange.body.decode() for exchange in exchanges] == keys


FORKED = """
import asyncio, json, os, sys
from flowrules.control.wire import Timeouts
from flowrules.control.wires import WireChoice, open_wire
from flowrules.control.errors import WireUnusable

base, choice = sys.argv[1:]
told = {}
wire, _ = open_wire(base, Timeouts(5, 5, 5), WireChoice(choice))

async def post(key):
    prepared = await wire.prepare("POST", "/x", key=key, content=lambda: b"{}")
    return (await wire.perform(prepared, lambda: "Bearer x")).status

async def in_the_child():
    told["old"] = await post("child")
    new, why = open_wire(base, Timeouts(5, 5, 5))
    told["new"] = [new.name.split()[0], why]
    await new.aclose()
    await wire.aclose()

async def main():
    told["before"] = await post("before")
    child = os.fork()
    if not child:
        asyncio.events._set_running_loop(None)
        asyncio.new_event_loop().run_until_complete(in_the_child())
        os.write(1, json.dumps(told).encode() + b"\\n")
        os._exit(0)
    ended = await asyncio.to_thread(os.waitpid, child, 0)
    told["after"] = await post("after")
    print(json.dumps(told))
    await wire.aclose()

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
async def test_a_forked_process_has_connections_of_its_own(wire: WireChoice) -> None:
    async with serving(answering) as server:
        base = f"http://127.0.0.1:{server.port}"
        run = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-W", "ignore", "-c", FORKED, base, wire.value],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    child, parent = map(json.loads, run.stdout.splitlines())
    assert (child["before"], child["old"], parent["after"]) == (200, 200, 200)
    by_key = {
        head.lower().split(b"idempotency-key: ")[1].split(b"\r\n")[0]: number
        for number, head, _ in server.heard
    }
    # Whether the parent still has its first connection then is a matter of time: idle ones are closed.
    assert by_key[b"child"] not in (by_key[b"before"], by_key[b"after"])
    assert len(server.heard) == 3
    if wire is WireChoice.PYREQWEST:
        assert child["new"][0] == "httpx"
        assert "forked" in child["new"][1]


# --- TLS ---


async def test_a_certificate_of_an_authority_that_the_host_names_is_trusted(
    opened: Open, ca_file: Path
) -> None:
    async with serving(answering, server_tls()) as server:
        base = f"https://localhost:{server.port}"
        assert (await post(opened(base, ca_file=ca_file))).status == 200
        exchange = await post(opened(base))
    assert (exchange.left, exchange.problem) == (False, NOT_TRUSTED)
    assert len(server.heard) == 1


async def test_the_systems_store_is_trusted(
    opened: Open, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    async with serving(answering, server_tls()) as server:
        assert (await post(opened(f"https://localhost:{server.port}"))).status == 200


async def test_a_certificate_for_another_name_gets_nothing(opened: Open, ca_file: Path) -> None:
    async with serving(answering, server_tls("elsewhere.example")) as server:
        exchange = await post(opened(f"https://localhost:{server.port}", ca_file=ca_file))
    assert (exchange.left, exchange.problem, server.heard) == (False, NOT_TRUSTED, [])


@pytest.mark.parametrize(
    "text", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_certificates_that_cannot_be_read_are_said_at_once(
    wire: WireChoice, tmp_path: Path, text: bytes
) -> None:
    (tmp_path / "ca.pem").write_bytes(text)
    with pytest.raises(WireUnusable, match="ca_file"):
        open_wire("https://localhost", PATIENT, wire, tmp_path / "ca.pem")
    with pytest.raises(WireUnusable, match="ca_file"):
        open_wire("https://localhost", PATIENT, wire, tmp_path / "gone.pem")


# --- the token ---


@pytest.mark.parametrize(
    "error", [OSError("x"), RuntimeError("x"), asyncio.CancelledError(), KeyboardInterrupt()]
)
@pytest.mark.parametrize("stage", ["_read_body", "_causes", "_in_words"])
async def test_nothing_that_fails_on_the_fast_way_shows_the_token(
    monkeypatch: pytest.MonkeyPatch, stage: str, error: BaseException
) -> None:
    def fail(*words: Any, **named: Any) -> Any:
        raise error

    async def fail_late(*words: Any, **named: Any) -> Any:
        raise error

    broken = asyncio.iscoroutinefunction(getattr(pyreqwest_wire, stage))
    monkeypatch.setattr(pyreqwest_wire, stage, fail_late if broken else fail)

    async def closing(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
        await server.request(reader)
        writer.write(OK if broken else b"")

    async with serving(closing) as server:
        wire, _ = open_wire(f"http://127.0.0.1:{server.port}", PATIENT, WireChoice.PYREQWEST)
        if broken and isinstance(error, Exception):
            exchange = await post(wire)
            assert exchange.left
            assert SECRET not in repr(exchange)
        else:
            with pytest.raises(type(error)) as raised:
                await post(wire)
            assert SECRET not in shown(raised.value)
        await wire.aclose()


async def test_no_log_and_no_repr_has_the_token(
    opened: Open, caplog: pytest.LogCaptureFixture, ca_file: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving(answering, server_tls()) as server:
        wire = opened(f"https://localhost:{server.port}", ca_file=ca_file)
        prepared = await wire.prepare("POST", "/x", key="k", content=lambda: SECRET.encode())
        exchange = await wire.perform(prepared, lambda: f"Bearer {SECRET}")
    assert exchange.status == 200
    assert SECRET not in caplog.text + repr((wire, vars(wire), prepared, exchange))


# --- which one ---


def test_the_fast_one_is_picked_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ControlClient("https://api.yotel.in")
    assert (found.wire, found.not_the_fast_wire) == (f"pyreqwest {metadata.version('pyreqwest')}", "")
    assert ControlClient("https://api.yotel.in", wire=WireChoice.HTTPX).not_the_fast_wire == ""


def _without(monkeypatch: pytest.MonkeyPatch, release: str | None) -> None:
    def version(name: str) -> str:
        if release is None:
            raise metadata.PackageNotFoundError(name)
        return release

    monkeypatch.setattr("flowrules.control.wires.version", version)


@pytest.mark.parametrize(
    ("release", "why"),
    [
        (None, "flowrules[fast]"),
        ("0.15.0", "not one of the versions"),
        ("0.16.0", "not one of the versions"),
        ("0.16.0rc1", "not one of the versions"),
        ("1.0", "not one of the versions"),
    ],
)
def test_where_it_is_not_or_is_another_httpx_is_used_and_says_why(
    monkeypatch: pytest.MonkeyPatch, release: str | None, why: str
) -> None:
    _without(monkeypatch, release)
    client = ControlClient("https://api.yotel.in")
    assert client.wire.startswith("httpx ")
    assert why in client.not_the_fast_wire
    with pytest.raises(WireUnusable, match=r"pyreqwest"):
        ControlClient("https://api.yotel.in", wire=WireChoice.PYREQWEST)


@pytest.mark.parametrize(
    "base",
    ["https://bücher.example", "https://api.example/v1/../v2", "https://api.example/a b", "https://1.1"],
)
def test_an_address_that_the_two_could_read_differently_is_httpxs(base: str) -> None:
    client = ControlClient(base)
    assert client.wire.startswith("httpx ")
    assert "in another way" in client.not_the_fast_wire


@pytest.mark.parametrize(
    "base", ["https://API.example:8443", "http://[::1]:8080/x", "http://127.0.0.1", "https://api.example/v1/"]
)
def test_an_address_that_both_read_alike_is_the_fast_ones(base: str) -> None:
    assert ControlClient(base).wire.startswith("pyreqwest ")


def test_the_versions_that_are_picked_are_those_of_the_extra() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    line, _ = tomllib.loads(text)["project"]["optional-dependencies"]["fast"]
    assert line == "pyreqwest>={},<{}".format(*PYREQWEST_TESTED)


async def test_a_token_that_came_too_late_for_the_fast_wire_goes_out_after_the_401(ca_file: Path) -> None:
    """It hands its header over before it connects; the reference reads it when the connection stands."""
    credentials = CallCredentials("c1", SystemClock(), CallbackToken.received("c1", SecretStr("OLD"), 0.0))

    async def picky(server: Server, reader: Any, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await server.request(reader)
            fresh = b"Bearer NEW" in head
            body = b'{"ok":true,"call_id":"c1"}' if fresh else b'{"detail":"expired"}'
            writer.write(
                b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (200 if fresh else 401, len(body)) + body
            )

    async with (
        serving(picky, server_tls()) as server,
        gate(server.port) as (port, go_on, asked),
        ControlClient(f"https://localhost:{port}", wire=WireChoice.PYREQWEST, ca_file=ca_file) as client,
    ):
        until = SystemClock().monotonic() + 10
        sending = asyncio.create_task(
            client.send(VerbRequest("c1", {"event": "mute"}, "k"), credentials, until=until)
        )
        await asked.wait()
        credentials.renew(CallbackToken.received("c1", SecretStr("NEW"), 0.0))
        go_on.set()
        receipt = await sending
    assert (receipt.status, receipt.attempts) == (Status.ACCEPTED, 2)


def test_what_the_two_trust_is_the_same_list() -> None:
    assert httpx_wire.HttpxWire("https://x.example", PATIENT)._tls.get_ca_certs()
    assert pyreqwest_wire._mozillas().count(b"BEGIN CERTIFICATE") > 50
