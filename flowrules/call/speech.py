"""Who speaks at present: as far as the host tells, and for what the rules `say`, as far as its length tells."""

from datetime import datetime, timedelta
from typing import NamedTuple, Self


class Speech(NamedTuple):
    """`signalled`, `caller_signalled`: whether the host tells when the bot, or the caller, speaks. `interruptions`
    counts how often the caller has spoken in a way that drops a hangup which waits."""

    speaking: bool = False
    said_until: datetime | None = None
    """When the platform will have spoken what it was given."""
    interruptions: int = 0
    signalled: bool = False
    caller_signalled: bool = False

    @property
    def busy(self) -> bool:
        """The bot speaks, or the platform speaks for it."""
        return self.speaking or self.said_until is not None

    def bot_speaking(self) -> Self:
        return self._replace(signalled=True, speaking=True)

    def bot_finished(self) -> Self:
        return self._replace(signalled=True, speaking=False, said_until=None)

    def played_out(self) -> Self:
        """What was being played has come to its end."""
        return self._replace(speaking=False, said_until=None)

    def said(self, seconds: float, now: datetime) -> Self:
        """The platform speaks a text of the rules from now on, after what it speaks already."""
        begins = max(now, self.said_until or now)
        return self._replace(said_until=begins + timedelta(seconds=seconds))

    def interrupted(self) -> Self:
        return self._replace(interruptions=self.interruptions + 1)

    def at(self, now: datetime) -> Self:
        """As it is at this moment: a text whose time is over has been spoken."""
        if self.said_until is not None and self.said_until <= now:
            return self._replace(said_until=None)
        return self

    def quiet_at(self, now: datetime, until: datetime) -> datetime:
        """When nobody speaks any more, as far as can be told, at the latest at `until`; not after `now`: at once."""
        if self.speaking:
            return until
        return min(until, self.said_until or now)
