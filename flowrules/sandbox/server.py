"""The sandbox on a socket."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from starlette.routing import Router
from uvicorn import Config, Server

from flowrules.sandbox import api, steering_api
from flowrules.sandbox.clock import Clock
from flowrules.sandbox.controls import SandboxControls
from flowrules.sandbox.delivery import Connection
from flowrules.sandbox.settings import Settings


class Sandbox(SandboxControls):
    """The platform on this machine, as an async context manager.

        async with Sandbox() as sandbox:
            call = await sandbox.open_call()
            ... sandbox.base_url, sandbox.tenant_key, call.callback_token ...

    Port 0 takes a free one. Only loopback is listened on unless another `host` is named. Raises OSError where the
    address cannot be had.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(settings, clock)
        self._host, self._port = host, port
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._tenant_key = self.add_tenant_key()

    @property
    def base_url(self) -> str:
        """`http://127.0.0.1:54321`, once started."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def tenant_key(self) -> str:
        """A key of the home tenant with the control scope."""
        return self._tenant_key

    async def start(self) -> None:
        listener = _listen(self._host, self._port)
        self._port = listener.getsockname()[1]
        app = Router([*api.routes(self.platform), *steering_api.routes(self)])
        config = Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            # Longer than any client keeps an idle connection, so that the sandbox never closes one under a request.
            timeout_keep_alive=3600,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.ready.wait()

    async def stop(self) -> None:
        """Hang up, drop what is still unanswered, and close the socket."""
        await self.hang_up_all()
        if self._server is not None and self._serving is not None:
            self._server.leave()
            await self._serving
            self._server = self._serving = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


def _listen(host: str, port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that say they are TCP: socket.create_server's do not, and every reply
    # would wait 40 ms for a delayed acknowledgement.
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
    """uvicorn's server as a part of somebody else's program: no signal handlers, no ticking, an event when ready."""

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
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        self._leaving.set()
