"""What answers the one port: connections of calls go to the worker that owns the call, reports are passed on to it, and
what is asked of all is answered once."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.http11 import Request as Handshake

from flowrules.runtime.calls.frames import Metadata, read_frame
from flowrules.runtime.health import OK
from flowrules.runtime.http.waiting_connections import WaitingConnections
from flowrules.runtime.http.web import (
    METADATA_WAIT,
    POLICY,
    HostRoute,
    accepted,
    body_of,
    problem,
    refused,
)
from flowrules.runtime.http.web_server import TerseWebSocket
from flowrules.runtime.log import Log
from flowrules.runtime.reports import BadReport, find_call, read_report
from flowrules.workers import view
from flowrules.workers.handover import MAX_READ, Connection, give
from flowrules.workers.routing import owner_of
from flowrules.workers.supervisor import QUICK, NoAnswer, Worker, answer_of

WAIT_FOR_WORKER = 20.0
"""Seconds that a call waits for a worker that is started again."""
_SLOW = 10.0
"""Seconds for answers that take a look at a disk."""
_CONNECTION = "flowrules.connection"
_log = Log(__name__)


class FrontWebSocket(TerseWebSocket):
    """uvicorn's protocol, which keeps what it reads until it is known whose call it is."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head: bytes | None = None
        self._rest = bytearray()

    def data_received(self, data: bytes) -> None:
        if self._head is None:
            self._head = data
        else:
            self._rest += data
        super().data_received(data)

    def handle_connect(self, event: Handshake) -> None:
        super().handle_connect(event)
        if (scope := getattr(self, "scope", None)) is not None:
            scope[_CONNECTION] = self

    def take(self) -> Connection | None:
        """The connection, which is nobody's here from now on; None where it is gone, or too much was read of it."""
        self.stop_keepalive()
        of = self.transport.get_extra_info("socket")
        if (
            self._head is None
            or of is None
            or self.transport.is_closing()
            or self.transport.get_write_buffer_size()
            or len(self._head) + len(self._rest) > MAX_READ
        ):
            return None
        taken = Connection(socket.socket(fileno=os.dup(of.fileno())), self._head, bytes(self._rest))
        self._rest.clear()
        self.transport.abort()  # Closes this process's descriptor, and says nothing to the peer.
        return taken


