"""A small agent server: the platform dials its WebSocket, and whoever runs the agent reports events over HTTP."""

import asyncio
import contextlib
import hmac
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn import Config, Server

from flowrules.runtime.errors import RunError
from flowrules.runtime.host import Engine
from flowrules.runtime.log import Log
from flowrules.runtime.reports import BadReport, act_on, find_call, outcome_json, read_report
from flowrules.runtime.session import CallSession

SUBPROTOCOLS = ("audio.drachtio.org", "audio.jambonz.org")
"""What the platform asks for when it dials (its public pages name both)."""
MAX_FRAME = 64 * 1024
MAX_BODY = 64 * 1024
METADATA_WAIT = 10.0
"""Seconds in which the first text frame must come."""

_POLICY = 1008
"""The WebSocket's code for a peer that broke the rules (RFC 6455)."""
_log = Log(__name__)


class AgentServer:
    """Serves an engine, as an async context manager. Port 0 takes a free one.

    `agent_token` is the bearer that the platform must show when it dials, where one is configured there.
    `events_key` opens `POST /events` and `GET /health`; without one there is no HTTP at all. Raises OSError where
    the address can't be had.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        agent_token: SecretStr | None = None,
        events_key: SecretStr | None = None,
    ) -> None:
        self._engine = engine
        self._host, self._port = host, port
        self._agent_token, self._events_key = agent_token, events_key
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def ws_url(self) -> str:
        """What the platform dials: `ws://127.0.0.1:54321/`, once started."""
        return f"ws://{self._address}/"

    @property
    def http_url(self) -> str:
        return f"http://{self._address}"

    @property
    def _address(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}"

    async def __aenter__(self) -> Self:
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        routes: list[BaseRoute] = [WebSocketRoute("/{path:path}", self._call)]
        if self._events_key is not None:
            routes += [
                Route("/events", self._events, methods=["POST"]),
                Route("/health", self._health, methods=["GET"]),
            ]
        config = Config(
            Starlette(routes=routes),
            ws="websockets-sansio",
            ws_max_size=MAX_FRAME,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]), name="flowrules-server")
        await self._server.ready.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        assert self._serving is not None
        self._server.leave()
        await self._serving

    # --- the platform's side ---

    async def _call(self, websocket: WebSocket) -> None:
        """One call: from the metadata frame to the close."""
        if (why := self._why_not(websocket.headers)) is not None:
            _log.warning("dial.refused", why=why)
            await websocket.close(_POLICY)
            return
        asked = websocket.scope.get("subprotocols", [])
        await websocket.accept(next((one for one in asked if one in SUBPROTOCOLS), None))
        session = await self._open(websocket)
        if session is None:
            return
        try:
            while True:
                message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                if (text := message.get("text")) is not None:
                    session.frame(text)
        finally:
            await session.close()

    def _why_not(self, headers: Headers) -> str | None:
        """The platform is no browser: a page that dials this machine is turned away, key or not."""
        if "origin" in headers:
            return "a web page dialled"
        if self._agent_token is not None and not _bears(headers, self._agent_token):
            return "the bearer is missing or wrong"
        return None

    async def _open(self, websocket: WebSocket) -> CallSession | None:
        """The call of the first text frame; None where there is none."""
        try:
            async with asyncio.timeout(METADATA_WAIT):
                first = await websocket.receive_text()
            return self._engine.call_from(first)
        except (RunError, KeyError) as error:
            _log.warning(
                "dial.refused", why=str(error) if isinstance(error, RunError) else "no text frame came first"
            )
        except TimeoutError:
            _log.warning("dial.refused", why="no metadata frame came")
        except WebSocketDisconnect:
            return None
        with contextlib.suppress(RuntimeError):
            await websocket.close(_POLICY)
        return None

    # --- the host's side ---

    async def _events(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        body = await _body(request)
        if body is None:
            return _problem(413, f"a report has at most {MAX_BODY} bytes")
        try:
            report = read_report(body)
            call = find_call(self._engine.calls, report.call_id)
            outcome = await act_on(report, call)
        except BadReport as error:
            return _problem(422, str(error))
        return JSONResponse({"ok": True} if outcome is None else outcome_json(call.call_id, outcome))

    async def _health(self, request: Request) -> Response:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        health = self._engine.health()
        return JSONResponse(
            {
                "mode": health.mode,
                "revision": health.revision,
                "last_load": health.last_load,
                "calls": health.calls,
                "problems": list(health.problems),
                "counters": dict(health.counters),
            },
            503 if health.problems else 200,
        )

    def _refusal(self, request: Request) -> Response | None:
        """A browser on somebody else's page must not report events, and nobody without the key."""
        if "origin" in request.headers:
            return _problem(403, "requests from web pages are refused")
        assert self._events_key is not None
        return (
            None
            if _bears(request.headers, self._events_key)
            else _problem(401, "the key is missing or wrong")
        )


def _bears(headers: Headers, secret: SecretStr) -> bool:
    """Does the Authorization header carry this bearer? Compared in constant time."""
    shown = headers.get("authorization", "")
    return hmac.compare_digest(shown.encode(), f"Bearer {secret.get_secret_value()}".encode())


async def _body(request: Request) -> bytes | None:
    """The body; None where it is too large, or whoever sent it has left."""
    body = bytearray()
    with contextlib.suppress(ClientDisconnect):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return None
        return bytes(body)
    return None


def _problem(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status)


def _listen(host: str, port: int) -> socket.socket:
    # A socket that says it is TCP gets TCP_NODELAY from asyncio; one of socket.create_server's does not.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(Server):
    """uvicorn's server as a part of somebody else's program: no signal handlers, an event when ready."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._leaving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        self.ready.set()
        await self._leaving.wait()

    def leave(self) -> None:
        self._leaving.set()
