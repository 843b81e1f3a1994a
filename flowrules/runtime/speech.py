"""The barrier before an ending verb: a transfer or hangup cuts the bot off in mid-word."""

import asyncio
from enum import StrEnum

from flowrules.control.clock import Clock, first
from flowrules.engine.spoken_length import spoken_seconds

_INSTANT = 0.001
"""Seconds by which a clock that wakes us may be early."""


class SpeechEnd(StrEnum):
    QUIET = "quiet"
    INTERRUPTED = "interrupted"
    """The caller spoke meanwhile."""
    CALLED_OFF = "called off"


class SpeechGate:
    """Who speaks at present, as far as the host tells; for what the rules `say`, as far as its length tells."""

    __slots__ = (
        "_caller_spoke_at",
        "_changed",
        "_clock",
        "_longest",
        "_said_until",
        "_speaking",
        "signalled",
    )

    def __init__(self, clock: Clock, longest: float) -> None:
        self._clock = clock
        self._longest = longest
        self._speaking = False
        self._said_until = 0.0
        self._caller_spoke_at = float("-inf")
        self._changed: asyncio.Event | None = None
        self.signalled = False
        """Whether the host tells when the bot speaks."""

    def bot_speaking(self) -> None:
        self.signalled = self._speaking = True

    def bot_finished(self) -> None:
        self.signalled = True
        self.played_out()

    def played_out(self) -> None:
        """What was being played has come to its end."""
        self._speaking, self._said_until = False, 0.0
        self._notify()

    def caller_speaking(self) -> None:
        self._caller_spoke_at = self._clock.monotonic()
        self._notify()

    def said(self, text: str) -> float:
        """The platform speaks a text of the rules from now on, after what it speaks already; for so many seconds."""
        now = self._clock.monotonic()
        length = spoken_seconds(text)
        self._said_until = max(now, self._said_until) + length
        return self._said_until - now

    @property
    def busy(self) -> bool:
        """The bot speaks, or the platform speaks for it."""
        return self._speaking or self._said_until > self._clock.monotonic() + _INSTANT

    async def quiet(
        self, called_off: asyncio.Event, since: float, *, listening_since: float | None = None
    ) -> SpeechEnd:
        """Wait until the bot has finished. `since` (monotonic) is when this plan's waiting began: the wait ends at
        the latest so long after it as the gate allows. A caller who spoke after `listening_since` has interrupted;
        None: nobody can."""
        until = since + self._longest
        while True:
            now = self._clock.monotonic()
            if called_off.is_set():
                return SpeechEnd.CALLED_OFF
            if listening_since is not None and self._caller_spoke_at > listening_since:
                return SpeechEnd.INTERRUPTED
            wait = until - now if self._speaking else min(until, self._said_until) - now
            if wait <= 0:
                return SpeechEnd.QUIET
            self._changed = self._changed or asyncio.Event()
            await first(self._changed.wait(), self._clock.sleep(wait), called_off.wait())

    def _notify(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None
