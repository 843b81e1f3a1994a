"""A reply on its way to the client, whole or as its fault breaks it.

The connection's transport is taken from the ASGI state (Connection puts it there), so that a fault can cut the
connection itself: what a client sees of it is what a real network shows.
"""

import asyncio
import socket
import struct
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from flowrules.sandbox.replies import Reply

_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER on, 0 seconds: closing sends a reset instead of an orderly end."""


class Connection(H11Protocol):
    """uvicorn's connection, which shows its transport to the application as `scope["state"]["transport"]`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class Delivery:
    """Sends one reply as an ASGI application."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply, fault = self._reply, self._reply.fault
        content = to_json(reply.body, inf_nan_mode="null")
        match fault.kind if fault is not None else None:
            case "timeout":
                await _until_disconnected(receive)
                return
            case "reset":
                await _reset(scope, receive)
                return
            case "truncated":
                await send(_start(reply.status, reply.headers, len(content)))
                await send(
                    {"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True}
                )
                scope["state"]["transport"].close()
                await _until_disconnected(receive)
                return
            case "malformed":
                content = b"<html>502 upstream" + content[: len(content) // 2]
            case "slow":
                assert fault is not None
                if await _gone_within(fault.seconds, receive):
                    return
        await send(_start(reply.status, reply.headers, len(content)))
        await send({"type": "http.response.body", "body": content})


def _start(status: int, headers: Mapping[str, str], length: int) -> dict[str, Any]:
    named = {"content-type": "application/json", "content-length": str(length), **headers}
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    return {"type": "http.response.start", "status": status, "headers": lines}


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _gone_within(seconds: float, receive: Receive) -> bool:
    """Wait so long; True as soon as the client has given up."""
    try:
        async with asyncio.timeout(seconds):
            await _until_disconnected(receive)
    except TimeoutError:
        return False
    return True


async def _reset(scope: Scope, receive: Receive) -> None:
    transport: asyncio.Transport = scope["state"]["transport"]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
    await _until_disconnected(receive)
