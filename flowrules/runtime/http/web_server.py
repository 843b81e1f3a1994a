"""uvicorn as a part of somebody else's program."""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Iterator
from typing import Any, Protocol

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from uvicorn import Config, Server
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from flowrules.runtime.http.waiting_connections import WaitingConnections
from flowrules.runtime.log import Log

MAX_FRAME = 64 * 1024
_log = Log(__name__)


class Routes(Protocol):
    """What a server answers."""

    waiting_connections: WaitingConnections

    def routes(self) -> list[BaseRoute]: ...


class _Terse(logging.Logger):
    """uvicorn's log, without the exception that holds a frame which is no UTF-8: a token may stand in that frame, and a
    logger that prints the variables of a traceback would print it."""

    def exception(self, msg: object, *args: object, **options: Any) -> None:
        self.error(msg, *args, **{"exc_info": not isinstance(sys.exc_info()[1], UnicodeError), **options})


class TerseWebSocket(WebSocketsSansIOProtocol):
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        log = _Terse(self.logger.name, logging.WARNING)
        log.parent = self.logger
        self.logger = log


class WebServer(Server):
    """uvicorn's server as a part of somebody else's program: no signal handlers, an event when ready."""

    def __init__(self, web: Routes, websocket: type[WebSocketsSansIOProtocol] = TerseWebSocket) -> None:
        super().__init__(
            Config(
                web.waiting_connections.guarding(Starlette(routes=web.routes())),
                http=web.waiting_connections.protocol(),
                ws=websocket,
                ws_max_size=MAX_FRAME,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,  # A peer is known by the address of its connection, not by what it says.
                timeout_graceful_shutdown=1,
            )
        )
        self._waiting_connections = web.waiting_connections
        self.ready = asyncio.Event()
        self._leaving = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        self.ready.set()
        await self._leaving.wait()
        self._waiting_connections.close()
        await asyncio.sleep(0)  # Those who were turned away are gone.

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what is left. One connection that can't be closed in order (uvicorn 0.54 may answer a handshake twice)
        keeps no other one open."""
        try:
            await super().shutdown(sockets)
        except Exception:  # Whatever it is, the other connections are closed below.
            _log.exception("server.not_shut_down")
            for connection in tuple(self.server_state.connections):
                connection.transport.abort()
            if self.server_state.tasks:  # The calls among them are closed now.
                await asyncio.wait(self.server_state.tasks, timeout=1)

    def leave(self) -> None:
        self._leaving.set()
