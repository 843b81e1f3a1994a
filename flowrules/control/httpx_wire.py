"""HTTP with httpx: the wire that is always there, and the reference for the other."""

import asyncio
import os
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import httpx

from flowrules.control.clock import yield_to_loop
from flowrules.control.wire import (
    BROKE,
    HEADERS,
    KEPT_ALIVE,
    MAX_REPLY,
    NO_ANSWER_IN_TIME,
    NO_CONNECTION,
    NO_CONNECTION_IN_TIME,
    NOT_TRUSTED,
    TLS_BROKE,
    Exchange,
    Prepared,
    Timeouts,
    anything,
)

MAX_KEPT = 16 * 1024
"""Bytes of a reply after which a connection is kept. The platform's have some hundred."""

_url = lru_cache(maxsize=1024)(httpx.URL)
"""Calls send verb after verb to the same address, and to take it apart is half of what a request costs to make."""


class HttpxWire:
    """The connections, each in a pool of its own: a pool of many looks at all of them for each request (httpcore 1.0).
    The last one used is the next one used, so that few stay warm and the others go.

    Requests are handed to the transport itself. There is nobody here who could follow a redirect, keep a cookie or
    ask the environment for a proxy. The token is asked for when the connection stands, right before the first byte:
    that of the moment goes out, however long it took to connect.
    """

    def __init__(self, base: str, timeouts: Timeouts, authorities: bytes = b"") -> None:
        """`authorities` are certificates (PEM) that are trusted beside those that every wire trusts."""
        self.base = base
        self._timeouts = timeouts
        # One for all connections: httpx would make one for each, for http too, in a quarter of a millisecond. Without
        # certificates it trusts nobody.
        self._tls = (
            _trusting(authorities) if base.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        )
        self._idle: deque[tuple[float, httpx.AsyncHTTPTransport]] = deque()
        self._process = os.getpid()
        self._not_ours: list[object] = []

    @property
    def name(self) -> str:
        return f"httpx {httpx.__version__}"

    async def aclose(self) -> None:
        self._leave_what_is_another_process()
        while self._idle:
            await _close(self._idle.pop()[1])

    async def prepare(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        content: Callable[[], bytes] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Prepared:
        try:
            request = httpx.Request(
                method,
                _url(self.base + path),
                headers=HEADERS if key is None else {**HEADERS, "Idempotency-Key": key},
                content=content() if content is not None else None,
                params=params,
            )
        except Exception as error:
            return Prepared(None, _in_words(error))
        await yield_to_loop()
        return Prepared(request)

    async def perform(
        self,
        prepared: Prepared,
        authorise: Callable[[], str],
        *,
        at_most: float | None = None,
        fits: Callable[[Exchange], bool] = anything,
    ) -> Exchange:
        exchange = Exchange(authorise, problem=prepared.problem)
        request = prepared.request
        if request is None:
            return exchange
        assert isinstance(request, httpx.Request)
        self._leave_what_is_another_process()
        transport = self._idle.pop()[1] if self._idle else self._connection()
        sound = False
        seconds = self._timeouts.whole if at_most is None else min(self._timeouts.whole, at_most)
        request.extensions = {"timeout": self._limits(seconds), "trace": _Trace(exchange)}
        try:
            async with asyncio.timeout(seconds):
                sound = await _exchange(transport, request, exchange) and fits(exchange)
        except TimeoutError:
            exchange.problem = NO_ANSWER_IN_TIME
        except Exception as error:  # Whatever it is, the verb has an outcome: `left` tells which.
            exchange.problem = _in_words(error)
        except (
            BaseException
        ) as error:  # Cancelled, or the process is going: without the frames that hold a token.
            error.__context__ = None
            raise error.with_traceback(None) from None
        finally:
            await self._put_back(transport, sound)
        await yield_to_loop()
        return exchange

    def _limits(self, seconds: float) -> dict[str, float]:
        """What httpcore allows for each stage. To connect are two, and both must have ended before the time for the
        whole is over: a TLS handshake that is cancelled may leave its socket open (httpcore 1.0)."""
        connect, read = min(self._timeouts.connect, 0.45 * seconds), self._timeouts.read
        return {"connect": connect, "read": read, "write": read, "pool": connect}

    def _leave_what_is_another_process(self) -> None:
        """In a process that was forked off, the idle connections are those of the other one. To close them here would
        be said to the server over TLS, and end them there."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._not_ours += self._idle
            self._idle.clear()

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


class _Trace:
    """httpcore's trace hook; it is called right before the request's first byte is written."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            authorise = self._exchange.authorise
            info["request"].headers.append((b"Authorization", authorise().encode("ascii")))
            self._exchange.left = True


def _trusting(authorities: bytes) -> ssl.SSLContext:
    """Mozilla's list, which comes with httpx, the system's store, and what the host gives."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    if authorities:
        context.load_verify_locations(cadata=authorities.decode("ascii"))
    return context


async def _exchange(transport: httpx.AsyncHTTPTransport, request: httpx.Request, exchange: Exchange) -> bool:
    """Send a request and read its answer; whether the connection can be used again."""
    response = await transport.handle_async_request(request)
    try:
        await yield_to_loop()
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
            return NO_CONNECTION_IN_TIME
        case httpx.ConnectError() if _distrusts(error):
            return NOT_TRUSTED
        case httpx.ConnectError():
            return NO_CONNECTION
        case httpx.TimeoutException():
            return NO_ANSWER_IN_TIME
        case ssl.SSLError():
            return TLS_BROKE
        case httpx.TransportError() | OSError():
            return BROKE
    # Its own words may quote what was sent.
    return f"the request failed with {type(error).__name__}"


def _distrusts(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
