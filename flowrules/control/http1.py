"""One connection that carries one HTTP/1.1 request after the other: h11 on an asyncio transport.

A client for everything (httpx) spends ten times as long on a request as the request takes, in the event loop of a
host with a thousand calls. Here is what the control API needs: a body that is ready, an answer that is read whole.
"""

import asyncio
import select
from dataclasses import dataclass, field

import h11

MAX_REPLY = 256 * 1024
"""Bytes of a reply that are read. A longer 2xx is accepted all the same, without its result."""

Headers = list[tuple[str, str]]


class Broken(Exception):
    """No whole answer will come. The message says why, in words."""


@dataclass(slots=True)
class Exchange:
    """One request on the wire. `status` is 0 where no answer came; then `problem` says why, in words."""

    left: bool = False
    """Whether its first byte was written. If not, it surely did not act."""
    status: int = 0
    retry_after: str | None = None
    body: bytes = field(default=b"", repr=False)
    problem: str = ""


class Connection(asyncio.Protocol):
    """Made by `loop.create_connection`. For one request at a time; `usable` tells whether it can take the next."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=64 * 1024)
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._body = bytearray()
        self._answered: asyncio.Future[None] | None = None
        self._silence: asyncio.TimerHandle | None = None
        self._seconds = 0.0

    @property
    def usable(self) -> bool:
        """Open, at rest, and the other side has not begun to close it: that may be in the kernel already, and unseen
        by the event loop."""
        transport = self._transport
        if transport is None or transport.is_closing() or self._http.our_state is not h11.IDLE:
            return False
        poll = select.poll()
        poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not poll.poll(0)

    async def ask(
        self, exchange: Exchange, method: str, target: str, headers: Headers, body: bytes, silence: float
    ) -> None:
        """Send a request and read its answer into `exchange`. Raises Broken where there is no whole answer, or nothing
        is heard for `silence` seconds. What is left of a cancelled request is closed."""
        if self._transport is None or self._transport.is_closing():
            raise Broken("the connection broke before the request")
        head = self._http.send(h11.Request(method=method, target=target, headers=headers))
        content = self._http.send(h11.Data(data=body))
        end = self._http.send(h11.EndOfMessage())
        assert head is not None
        loop = asyncio.get_running_loop()
        self._exchange, self._seconds = exchange, silence
        self._answered = loop.create_future()
        self._silence = loop.call_later(silence, self._fail, "no answer in time")
        try:
            exchange.left = True
            self._transport.write(b"".join((head, content or b"", end or b"")))
            await self._answered
        finally:
            self._silence.cancel()
            self._exchange = self._answered = None
            self._rest()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- called by the event loop ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._answered is None:  # Nobody has asked.
            self.close()
            return
        if self._silence is not None:
            self._silence.cancel()
            self._silence = asyncio.get_running_loop().call_later(
                self._seconds, self._fail, "no answer in time"
            )
        self._hear(data)

    def eof_received(self) -> None:
        if self._answered is not None:
            self._hear(b"")

    def connection_lost(self, error: Exception | None) -> None:
        self._fail("the connection broke before the answer")

    # --- inside ---

    def _hear(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            while self._answered is not None and not self._answered.done():
                event = self._http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    return
                self._take(event)
        except h11.RemoteProtocolError:
            self._fail("the connection broke before the answer")

    def _take(self, event: object) -> None:
        assert self._exchange is not None
        assert self._answered is not None
        match event:
            case h11.Response():
                self._exchange.status = event.status_code
                for name, value in event.headers:
                    if name == b"retry-after":
                        self._exchange.retry_after = value.decode("latin-1")
            case h11.Data() if len(self._body) + len(event.data) > MAX_REPLY:
                self._body.clear()
                self._answered.set_result(None)
            case h11.Data():
                self._body += event.data
            case h11.EndOfMessage():
                self._exchange.body = bytes(self._body)
                self._answered.set_result(None)
            case h11.ConnectionClosed():
                self._fail("the connection broke before the answer")

    def _fail(self, problem: str) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(Broken(problem))

    def _rest(self) -> None:
        """Ready for the next request, or closed where this one did not come to its end on both sides, or more came
        than was asked for."""
        self._body.clear()
        try:
            self._http.start_next_cycle()
        except h11.ProtocolError:
            self.close()
        else:
            if self._http.trailing_data[0]:
                self.close()
