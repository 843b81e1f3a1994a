"""One HTTP request, and whether its first byte left."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from flowrules.control.clock import give_way

MAX_REPLY = 256 * 1024
"""Bytes of a reply that are read. A longer 2xx is accepted all the same, without its result."""

KEPT_ALIVE = 4.0
"""Seconds that an idle connection is kept: less than servers usually do, so that theirs is seldom closed under a
request."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, for one read or write, and for a whole request."""

    connect: float = 5.0
    read: float = 10.0
    whole: float = 15.0


@dataclass(slots=True)
class Exchange:
    """One request on the wire. `status` is 0 where no answer came; then `problem` says why, in words."""

    left: bool = False
    """Whether its first byte was written. If not, it surely did not act."""
    status: int = 0
    retry_after: str | None = None
    body: bytes = field(default=b"", repr=False)
    problem: str = ""

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's trace hook; it is called right before the request's first byte is written."""
        if event.endswith("send_request_headers.started"):
            self.left = True


class Wire:
    """The connections to one base URL, each in a pool of its own: a pool of many looks at all of them for each request
    (httpcore 1.0). The last one used is the next one used, so that few stay warm and the others go.

    Requests are handed to the transport itself. There is nobody here who could follow a redirect, keep a cookie or
    ask the environment for a proxy.
    """

    def __init__(self, base: str, timeouts: Timeouts) -> None:
        self.base = base
        self._whole = timeouts.whole
        self._extensions = {
            "timeout": {
                "connect": timeouts.connect,
                "read": timeouts.read,
                "write": timeouts.read,
                "pool": timeouts.connect,
            }
        }
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "flowrules",
        }
        # One for all connections: httpx would make one for each, for http too, in a quarter of a millisecond. Without
        # certificates it trusts nobody.
        self._tls = (
            httpx.create_ssl_context(trust_env=False)
            if base.startswith("https:")
            else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        self._idle: deque[tuple[float, httpx.AsyncHTTPTransport]] = deque()

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop()[1].aclose()

    async def perform(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Exchange:
        """One request. What goes wrong is told in words, never raised: httpx's exceptions carry the request, and that
        carries the token."""
        exchange = Exchange()
        request = httpx.Request(
            method,
            self.base + path,
            headers={**self._headers, **headers},
            content=content,
            params=params,
            extensions={**self._extensions, "trace": exchange.trace},
        )
        await give_way()
        transport = self._idle.pop()[1] if self._idle else self._connection()
        try:
            async with asyncio.timeout(self._whole):
                response = await transport.handle_async_request(request)
                try:
                    await give_way()
                    exchange.status = response.status_code
                    exchange.retry_after = response.headers.get("Retry-After")
                    exchange.body = await _read_body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            exchange.problem = "no answer in time"
        except httpx.TransportError as error:
            exchange.problem = _in_words(error)
        finally:
            await self._put_back(transport)
        return exchange

    def _connection(self) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(
            verify=self._tls,
            trust_env=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_ALIVE),
        )

    async def _put_back(self, transport: httpx.AsyncHTTPTransport) -> None:
        now = time.monotonic()
        self._idle.append((now, transport))
        if self._idle[0][0] < now - KEPT_ALIVE:
            await self._idle.popleft()[1].aclose()


async def _read_body(response: httpx.Response) -> bytes:
    """The body as far as it can be had. Its status has been read, and decides; a body that breaks off does not
    change what became of the verb."""
    body = bytearray()
    try:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        async for chunk in response.stream:
            body += chunk
            if len(body) > MAX_REPLY:
                return b""
    except httpx.TransportError:
        return b""
    return bytes(body)


def _in_words(error: httpx.TransportError) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return "no connection in time"
        case httpx.ConnectError():
            return "cannot connect"
        case httpx.TimeoutException():
            return "no answer in time"
    return "the connection broke before the answer"
