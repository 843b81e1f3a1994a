"""Shared by the sandbox's tests: a running sandbox, a client that talks to it, an agent that it dials."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from flowrules.sandbox import Clock, OpenedCall, Sandbox, Settings

Post = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Its clock stands still unless it is wound."""
    async with Sandbox(clock=Clock(running=False)) as running:
        yield running


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=sandbox.base_url, timeout=10) as client:
        yield client


@pytest.fixture
async def opened(sandbox: Sandbox) -> OpenedCall:
    return await sandbox.open_call()


@pytest.fixture
def control(http: httpx.AsyncClient, opened: OpenedCall) -> Post:
    """Send a verb to the call `opened`, with its callback token, unless told otherwise."""

    async def send(
        event: str,
        *,
        call_id: str | None = None,
        token: str | None = None,
        key: str | None = None,
        patience: float = 10,
        **fields: Any,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or opened.callback_token}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        path = f"/api/v1/ai-sessions/{call_id or opened.call_id}/control"
        return await http.post(path, json={"event": event, **fields}, headers=headers, timeout=patience)

    return send


@dataclass
class Agent:
    """A voice agent's WebSocket server that writes down what the platform sends."""

    bearer: str | None = None
    url: str = ""
    authorization: list[str | None] = field(default_factory=list)
    subprotocols: list[str | None] = field(default_factory=list)
    connections: list[ServerConnection] = field(default_factory=list)
    texts: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    audio: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    closed: asyncio.Queue[int | None] = field(default_factory=asyncio.Queue)

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        self.authorization.append(request.headers.get("Authorization"))
        if self.bearer is not None and self.authorization[-1] != f"Bearer {self.bearer}":
            return connection.respond(401, "who are you?\n")
        return None

    async def serve_call(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        self.subprotocols.append(connection.subprotocol)
        try:
            async for message in connection:
                if isinstance(message, bytes):
                    await self.audio.put(message)
                else:
                    await self.texts.put(json.loads(message))
        except ConnectionClosed:
            pass
        await self.closed.put(connection.close_code)

    async def text(self) -> dict[str, Any]:
        """The next text frame."""
        return await asyncio.wait_for(self.texts.get(), 45)

    async def close_code(self) -> int | None:
        """How the next connection that ends has ended."""
        return await asyncio.wait_for(self.closed.get(), 45)


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    agent = Agent()
    # At DEBUG, websockets logs every frame it reads: here that would be the agent's doing, not the sandbox's.
    quiet = logging.getLogger("tests.agent")
    quiet.setLevel(logging.WARNING)
    both = [Subprotocol("audio.drachtio.org"), Subprotocol("audio.jambonz.org")]
    async with serve(
        agent.serve_call,
        "127.0.0.1",
        0,
        subprotocols=both,
        process_request=agent.admit,
        close_timeout=1,
        logger=quiet,
    ) as server:
        agent.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/agent"
        yield agent


@pytest.fixture
async def dialling(agent: Agent) -> AsyncIterator[Sandbox]:
    """A sandbox that dials `agent` for every call. It sends no audio, and its clock stands still."""
    settings = Settings(ws_url=agent.url, audio="none")
    async with Sandbox(settings, clock=Clock(running=False)) as running:
        yield running
