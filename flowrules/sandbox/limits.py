"""How requests are counted against a limit. The platform's per-call method is in no public page, so there are
three; its per-minute limit of a tenant key is a fixed window that begins on the minute (authentication page)."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Literal, Protocol

Counting = Literal["fixed_window", "sliding_window", "token_bucket"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`remaining` requests may follow at once; where refused, the next one may come in `retry_after` seconds."""

    allowed: bool
    limit: int
    remaining: int
    retry_after: float = 0.0

    @property
    def retry_after_seconds(self) -> int:
        """For the Retry-After header: whole seconds, at least one."""
        return max(1, math.ceil(self.retry_after))


class Limiter(Protocol):
    def take(self, now: float) -> Verdict:
        """Count one request at `now` (seconds), or refuse it."""


class FixedWindow:
    """So many in each window; windows begin at whole multiples of their length."""

    __slots__ = ("_count", "_limit", "_seconds", "_window")

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds
        self._window, self._count = -1, 0

    def take(self, now: float) -> Verdict:
        window = int(now // self._seconds)
        if window != self._window:
            self._window, self._count = window, 0
        if self._count >= self._limit:
            return Verdict(False, self._limit, 0, (window + 1) * self._seconds - now)
        self._count += 1
        return Verdict(True, self._limit, self._limit - self._count)


class SlidingWindow:
    """So many in any stretch of the window's length."""

    __slots__ = ("_limit", "_seconds", "_taken")

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds
        self._taken: deque[float] = deque()

    def take(self, now: float) -> Verdict:
        while self._taken and self._taken[0] <= now - self._seconds:
            self._taken.popleft()
        if len(self._taken) >= self._limit:
            return Verdict(False, self._limit, 0, self._taken[0] + self._seconds - now)
        self._taken.append(now)
        return Verdict(True, self._limit, self._limit - len(self._taken))


class TokenBucket:
    """A bucket of `limit` that fills evenly, `limit` in each `seconds`."""

    __slots__ = ("_at", "_level", "_limit", "_rate")

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._rate = limit, limit / seconds
        self._level, self._at = float(limit), -math.inf

    def take(self, now: float) -> Verdict:
        if self._at > -math.inf:
            self._level = min(self._limit, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level < 1:
            return Verdict(False, self._limit, 0, (1 - self._level) / self._rate)
        self._level -= 1
        return Verdict(True, self._limit, int(self._level))


_KINDS: dict[Counting, type[FixedWindow] | type[SlidingWindow] | type[TokenBucket]] = {
    "fixed_window": FixedWindow,
    "sliding_window": SlidingWindow,
    "token_bucket": TokenBucket,
}


def limiter(counting: Counting, limit: int, seconds: float) -> Limiter:
    return _KINDS[counting](limit, seconds)