class Front:
    """The handlers, as those of `runtime/http/web.py`, over several workers."""

    def __init__(
        self,
        workers: Mapping[int, Worker],
        *,
        agent_token: SecretStr | None,
        events_key: SecretStr | None,
        metrics_key: SecretStr | None,
        more: Sequence[HostRoute] = (),
        warnings: Callable[[], Sequence[str]] = lambda: (),
        numbers: Callable[[], str] = lambda: "",
    ) -> None:
        """`more` are routes that the front answers itself; `warnings`, and `numbers` as Prometheus reads them, are its
        own."""
        self.waiting_connections = WaitingConnections()
        self.draining = False
        self._workers = workers
        self._agent_token, self._events_key, self._metrics_key = agent_token, events_key, metrics_key
        self._more, self._warnings, self._numbers = more, warnings, numbers
        self._giving: set[asyncio.Task[None]] = set()

    def routes(self) -> list[BaseRoute]:
        routes: list[BaseRoute] = [
            WebSocketRoute("/{path:path}", self._call),
            Route("/livez", self._livez, methods=["GET"]),
            Route("/readyz", self._readyz, methods=["GET"]),
        ]
        if self._events_key is not None or self._metrics_key is not None:
            routes += [
                Route("/health", self._health, methods=["GET"]),
                Route("/metrics", self._metrics, methods=["GET"]),
            ]
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
        if not await accepted(websocket, self._agent_token):
            return
        call_id = await self._call_id(websocket)
        self.waiting_connections.remove(websocket.scope.get("client"))
        connection = None
        if call_id is not None:
            connection = websocket.scope[_CONNECTION].take()
        if connection is None or call_id is None:
            with suppress(RuntimeError):
                await websocket.close(POLICY)
            return
        giving = asyncio.create_task(self._give(call_id, connection), name="flowrules-give")
        self._giving.add(giving)
        giving.add_done_callback(self._giving.discard)

    async def _call_id(self, websocket: WebSocket) -> str | None:
        """Of the first text frame; None where the connection is to be closed."""
        if self.draining:
            _log.warning("dial.refused", why="the workers are shutting down: they take no new calls")
            return None
        why = "no text frame came first"
        try:
            async with asyncio.timeout(METADATA_WAIT):
                read = read_frame(await websocket.receive_text(), first=True)
            if isinstance(read, Metadata):
                return read.call_id
            why = "the first frame is no metadata frame"
        except KeyError:
            pass
        except TimeoutError:
            why = "no metadata frame came"
        except WebSocketDisconnect:
            return None
        _log.warning("dial.refused", why=why)
        return None

    async def _give(self, call_id: str, connection: Connection) -> None:
        """Hand a connection over. A worker that dies meanwhile is waited for: nobody else may have the call."""
        worker = self._workers[owner_of(call_id, len(self._workers))]
        try:
            async with asyncio.timeout(WAIT_FOR_WORKER):
                await worker.ready.wait()
            await asyncio.to_thread(give, worker.task.calls, connection)
        except (OSError, TimeoutError) as error:
            connection.socket.close()
            _log.warning(
                "call.not_handed_over", call=call_id, worker=worker.number, why=str(error) or "no worker"
            )

    # --- the host's side ---

    async def _events(self, request: Request) -> Response:
        if (refusal := refused(request, self._events_key)) is not None:
            return refusal
        body = await body_of(request)
        if isinstance(body, Response):
            return body
        try:
            call_id = read_report(body).call_id or await self._only_call()
        except BadReport as error:
            return problem(422, str(error))
        except NoAnswer:
            return problem(503, "a worker does not run: name the call by its call_id, or try again")
        return await self._passed_on(call_id, body)

    async def _passed_on(self, call_id: str, body: bytes) -> Response:
        worker = self._workers[owner_of(call_id, len(self._workers))]
        try:
            answer = await worker.ask("POST", "/events", content=body)
        except NoAnswer:
            # It may have acted on it: so it is not passed on again.
            return problem(503, f"worker {worker.number}, which has the call, has given no answer")
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    async def _only_call(self) -> str:
        """The one live call. Raises BadReport where there is another number of them, NoAnswer."""
        answers = await asyncio.gather(
            *(worker.ask("GET", "/calls", patience=QUICK) for worker in self._workers.values())
        )
        calls = view.calls_of(answer_of(answer) for answer in answers)
        return find_call(calls, "")

    async def _livez(self, request: Request) -> Response:
        """The front works, also while the workers drain."""
        return JSONResponse({"status": "ok"})

    async def _readyz(self, request: Request) -> Response:
        answers, missing = await self._ask_all("/readyz", _SLOW)
        checks = view.checks({number: answer_of(one)["checks"] for number, one in answers.items()}, missing)
        if self.draining:
            checks["engine"] = "draining"
        ready = all(found == OK for found in checks.values())
        return JSONResponse({"status": OK if ready else "not ready", "checks": checks}, 200 if ready else 503)

    async def _health(self, request: Request) -> Response:
        if (refusal := refused(request, self._events_key, self._metrics_key)) is not None:
            return refusal
        answers, missing = await self._ask_all("/health", QUICK)
        by_worker = {number: answer_of(one) for number, one in answers.items()}
        for number, one in by_worker.items():
            one["restarts"] = self._workers[number].restarts
        # While they drain, one after the other ends, and none is started again.
        told = view.health(by_worker, self._warnings(), [] if self.draining else missing)
        return JSONResponse(told, 503 if told["problems"] else 200)

    async def _metrics(self, request: Request) -> Response:
        if (refusal := refused(request, self._events_key, self._metrics_key)) is not None:
            return refusal
        answers, _ = await self._ask_all("/metrics", _SLOW)
        texts = {str(number): one.text for number, one in sorted(answers.items())}
        page = view.Page(texts | {view.FRONT: self._numbers()})
        text, content_type = await asyncio.to_thread(page.text, request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": content_type})

    async def _accept(self, request: Request) -> Response:
        if (refusal := refused(request, self._events_key)) is not None:
            return refusal
        answers: dict[int, Any] = {}
        for number, worker in self._workers.items():
            with suppress(NoAnswer):
                answers[number] = await worker.ask("POST", "/rules/accept", patience=_SLOW)
        taken = [one for one in answers.values() if one.status_code == 200]
        if not taken:
            return problem(409, "no rules are held")
        return JSONResponse(taken[0].json())

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

    # --- inside ---

    async def _ask_all(self, path: str, patience: float) -> tuple[dict[int, Any], list[int]]:
        """The answers by worker, and which give none."""
        numbers = list(self._workers)
        asked = (self._workers[number].ask("GET", path, patience=patience) for number in numbers)
        found = await asyncio.gather(*asked, return_exceptions=True)
        answers: dict[int, Any] = {}
        missing: list[int] = []
        for number, answer in zip(numbers, found, strict=True):
            if isinstance(answer, NoAnswer):
                missing.append(number)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                answers[number] = answer
        return answers, missing
