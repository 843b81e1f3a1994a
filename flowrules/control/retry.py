"""When a request is made again, and how long to wait before it."""

import math
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from flowrules.control.outcomes import Reason

_CAPACITY_WAIT = 5.0
"""Seconds; the platform's usual Retry-After for `max_concurrent_exceeded`."""
_LIMIT_WAIT = 1.0
"""Seconds; the platform's window for a call."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits in seconds: from `first`, doubled each time, up to `longest`, and up to half as much again by chance, so
    that many calls which failed together do not come back together."""

    first: float = 0.2
    longest: float = 5.0
    chance: random.Random = field(default_factory=random.Random, repr=False)

    def after(self, attempts: int) -> float:
        """After so many attempts without an answer, or with a 5xx."""
        return self._spread(self._grown(attempts))

    def after_limit(self, reason: Reason | None, retry_after: float | None, attempts: int) -> float:
        """After a 429. Never shorter than what the platform asked for; where it said nothing, growing."""
        if retry_after is not None:
            return self._spread(max(retry_after, 0.05))
        least = _CAPACITY_WAIT if reason is Reason.AT_CAPACITY else _LIMIT_WAIT
        return self._spread(max(least, self._grown(attempts)))

    def _grown(self, attempts: int) -> float:
        return min(self.longest, self.first * 2.0 ** min(attempts - 1, 16))

    def _spread(self, seconds: float) -> float:
        return (
            seconds * (1 + self.chance.random() / 2) if seconds <= 10 else seconds + self.chance.random() * 5
        )


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """The Retry-After header: seconds or an HTTP date; None where it is missing or says nothing."""
    text = (header or "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, IndexError, TypeError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
