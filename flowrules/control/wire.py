"""One HTTP request, and whether its first byte left."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

MAX_REPLY = 256 * 1024
"""Bytes of a reply that are read. A longer 2xx is accepted all the same, without its result."""


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
    """The connections to one base URL. No redirects, no proxies of the environment, no cookies."""

    def __init__(self, base: str, timeouts: Timeouts, connections: int) -> None:
        self.base = base
        self._whole = timeouts.whole
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
            # Shorter than servers usually keep an idle connection, so that theirs is seldom closed under a request.
            limits=httpx.Limits(
                max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=4.0
            ),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "flowrules"},
        )

    async def aclose(self) -> None:
        await self._http.aclose()

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
        request = self._http.build_request(
            method,
            self.base + path,
            headers=headers,
            content=content,
            params=params,
            extensions={"trace": exchange.trace},
        )
        try:
            async with asyncio.timeout(self._whole):
                response = await self._http.send(request, stream=True)
                try:
                    exchange.status = response.status_code
                    exchange.retry_after = response.headers.get("Retry-After")
                    exchange.body = await _read_body(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            exchange.problem = "no answer in time"
        except httpx.TransportError as error:
            exchange.problem = _in_words(error)
        return exchange


async def _read_body(response: httpx.Response) -> bytes:
    """The body as far as it can be had. Its status has been read, and decides; a body that breaks off does not
    change what became of the verb."""
    body = bytearray()
    try:
        async for chunk in response.aiter_raw():
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
