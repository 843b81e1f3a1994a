"""One HTTP request, and whether its first byte left.

What the text of a token passes through lies beneath `Wire.perform`, and no exception with the frames of what lies there
leaves it: a logger that prints the variables of a traceback would print the token.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import httpx

from flowrules.control.clock import give_way

MAX_REPLY = 256 * 1024
"""Bytes of a reply that are read. A longer one is not the platform's."""

MAX_KEPT = 16 * 1024
"""Bytes of a reply after which a connection is kept. The platform's have some hundred."""

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
    """One request on the wire. `status` is 0 where no answer came. `problem` says in words why none came, or why its
    body did not come whole."""

    authorise: Callable[[], str] = field(repr=False)
    """The Authorization header. It is asked when the connection stands, right before the first byte: the token of that
    moment goes out, however long it took to connect."""
    left: bool = False
    """Whether its first byte was written. If not, it surely did not act."""
    status: int = 0
    retry_after: str | None = None
    body: bytes = field(default=b"", repr=False)
    problem: str = ""

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """httpcore's trace hook; it is called right before the request's first byte is written."""
        if event.endswith("send_request_headers.started"):
            info["request"].headers.append((b"Authorization", self.authorise().encode("ascii")))
            self.left = True


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to go out, but for its credential. Where it could not be made, `problem` says why."""

    request: httpx.Request | None = field(repr=False)
    problem: str = ""


_url = lru_cache(maxsize=1024)(httpx.URL)
"""Calls send verb after verb to the same address, and to take it apart is half of what a request costs to make."""


def _anything(exchange: Exchange) -> bool:
    return True


class Wire:
    """The connections to one base URL, each in a pool of its own: a pool of many looks at all of them for each request
    (httpcore 1.0). The last one used is the next one used, so that few stay warm and the others go.

    A connection is used again only where its last answer came whole, with nothing behind it: what is left over would be
    taken for the answer to the next request, perhaps of another call.

    Requests are handed to the transport itself. There is nobody here who could follow a redirect, keep a cookie or
    ask the environment for a proxy.
    """

    def __init__(self, base: str, timeouts: Timeouts) -> None:
        self.base = base
        self._timeouts = timeouts
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
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
            await _close(self._idle.pop()[1])

    def prepare(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        content: Callable[[], bytes] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Prepared:
        """A request, with `key` for its Idempotency-Key. What goes wrong is told in words, never raised."""
        try:
            request = httpx.Request(
                method,
                _url(self.base + path),
                headers=self._headers if key is None else {**self._headers, "Idempotency-Key": key},
                content=content() if content is not None else None,
                params=params,
            )
        except Exception as error:
            return Prepared(None, _in_words(error))
        return Prepared(request)

    async def perform(
        self,
        prepared: Prepared,
        authorise: Callable[[], str],
        *,
        at_most: float | None = None,
        fits: Callable[[Exchange], bool] = _anything,
    ) -> Exchange:
        """Send a request and read its answer, in `at_most` seconds where so many are given. It gives way to nobody
        before the connection is asked for: whoever looked whether the request may go out has looked just now. What goes
        wrong is told in words, never raised. `fits` says whether an answer can be this request's: where it can't, the
        connection is not used again."""
        exchange = Exchange(authorise, problem=prepared.problem)
        request = prepared.request
        if request is None:
            return exchange
        transport = self._idle.pop()[1] if self._idle else self._connection()
        sound = False
        seconds = self._timeouts.whole if at_most is None else min(self._timeouts.whole, at_most)
        request.extensions = {"timeout": self._limits(seconds), "trace": exchange.trace}
        try:
            async with asyncio.timeout(seconds):
                sound = await _exchange(transport, request, exchange) and fits(exchange)
        except TimeoutError:
            exchange.problem = "no answer in time"
        except Exception as error:  # Whatever it is, the verb has an outcome: `left` tells which.
            exchange.problem = _in_words(error)
        except (
            BaseException
        ) as error:  # Cancelled, or the process is going: without the frames that hold a token.
            error.__context__ = None
            raise error.with_traceback(None) from None
        finally:
            await self._put_back(transport, sound)
        return exchange

    def _limits(self, seconds: float) -> dict[str, float]:
        """What httpcore allows for each stage. To connect are two, and both must have ended before the time for the
        whole is over: a TLS handshake that is cancelled may leave its socket open (httpcore 1.0)."""
        connect, read = min(self._timeouts.connect, 0.45 * seconds), self._timeouts.read
        return {"connect": connect, "read": read, "write": read, "pool": connect}

    def _connection(self) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(
            verify=self._tls,
            trust_env=False,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEPT_ALIVE),
        )

    async def _put_back(self, transport: httpx.AsyncHTTPTransport, sound: bool) -> None:
        now = time.monotonic()
        if sound:
            self._idle.append((now, transport))
        else:
            await _close(transport)
        if self._idle and self._idle[0][0] < now - KEPT_ALIVE:
            await _close(self._idle.popleft()[1])


async def _exchange(transport: httpx.AsyncHTTPTransport, request: httpx.Request, exchange: Exchange) -> bool:
    """Send a request and read its answer; whether the connection can be used again."""
    response = await transport.handle_async_request(request)
    try:
        await give_way()
        exchange.status = response.status_code
        exchange.retry_after = response.headers.get("Retry-After")
        exchange.body = await _read_body(response)
    finally:
        await response.aclose()
    return 0 < len(exchange.body) <= MAX_KEPT and not _left_over(transport, response)


async def _read_body(response: httpx.Response) -> bytes:
    """The body; nothing of one that is too long."""
    body = bytearray()
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for chunk in response.stream:
        body += chunk
        if len(body) > MAX_REPLY:
            return b""
    return bytes(body)


def _left_over(transport: httpx.AsyncHTTPTransport, response: httpx.Response) -> bool:
    """Whether more has been read than this answer: httpcore would begin the next answer with it. What is still in the
    socket it sees by itself, and closes the connection."""
    for connection in transport._pool.connections:
        http11: Any = getattr(connection, "_connection", None)
        if http11 is None or http11._h11_state.trailing_data[0]:
            return True
    stream = response.extensions["network_stream"]
    tls = stream.get_extra_info("ssl_object")
    if tls is None:
        return False
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        pass
    return True


async def _close(transport: httpx.AsyncHTTPTransport) -> None:
    """Let a connection go. What goes wrong in that changes nothing: it is gone."""
    with suppress(Exception):
        await transport.aclose()


def _in_words(error: Exception) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return "no connection in time"
        case httpx.ConnectError() if _distrusts(error):
            return "cannot connect: the server's certificate is not trusted"
        case httpx.ConnectError():
            return "cannot connect"
        case httpx.TimeoutException():
            return "no answer in time"
        case ssl.SSLError():
            return "the encrypted connection broke before the answer"
        case httpx.TransportError() | OSError():
            return "the connection broke before the answer"
    # Its own words may quote what was sent.
    return f"the request failed with {type(error).__name__}"


def _distrusts(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
