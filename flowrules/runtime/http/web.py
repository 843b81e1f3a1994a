"""What the agent server answers: the platform's WebSockets, and reports over HTTP."""

import asyncio
import contextlib
import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, NamedTuple

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import FleetUnavailable, RunError
from flowrules.runtime.health import OK
from flowrules.runtime.http.readiness import Readiness
from flowrules.runtime.http.waiting_connections import WaitingConnections
from flowrules.runtime.log import Log
from flowrules.runtime.reports import BadReport, act_on, find_call, outcome_json, read_report

SUBPROTOCOLS = ("audio.drachtio.org", "audio.jambonz.org")
"""What the platform asks for when it dials (its public pages name both)."""
MAX_BODY = 64 * 1024
METADATA_WAIT = 10.0
"""Seconds in which the first text frame must come."""
BODY_WAIT = 10.0
"""Seconds in which the whole body of a report must come."""

POLICY = 1008
"""The WebSocket's code for a peer that broke the rules (RFC 6455)."""
_log = Log(__name__)


class HostRoute(NamedTuple):
    """A path that the host adds: `handler` takes the body and gives status and JSON. The events key opens it, and the
    metrics key where it `only_tells`."""

    path: str
    method: str
    handler: Callable[[bytes], Awaitable[tuple[int, Any]]]
    only_tells: bool = False


class Web:
    """The handlers. `events_key` opens all of them, `metrics_key` those that only tell; without either there are the
    probes alone, which tell nothing of the host's."""

    def __init__(
        self,
        engine: Engine,
        agent_token: SecretStr | None,
        events_key: SecretStr | None,
        metrics_key: SecretStr | None = None,
        more: Sequence[HostRoute] = (),
    ) -> None:
        self._more = more
        self._engine = engine
        self.waiting_connections = WaitingConnections()
        self._readiness = Readiness(engine)
        self._agent_token, self._events_key, self._metrics_key = agent_token, events_key, metrics_key

    def routes(self) -> list[BaseRoute]:
        routes: list[BaseRoute] = [
            WebSocketRoute("/{path:path}", self._call),
            Route("/livez", self._livez, methods=["GET"]),
            Route("/readyz", self._readyz, methods=["GET"]),
        ]
        if self._events_key is not None or self._metrics_key is not None:
            routes.append(Route("/health", self._health, methods=["GET"]))
            if self._engine.telemetry is not None:
                routes.append(Route("/metrics", self._metrics, methods=["GET"]))
        if self._events_key is not None:
            routes += [
                Route("/events", self._events, methods=["POST"]),
                Route("/rules/accept", self._accept, methods=["POST"]),
            ]
        for one in self._more:
            keys = (self._events_key, self._metrics_key) if one.only_tells else (self._events_key,)
            if any(key is not None for key in keys):
                routes.append(Route(one.path, partial(self._hosts, one, keys), methods=[one.method]))
        return routes

    # --- the platform's side ---

    async def _call(self, websocket: WebSocket) -> None:
        """One call: from the metadata frame to the close."""
        if not await accepted(websocket, self._agent_token):
            return
        session = await self._open(websocket)
        self.waiting_connections.remove(websocket.scope.get("client"))
        if session is None:
            return
        closing: set[asyncio.Task[None]] = set()
        session.on_taken_over(lambda: closing.add(asyncio.ensure_future(_let_go(websocket))))
        try:
            while True:
                message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    break
                # No name here may hold a frame's text, which may hold a token: a traceback would carry it away.
                if message.get("text") is not None:
                    session.frame(message.pop("text"))
        except asyncio.CancelledError:
            pass  # The server ends, and would log a traceback for each connection that is still open.
        finally:
            # The close goes on by itself, and the engine waits for it.
            with contextlib.suppress(asyncio.CancelledError):
                await session.close()

    async def _open(self, websocket: WebSocket) -> CallSession | None:
        """The call of the first text frame; None where there is none."""
        try:
            async with asyncio.timeout(METADATA_WAIT):
                return self._engine.call_from(await websocket.receive_text())
        except (RunError, KeyError) as error:
            _log.warning(
                "dial.refused", why=str(error) if isinstance(error, RunError) else "no text frame came first"
            )
        except TimeoutError:
            _log.warning("dial.refused", why="no metadata frame came")
        except WebSocketDisconnect:
            return None
        with contextlib.suppress(RuntimeError):
            await websocket.close(POLICY)
        return None

    # --- the host's side ---

    async def _events(self, request: Request) -> Response:
        if (refusal := refused(request, self._events_key)) is not None:
            return refusal
        body = await body_of(request)
        if isinstance(body, Response):
            return body
        try:
            report = read_report(body)
            if self._engine.fleet is not None:
                return JSONResponse(await self._engine.fleet.take(report))
            call = find_call(self._engine.calls, report.call_id)
            outcome = await act_on(report, call)
        except BadReport as error:
            return problem(422, str(error))
        except FleetUnavailable as error:
            return problem(503, str(error))
        return JSONResponse({"ok": True} if outcome is None else outcome_json(call.call_id, outcome))

    async def _hosts(
        self, route: HostRoute, keys: tuple[SecretStr | None, ...], request: Request
    ) -> Response:
        if (refusal := refused(request, *keys)) is not None:
            return refusal
        body = await body_of(request)
        if isinstance(body, Response):
            return body
        status, told = await route.handler(body)
        return JSONResponse(told, status)

    async def _livez(self, request: Request) -> Response:
        """The process works, also while it drains: a loop that hangs gives no answer."""
        return JSONResponse({"status": "ok"})

    async def _readyz(self, request: Request) -> Response:
        checks = await self._readiness.checks()
        ready = all(found == OK for found in checks.values())
        return JSONResponse({"status": OK if ready else "not ready", "checks": checks}, 200 if ready else 503)

    async def _health(self, request: Request) -> Response:
        if (refusal := refused(request, self._events_key, self._metrics_key)) is not None:
            return refusal
        health = self._engine.health()
        return JSONResponse(
            {
                "mode": health.mode,
                "revision": health.revision,
                "last_load": health.last_load,
                "wire": health.wire,
                "calls": health.calls,
                "ready": health.ready,
                "problems": list(health.problems),
                "warnings": list(health.warnings),
                "counters": dict(health.counters),
                **({} if health.candidate is None else {"candidate": asdict(health.candidate)}),
            },
            503 if health.problems else 200,
        )

    async def _metrics(self, request: Request) -> Response:
        """For Prometheus."""
        if (refusal := refused(request, self._events_key, self._metrics_key)) is not None:
            return refusal
        assert self._engine.telemetry is not None
        page, content_type = await self._engine.telemetry.metrics(request.headers.get("accept", ""))
        return Response(page, headers={"Content-Type": content_type})

    async def _accept(self, request: Request) -> Response:
        """Let the rules that are held go live."""
        if (refusal := refused(request, self._events_key)) is not None:
            return refusal
        outcome = self._engine.rules.accept()
        if outcome is None:
            return problem(409, "no rules are held")
        return JSONResponse({"status": outcome.status.value, "revision": outcome.revision})


