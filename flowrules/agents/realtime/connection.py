"""A connection that carries JSON events, whoever opened it."""

import json
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed

Event = dict[str, Any]
"""One event of the Realtime API, as JSON: `type` names it."""


class Connection(Protocol):
    """One text message an event. `recv` raises websockets' ConnectionClosed when there are no more."""

    async def send(self, message: str, /) -> None: ...

    async def recv(self) -> str | bytes: ...


class Events:
    """Events out and in."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._openai = hasattr(connection, "recv_bytes")
        """OpenAI's own client: it sends an event as a dictionary, and `recv` parses what comes."""

    async def send(self, event: Event) -> bool:
        """False where the connection is closed: there is nobody to tell."""
        try:
            await self._connection.send(event if self._openai else json.dumps(event))
        except ConnectionClosed:
            return False
        return True

    async def receive(self) -> Event | None:
        """The next event; None where the connection is closed. What is no event is passed over."""
        while True:
            try:
                text = await (self._connection.recv_bytes() if self._openai else self._connection.recv())
            except ConnectionClosed:
                return None
            try:
                event = json.loads(text)
            except (ValueError, RecursionError):
                continue
            if isinstance(event, dict) and isinstance(event.get("type"), str):
                return event
