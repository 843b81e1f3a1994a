"""Whether the bot speaks, as the audio tells that the server sends."""

import asyncio
import base64
import binascii

from flowrules.runtime.calls.session import CallSession


class Playout:
    """A model speaks faster than its voice is played. The bot speaks from the first audio of an answer until the audio
    that has come would be played out in real time; where the server plays it itself (SIP, WebRTC), until it says so.
    """

    def __init__(self, call: CallSession, bytes_a_second: float) -> None:
        self._call = call
        self._rate = bytes_a_second
        self._until = float("-inf")
        """When what has come is played out (the loop's time)."""
        self._coming = False
        """More of this answer is to come."""
        self._server = False
        """The server plays it, and has not finished."""
        self._told = False
        self._timer: asyncio.TimerHandle | None = None

    def audio(self, encoded: str) -> None:
        """A piece of the voice, in base64."""
        try:
            size = len(base64.b64decode(encoded))
        except (binascii.Error, ValueError):
            return
        now = asyncio.get_running_loop().time()
        self._until = max(self._until, now) + size / self._rate
        self._coming = True
        self._look()

    def complete(self) -> None:
        """All audio of this answer has come."""
        self._coming = False
        self._look()

    def server_plays(self, plays: bool) -> None:
        """The server has begun to play its audio to the caller, or has finished."""
        self._server = plays
        if not plays:
            self._until = float("-inf")
        self._look()

    def cut(self) -> None:
        """The caller has interrupted it: nothing of it is played any more."""
        self._until, self._coming, self._server = float("-inf"), False, False
        self._look()

    def _look(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        left = self._until - loop.time()
        speaks = left > 0 or self._coming or self._server
        if left > 0 and not self._server:
            self._timer = loop.call_later(left, self._look)
        if speaks and not self._told:
            self._call.bot_speaking()
        elif self._told and not speaks:
            self._call.bot_finished()
        self._told = speaks
