"""The platform's side of the WebSocket: it dials the agent, speaks silence to it, and tells it what happens.

One ticker serves the audio of all calls, and runs only while there is one.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_json
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.connection import broadcast
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from flowrules.sandbox import frames
from flowrules.sandbox.calls import Call
from flowrules.sandbox.clock import Alarm
from flowrules.sandbox.faults import Closing
from flowrules.sandbox.platform import Issued, Platform
from flowrules.sandbox.tokens import REFRESH_SECONDS, REFRESHED

_log = logging.getLogger(__name__)
# At DEBUG, websockets would write headers and frames into the log, tokens included.
_log.setLevel(logging.WARNING)

_FRAME_SECONDS = 0.02
_BACKLOG_LIMIT = 64 * 1024
"""Bytes that may wait for an agent that does not read. Beyond them its audio is dropped, as on a real line."""


@dataclass(slots=True, eq=False)
class _Leg:
    call: Call
    connection: ClientConnection
    silent: bool = False
    refresh: Alarm | None = None


class Dialer:
    """The WebSockets of all calls."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._legs: dict[str, _Leg] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticker: asyncio.Task[None] | None = None
        platform.on_end = self._ended
        platform.close_websocket = self.close

    async def dial(self, call: Call, url: str, bearer: str | None, token: Issued) -> str | None:
        """Connect and send the metadata frame. Where it fails: the reason in words, and the call has ended."""
        settings = self._platform.settings
        wanted = Subprotocol(settings.subprotocol)
        try:
            connection = await connect(
                url,
                subprotocols=[wanted],
                additional_headers=None if bearer is None else {"Authorization": f"Bearer {bearer}"},
                user_agent_header="yotel-sandbox",
                proxy=None,
                compression=None,
                open_timeout=5,
                close_timeout=1,
                ping_interval=None,
                logger=_log,
            )
        except InvalidStatus as error:
            return self._undialled(call, f"the agent answered HTTP {error.response.status_code}")
        except (OSError, TimeoutError, WebSocketException, ValueError) as error:
            return self._undialled(call, f"the agent cannot be reached ({type(error).__name__})")
        if connection.subprotocol != wanted:
            await connection.close(1002)
            return self._undialled(call, f"the agent does not speak {wanted}")
        if call.ended:
            await connection.close()
            return "the call has ended meanwhile"
        leg = self._legs[call.call_id] = _Leg(call, connection)
        self.send(call, self._platform.metadata_frame(call, token))
        self._arm_refresh(leg, token)
        self._spawn(self._listen(leg))
        if settings.audio != "none" and self._ticker is None:
            self._ticker = self._spawn(self._speak())
        return None

    def is_open(self, call: Call) -> bool:
        return call.call_id in self._legs

    def send(self, call: Call, frame: dict[str, Any]) -> bool:
        """Send a text frame, unless a scripted fault has other plans. False: there is no WebSocket."""
        leg = self._legs.get(call.call_id)
        if leg is None:
            return False
        kind = frames.kind_of(frame)
        text = to_json(frame).decode()
        fault = self._platform.faults.strike_frame(call.call_id, kind)
        match None if fault is None else fault.kind:
            case None:
                self._write(leg, kind, text)
            case "duplicate":
                self._write(leg, kind, text)
                self._write(leg, kind, text)
            case "late":
                assert fault is not None
                asyncio.get_running_loop().call_later(fault.seconds, self._write, leg, kind, text)
        return True

    def refresh(self, call: Call) -> Issued:
        """Give the call its next token, and send it where there is a WebSocket."""
        token = self._platform.issue_token(call)
        self.send(call, self._platform.refresh_frame(call, token))
        leg = self._legs.get(call.call_id)
        if leg is not None:
            self._arm_refresh(leg, token)
        return token

    def close(self, call: Call, how: Closing) -> None:
        """Break the WebSocket off. A silent one is dead to the agent, and the platform has not noticed."""
        leg = self._legs.get(call.call_id)
        if leg is not None and how == "silent":
            leg.silent = True
            leg.connection.transport.pause_reading()
            return
        if leg is not None and how == "abort":
            leg.connection.transport.abort()
        self._platform.disconnected(call)

    async def stop(self) -> None:
        """Close every WebSocket."""
        for leg in list(self._legs.values()):
            self._hang_up(leg)
        if self._ticker is not None:
            self._ticker.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _undialled(self, call: Call, reason: str) -> str:
        self._platform.end(call, "error")
        return reason

    def _ended(self, call: Call) -> None:
        """The AI's leg is dropped at once when its session ends."""
        leg = self._legs.get(call.call_id)
        if leg is not None:
            self._hang_up(leg)

    def _hang_up(self, leg: _Leg) -> None:
        self._legs.pop(leg.call.call_id, None)
        if leg.refresh is not None:
            leg.refresh.cancel()
        if leg.silent:
            leg.connection.transport.abort()
        self._spawn(leg.connection.close())

    def _write(self, leg: _Leg, kind: str, text: str) -> None:
        if not leg.silent and self._legs.get(leg.call.call_id) is leg:
            leg.call.frames_sent.append(kind)
            broadcast([leg.connection], text)

    def _arm_refresh(self, leg: _Leg, token: Issued) -> None:
        if leg.refresh is not None:
            leg.refresh.cancel()
        if leg.call.token_lifetime == REFRESHED:
            due = self._platform.clock.now() + REFRESH_SECONDS
            leg.refresh = self._platform.clock.call_at(due, lambda: self._rotate(leg.call))

    def _rotate(self, call: Call) -> None:
        self.refresh(call)

    async def _listen(self, leg: _Leg) -> None:
        """Read what the agent says, and drop it: audio, and text that may not carry control."""
        try:
            async for _ in leg.connection:
                pass
        except ConnectionClosed:
            pass
        finally:
            self._platform.disconnected(leg.call)

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        silence = frames.SILENCE[self._platform.settings.audio]
        due = loop.time()
        while self._legs:
            ready = [
                leg.connection
                for leg in self._legs.values()
                if not leg.silent and leg.connection.transport.get_write_buffer_size() < _BACKLOG_LIMIT
            ]
            broadcast(ready, silence)
            due = max(due + _FRAME_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())
        self._ticker = None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
