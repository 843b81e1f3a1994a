"""Telling MCP clients that a reload has changed what may be reported. The MCP library's server does not do that.

A client of protocol 2026-07-28 opens a stream of notifications (`subscriptions/listen`). An older client gets them on
its connection, after its handshake.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.lowlevel import NotificationOptions, Server
from mcp.server.models import InitializationOptions
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated, ToolsListChanged
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from flowrules.runtime.rules.rulebook import RuleBook

MAX_OLD_CLIENTS = 1_024


class Changes:
    """Notifies clients of changes. `digest` identifies what may be reported under the current rules; `tools` says
    whether the list of tools depends on it. `resource` is the resource that clients are told has changed."""

    def __init__(self, rules: RuleBook, digest: Callable[[], str], *, resource: str, tools: bool) -> None:
        self._rules = rules
        self._digest = digest
        self._resource = resource
        self._tools = tools
        self._told = digest()
        self._bus = InMemorySubscriptionBus()
        self._old_clients: deque[ServerSession] = deque(maxlen=MAX_OLD_CLIENTS)
        self._running = 0
        self._stop: Callable[[], None] = lambda: None
        self._telling: set[asyncio.Task[None]] = set()
        self.listen = ListenHandler(self._bus)

    @asynccontextmanager
    async def lifespan(self, server: Server[Any]) -> AsyncIterator[dict[str, Any]]:
        """While a server of these rules runs, once for each transport that serves it."""
        if not self._running:
            self._stop = self._rules.subscribe(lambda _: self._look())
            self._look()
        self._running += 1
        try:
            yield {}
        finally:
            self._running -= 1
            if not self._running:
                self._stop()
                self._old_clients.clear()

    async def note_client(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Middleware: keeps the connections of clients that have no stream to open."""
        old = ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS
        if old and ctx.method == "notifications/initialized":
            self._old_clients.append(ctx.session)
        return await call_next(ctx)

    def _look(self) -> None:
        if (digest := self._digest()) != self._told:
            self._told = digest
            telling = asyncio.ensure_future(self._tell())
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)

    async def _tell(self) -> None:
        await self._bus.publish(ResourceUpdated(self._resource))
        if not self._tools:
            return
        await self._bus.publish(ToolsListChanged())
        for client in tuple(self._old_clients):
            with suppress(Exception):  # One that has left: the others are told all the same.
                await client.send_tool_list_changed()


class ChangingServer(Server[Any]):
    """MCP's server, which says at the handshake that its tools may change."""

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        options = notification_options or NotificationOptions(tools_changed=True)
        return super().create_initialization_options(options, experimental_capabilities, extensions)
