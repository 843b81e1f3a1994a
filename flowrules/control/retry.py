"""When a request is made again, and how long to wait before it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from flowrules.call.receipt import Reason
from flowrules.control.chance import Chance, machine_chance

_CAPACITY_WAIT = 5.0
"""Seconds; the platform's usual Retry-After for `max_concurrent_exceeded`."""
_LIMIT_WAIT = 1.0
"""Seconds; the platform's window for a call."""
_LONGEST_HINT = 3600.0
"""Seconds; who asks for more than that means nothing by it."""
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits in seconds: from `first`, doubled each time, up to `longest`, and up to half as much again by chance, so
    that many calls which failed together do not come back together. With a seeded `chance` they can be
    foretold."""

    first: float = 0.2
    longest: float = 5.0
    chance: Chance = field(default_factory=machine_chance, repr=False)

    def after(self, attempts: int) -> float:
        """After so many attempts without an answer, or with a 5xx."""
        return self._spread(self._grown(attempts))

    def after_limit(self, reason: Reason | None, retry_after: float | None, attempts: int) -> float:
        """After a 429. It grows, and is never shorter than what the platform asked for; where that said nothing, never
        shorter than what it usually asks for."""
        least = _CAPACITY_WAIT if reason is Reason.AT_CAPACITY else _LIMIT_WAIT
        return self._spread(max(least if retry_after is None else retry_after, self._grown(attempts)))

    def _grown(self, attempts: int) -> float:
        return min(self.longest, self.first * 2.0 ** min(attempts - 1, 16))

    def _spread(self, seconds: float) -> float:
        return (
            seconds * (1 + self.chance.random() / 2) if seconds <= 10 else seconds + self.chance.random() * 5
        )


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """The Retry-After header: seconds or an HTTP date; None where it is missing or says nothing that can be meant: no
    pause at all, a moment that has passed, more than an hour, what is no number and no date."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        seconds = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            seconds = (moment - now).total_seconds()
        except (ValueError, IndexError, TypeError, OverflowError):
            return None
    return seconds if 0 < seconds <= _LONGEST_HINT else None