def refused(request: Request, *keys: SecretStr | None) -> Response | None:
    """A browser on somebody else's page must not report events, and nobody without one of the keys."""
    if "origin" in request.headers:
        return problem(403, "requests from web pages are refused")
    if any(key is not None and _bears(request.headers, key) for key in keys):
        return None
    return problem(401, "the key is missing or wrong")


async def accepted(websocket: WebSocket, agent_token: SecretStr | None) -> bool:
    """Answer whoever dials: whether it is the platform. That is no browser: a page that dials this machine is turned
    away, key or not."""
    why = ""
    if "origin" in websocket.headers:
        why = "a web page dialled"
    elif agent_token is not None and not _bears(websocket.headers, agent_token):
        why = "the bearer is missing or wrong"
    if why:
        _log.warning("dial.refused", why=why)
        await websocket.close(POLICY)
        return False
    asked = websocket.scope.get("subprotocols", [])
    await websocket.accept(next((one for one in asked if one in SUBPROTOCOLS), None))
    return True


async def body_of(request: Request) -> bytes | Response:
    """The body of a request; or the answer, where it does not come whole, or is too large."""
    try:
        async with asyncio.timeout(BODY_WAIT):
            body = await _body(request)
    except TimeoutError:
        return problem(408, f"the body must come whole within {BODY_WAIT:g} seconds")
    return problem(413, f"the body has at most {MAX_BODY} bytes") if body is None else body


async def _let_go(websocket: WebSocket) -> None:
    """Close a connection whose call another one has taken over."""
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await websocket.close()


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


def problem(status: int, detail: str) -> Response:
    return JSONResponse({"detail": detail}, status)
