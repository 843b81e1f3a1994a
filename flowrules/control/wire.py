"""The connections to one base URL, and one request on one of them: what was sent, and what came back."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from flowrules.control.http1 import Broken, Connection, Exchange

__all__ = ["Exchange", "Timeouts", "Wire"]

KEPT_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than servers usually do, so that theirs is seldom closed under a
request."""
_SECOND_ADDRESS = 0.25
"""Seconds until a host's next address is tried beside the first (RFC 8305)."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, for one read or write, and for a whole request."""

    connect: float = 5.0
    read: float = 10.0
    whole: float = 15.0


class Wire:
    """The connections to one base URL. The last one used is the next one used, so that few stay warm and the others go.

    There is nobody here who could follow a redirect, keep a cookie or ask the environment for a proxy.
    """

    def __init__(self, base: str, timeouts: Timeouts) -> None:
        self.base = base
        self._timeouts = timeouts
        parts = urlsplit(base)
        host = (parts.hostname or "").encode("idna").decode()
        self._tls = _tls() if parts.scheme == "https" else None
        self._address = host, parts.port or (443 if self._tls else 80)
        self._root = quote(parts.path, safe="/%:@!$&'()*+,;=~")
        shown = f"[{host}]" if ":" in host else host
        self._headers = {
            "Host": shown if parts.port is None else f"{shown}:{parts.port}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "flowrules",
        }
        self._idle: deque[tuple[float, Connection]] = deque()

    async def aclose(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()
        await asyncio.sleep(0)  # The sockets are closed in the event loop's next turn.

    async def perform(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes = b"",
        params: Mapping[str, str] | None = None,
    ) -> Exchange:
        """One request. What goes wrong is told in words, never raised: an exception could carry the request away, and
        with it the token."""
        exchange = Exchange()
        target = f"{self._root}{path}?{urlencode(params)}" if params else self._root + path
        lines = [*self._headers.items(), *headers.items(), ("Content-Length", str(len(content)))]
        connection: Connection | None = None
        try:
            async with asyncio.timeout(self._timeouts.whole):
                connection = self._kept() or await self._connected()
                await connection.ask(exchange, method, target, lines, content, self._timeouts.read)
        except TimeoutError:
            exchange.problem = "no answer in time"
        except Broken as broken:
            exchange.problem = str(broken)
        if connection is not None:
            self._put_back(connection)
        return exchange

    async def _connected(self) -> Connection:
        """A new connection. Raises Broken."""
        host, port = self._address
        loop = asyncio.get_running_loop()
        limit = asyncio.timeout(self._timeouts.connect)
        try:
            async with limit:
                _, connection = await loop.create_connection(
                    Connection, host, port, ssl=self._tls, happy_eyeballs_delay=_SECOND_ADDRESS
                )
        except (
            OSError,
            ValueError,
        ) as error:  # A TimeoutError is one, and a host that no name server can be asked for.
            raise Broken("no connection in time" if limit.expired() else "cannot connect") from error
        return connection

    def _kept(self) -> Connection | None:
        since = time.monotonic() - KEPT_ALIVE
        while self._idle:
            at, connection = self._idle.pop()
            if at > since and connection.usable:
                return connection
            connection.close()
        return None

    def _put_back(self, connection: Connection) -> None:
        now = time.monotonic()
        self._idle.append((now, connection))
        if self._idle[0][0] < now - KEPT_ALIVE:
            self._idle.popleft()[1].close()


def _tls() -> ssl.SSLContext:
    import certifi  # Not before a token is to go out on it.

    context = ssl.create_default_context(cafile=certifi.where())
    context.set_alpn_protocols(["http/1.1"])
    return context
