"""Lets uvicorn go on with a WebSocket whose handshake another process has answered.

The request of that handshake, and all that followed it, is played to a protocol of uvicorn's own, which answers as the
front did: the same server, with the same settings. That answer went out already, so it is left out here.
"""

import asyncio
import socket
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from flowrules.runtime.http.web_server import WebServer
from flowrules.runtime.log import Log
from flowrules.workers.handover import Connection

_END = b"\r\n\r\n"
_SWITCHED = b"HTTP/1.1 101 "
_log = Log(__name__)


async def adopt(server: WebServer, connection: Connection) -> None:
    """Go on with a connection. Raises OSError where it is gone."""
    loop = asyncio.get_running_loop()
    connection.socket.setblocking(False)
    # What asyncio sets for a connection that it has accepted itself.
    connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    await loop.connect_accepted_socket(lambda: _Beginning(server, connection), connection.socket)


class _Beginning(asyncio.Protocol):
    """Makes the real protocol as soon as there is a transport."""

    def __init__(self, server: WebServer, connection: Connection) -> None:
        self._server, self._connection = server, connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        config, state = self._server.config, self._server.server_state
        protocol = _protocol(config, state)
        protocol.connection_made(_Answered(transport))
        transport.set_protocol(protocol)
        connection, self._connection = self._connection, None  # type: ignore[assignment]  # It holds a token.
        # The request first, by itself: what compression is used is settled with it, and frames are read by that.
        protocol.data_received(connection.head)
        if connection.rest and not transport.is_closing():
            protocol.data_received(connection.rest)


def _protocol(config: Any, state: ServerState) -> WebSocketsSansIOProtocol:
    made = config.ws_protocol_class(config=config, server_state=state, app_state={})
    assert isinstance(made, WebSocketsSansIOProtocol)
    return made


class _Answered(asyncio.Transport):
    """A transport whose first answer went out before; all else is the transport's own."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._answer: bytearray | None = bytearray()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._answer is None:
            self._transport.write(data)
            return
        self._answer += data
        answer, end, rest = bytes(self._answer).partition(_END)
        if not end:
            return
        self._answer = None
        if not answer.startswith(_SWITCHED):
            # The peer has heard that it may go on: it can only be told by the end.
            _log.warning("connection.not_adopted", status=answer[9:12].decode("latin-1"))
            self._transport.abort()
        elif rest:
            self._transport.write(rest)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._transport.get_protocol()

    def is_reading(self) -> bool:
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size()

    def can_write_eof(self) -> bool:
        return self._transport.can_write_eof()

    def write_eof(self) -> None:
        self._transport.write_eof()
