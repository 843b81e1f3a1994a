"""Who stands at the agent server's door: peers that have not yet said what they want are few, and not for long.

Each holds a descriptor. Without a bound, anybody who opens connections and sends half a request would in the end keep
the live calls from reaching the platform.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 15.0
"""Seconds in which a request's head must have come whole, or a call its first frame."""
MOST_WAITING = 256

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]
_Address = tuple[str, int]


def most_waiting() -> int:
    """An eighth of the descriptors that this process may have, and never more than `MOST_WAITING`."""
    if sys.platform != "win32":  # There is no such limit there.
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY:
            return max(8, min(MOST_WAITING, soft // 8))
    return MOST_WAITING


class WaitingConnections:
    """The connections that wait. Whoever comes when all places are taken takes that of the one who waits longest: a
    peer that means it is through in no time."""

    def __init__(self) -> None:
        self._most = most_waiting()
        self._waiting: dict[_Address, tuple[asyncio.BaseTransport, asyncio.TimerHandle]] = {}

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def add(self, transport: asyncio.BaseTransport) -> None:
        address = _address(transport)
        if address is None:
            return
        self.remove(address)
        if len(self._waiting) >= self._most:
            self._turn_away(next(iter(self._waiting)))
        timer = asyncio.get_running_loop().call_later(PATIENCE, self._turn_away, address)
        self._waiting[address] = transport, timer

    def remove(self, address: _Address | None) -> None:
        """This peer has said what it wants, or has gone."""
        if address is not None and (waiting := self._waiting.pop(address, None)) is not None:
            waiting[1].cancel()

    def close(self) -> None:
        """Nobody waits any longer: who has not said what it wants is turned away."""
        for address in tuple(self._waiting):
            self._turn_away(address)

    def _turn_away(self, address: _Address) -> None:
        if (waiting := self._waiting.pop(address, None)) is not None:
            transport, timer = waiting
            timer.cancel()
            assert isinstance(transport, asyncio.Transport)
            transport.abort()

    # --- what uvicorn is given ---

    def protocol(self) -> type[H11Protocol]:
        """uvicorn's HTTP with a look at who comes and goes."""
        connections = self

        class Watched(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                connections.add(transport)
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                connections.remove(_address(self.transport))
                super().connection_lost(exc)

        return Watched

    def guarding(self, app: _App) -> _App:
        """An application whose HTTP requests let their peer in, and are the last of their connection: on one that is
        kept, half of a next request could wait for ever. What lets a WebSocket in is its first frame."""

        async def guarded(scope: _Message, receive: _Receive, send: _Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            self.remove(scope["client"])

            async def send_and_close(message: _Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
                await send(message)

            await app(scope, receive, send_and_close)

        return guarded


def _address(transport: asyncio.BaseTransport) -> _Address | None:
    """As uvicorn names it in `scope["client"]`."""
    peer = transport.get_extra_info("peername")
    return (str(peer[0]), int(peer[1])) if isinstance(peer, tuple) else None
