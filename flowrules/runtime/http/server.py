"""A small agent server: the platform dials its WebSocket, and whoever runs the agent reports events over HTTP."""

import asyncio
import socket
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pydantic import SecretStr

from flowrules.runtime.engine import Engine
from flowrules.runtime.settings import checked_key

if TYPE_CHECKING:
    from flowrules.runtime.http.web import HostRoute
    from flowrules.runtime.http.web_server import WebServer


class AgentServer:
    """Serves an engine, as an async context manager. Port 0 takes a free one.

    `agent_token` is the bearer that the platform must show when it dials, where one is configured there.
    `events_key` opens `POST /events`, `GET /health` and `POST /rules/accept` (which lets held rules go live),
    `metrics_key` what only tells: `GET /health`, and `GET /metrics` of an engine with telemetry. `GET /livez` and `GET
    /readyz` take no key. `more` are routes of the host's own. Raises ValueError for a key that no header can
    carry, an empty one too, and OSError where the address can't be had.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        agent_token: SecretStr | None = None,
        events_key: SecretStr | None = None,
        metrics_key: SecretStr | None = None,
        more: "Sequence[HostRoute]" = (),
    ) -> None:
        for key in (agent_token, events_key, metrics_key):
            if key is not None:
                checked_key(key)
        self._more = more
        self._engine = engine
        self._host, self._port = host, port
        self._agent_token, self._events_key, self._metrics_key = agent_token, events_key, metrics_key
        self._server: WebServer | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def ws_url(self) -> str:
        """What the platform dials: `ws://127.0.0.1:54321/`, once started."""
        return f"ws://{self._address}/"

    @property
    def takes_events(self) -> bool:
        """Whether events may come over HTTP."""
        return self._events_key is not None

    @property
    def http_url(self) -> str:
        return f"http://{self._address}"

    @property
    def _address(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{host}:{self._port}"

    async def __aenter__(self) -> Self:
        listener = listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        # A web server, which a host that has one of its own never needs.
        from flowrules.runtime.http.web import Web
        from flowrules.runtime.http.web_server import WebServer

        web = Web(self._engine, self._agent_token, self._events_key, self._metrics_key, self._more)
        self._server = WebServer(web)
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


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
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
