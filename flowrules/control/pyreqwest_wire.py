"""HTTP with pyreqwest (extra `fast`), spoken to directly: a verb for a tenth of httpx's CPU.

pyreqwest 0.15 does some things that a verb must not meet with, and this is what stands against each:

- It follows redirects, with method, body and headers, and asks the environment for a proxy. Both are off.
- It goes on with a request whose task was cancelled: it connects, and sends it. So a body is handed over by an iterator
  that gives it once, when the connection stands, and not at all once it was taken back (`_Body`): whatever happens
  beneath, it leaves once at most, and not after the request was given up.
- It says `ConnectError` of a refused connection and of one that broke after the request was read, and
  `ConnectTimeoutError` of a server that does not answer. Whether the body was asked for tells; where it was not, the
  chain of causes may still object ("client error (SendRequest)").
- Its read time-out begins with the request, the connecting included: so it is that long and as long as the connecting
  may take.
- Its runtime does not survive a fork: a forked process goes on with httpx.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from importlib.metadata import version
from typing import NamedTuple
from urllib.parse import urlsplit

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    BuilderError,
    DetailedPyreqwestError,
    PyreqwestError,
    RequestTimeoutError,
)
from pyreqwest.http import Url
from pyreqwest.request import RequestBuilder
from pyreqwest.response import Response

from flowrules.control.errors import WireUnusable
from flowrules.control.wire import (
    BROKE,
    HEADERS,
    KEPT_ALIVE,
    MAX_REPLY,
    NO_ANSWER_IN_TIME,
    NO_CONNECTION,
    NO_CONNECTION_IN_TIME,
    NOT_TRUSTED,
    Exchange,
    Prepared,
    Timeouts,
    Wire,
    anything,
)

_CONNECTING = "client error (Connect)"
_SENDING = "client error (SendRequest)"
_DISTRUSTS = "invalid peer certificate"
"""What the causes of an error say. tests/test_borrowed_names.py holds them."""


class _Body(Iterator[bytes]):
    """A body that is given once, unless it was taken back before. It is asked for by another thread: to take an entry
    off a list is one step, so only one of the two has it."""

    __slots__ = ("_held",)

    def __init__(self, data: bytes) -> None:
        self._held = [data]

    def __next__(self) -> bytes:
        try:
            return self._held.pop()
        except IndexError:
            raise StopIteration from None

    def take_back(self) -> bool:
        """Whether it was still here. From now on nobody gets it."""
        try:
            self._held.pop()
        except IndexError:
            return False
        return True


class _Request(NamedTuple):
    builder: RequestBuilder
    body: _Body | None


class PyreqwestWire:
    """One client, with a pool of connections. The token is asked for when the request is handed over; one that comes
    while the connection is made goes out with the repeat after a 401."""

    def __init__(self, base: str, timeouts: Timeouts, authorities: bytes = b"") -> None:
        """`authorities` are certificates (PEM) that are trusted beside those that every wire trusts.

        Raises WireUnusable where this process, or this address, can't be served by it."""
        self.base = base
        self._timeouts = timeouts
        self._authorities = authorities
        self._process = os.getpid()
        self._for_a_fork: Wire | None = None
        if not _reads_alike(base):
            raise WireUnusable("pyreqwest reads the base URL in another way than flowrules")
        self._client = self._new_client()

    @property
    def name(self) -> str:
        return f"pyreqwest {version('pyreqwest')}"

    async def aclose(self) -> None:
        if self._process == os.getpid():
            await self._client.close()
        elif self._for_a_fork is not None:
            await self._for_a_fork.aclose()

    async def prepare(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        content: Callable[[], bytes] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Prepared:
        if self._process != os.getpid():
            return await self._in_a_fork().prepare(method, path, key=key, content=content, params=params)
        body: _Body | None = None
        try:
            builder = self._client.request(method, self.base + path)
            if key is not None:
                builder = builder.header("Idempotency-Key", key)
            if params:
                builder = builder.query(params)
            if content is not None:
                data = content()
                body = _Body(data)
                builder = builder.header("Content-Length", str(len(data))).body_stream(body)
        except Exception as error:
            return Prepared(None, _in_words(error, left=False))
        return Prepared(_Request(builder, body))

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
        if not isinstance(request, _Request):
            return await self._in_a_fork().perform(prepared, authorise, at_most=at_most, fits=fits)
        seconds = self._timeouts.whole if at_most is None else min(self._timeouts.whole, at_most)
        try:
            ready = request.builder.header("Authorization", authorise(), is_sensitive=True)
            async with ready.timeout(timedelta(seconds=seconds)).build_streamed() as response:
                exchange.left = True
                exchange.status = response.status
                exchange.retry_after = response.get_header("Retry-After")
                exchange.body = await _read_body(response)
        except Exception as error:  # Whatever it is, the verb has an outcome: `left` tells which.
            exchange.left = exchange.left or not _surely_stayed(error, request.body)
            exchange.problem = _in_words(error, left=exchange.left)
        except (
            BaseException
        ) as error:  # Cancelled, or the process is going: without the frames that hold a token.
            error.__context__ = None
            raise error.with_traceback(None) from None
        finally:
            if request.body is not None:
                request.body.take_back()
        if exchange.status and not fits(exchange):
            # Nobody can tell which connection of the pool that was. Requests under way go on with the old client.
            self._client = self._new_client()
        return exchange

    def _new_client(self) -> Client:
        seconds = self._timeouts
        builder = (
            ClientBuilder()
            .follow_redirects(False)
            .no_proxy()
            .referer(False)
            .default_cookie_store(False)
            .gzip(False)
            .brotli(False)
            .deflate(False)
            .zstd(False)
            .default_headers(HEADERS)
            .connect_timeout(timedelta(seconds=seconds.connect))
            .read_timeout(timedelta(seconds=seconds.connect + seconds.read))
            .pool_idle_timeout(timedelta(seconds=KEPT_ALIVE))
        )
        if self.base.startswith("https:"):
            builder = builder.https_only(True)
            for pem in (_mozillas(), self._authorities):
                builder = builder.add_root_certificate_pem(pem) if pem else builder
        try:
            return builder.build()
        except BuilderError:
            raise
        except RuntimeError:
            raise WireUnusable("pyreqwest was in use before this process was forked off") from None

    def _in_a_fork(self) -> Wire:
        if self._for_a_fork is None:
            from flowrules.control.httpx_wire import HttpxWire

            self._for_a_fork = HttpxWire(self.base, self._timeouts, self._authorities)
        return self._for_a_fork


def _mozillas() -> bytes:
    """The list that comes with httpx: where a container has no store of its own, both wires trust the same."""
    import certifi

    with open(certifi.where(), "rb") as file:
        return file.read()


def _reads_alike(base: str) -> bool:
    """Whether pyreqwest sends to the address that `checked_base_url` has looked at."""
    checked = urlsplit(base)
    try:
        url = Url(base)
    except ValueError:
        return False
    return (
        url.scheme,
        (url.host_str or "").strip("[]"),
        url.port_or_known_default,
        url.path.rstrip("/"),
    ) == (
        checked.scheme,
        checked.hostname,
        checked.port or {"http": 80, "https": 443}[checked.scheme],
        checked.path.rstrip("/"),
    )


async def _read_body(response: Response) -> bytes:
    """The body; nothing of one that is too long."""
    length = response.get_header("Content-Length") or ""
    if length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= MAX_REPLY:
        return (await response.body_reader.bytes()).to_bytes()
    body = bytearray()
    while (chunk := await response.body_reader.read_chunk()) is not None:
        body += chunk
        if len(body) > MAX_REPLY:
            return b""
    return bytes(body)


def _surely_stayed(error: Exception, body: _Body | None) -> bool:
    """Whether it is proven that a request has not left."""
    if not isinstance(error, PyreqwestError):
        return body is None or body.take_back()  # It was not made, or its credential could not be.
    causes = _causes(error)
    if body is None:
        return _CONNECTING in causes
    return body.take_back() and _SENDING not in causes


def _causes(error: Exception) -> list[str]:
    if not isinstance(error, DetailedPyreqwestError):
        return []
    return [cause["message"] for cause in error.details.get("causes") or ()]


def _in_words(error: Exception, *, left: bool) -> str:
    causes = _causes(error)
    match error:
        case RequestTimeoutError():
            return NO_ANSWER_IN_TIME if left else NO_CONNECTION_IN_TIME
        case PyreqwestError() if any(cause.startswith(_DISTRUSTS) for cause in causes):
            return NOT_TRUSTED
        case PyreqwestError() if _CONNECTING in causes:
            return NO_CONNECTION
        case PyreqwestError() if left:
            return BROKE
    # Its own words may quote what was sent.
    return f"the request failed with {type(error).__name__}"
