"""The journal's lines: each tells its number, the line before it, when, and what."""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from flowrules.redaction import redact_json
from flowrules.runtime.journal.format import FORMAT
from flowrules.runtime.journal.open_calls import OpenCalls
from flowrules.runtime.journal.reader import link

_SALT = 8
"""Bytes of a salt: as many as a link has, so that for any guess of what stood in an erased line some salt fits."""


_TAIL = b',"salt":"%b"}'


def random_salts() -> Iterator[bytes]:
    """Random ones, in hex. The system is asked for many at once: it is asked in the time of a call."""
    while True:
        drawn = os.urandom(64 * _SALT).hex().encode()
        yield from (drawn[at : at + 2 * _SALT] for at in range(0, len(drawn), 2 * _SALT))


class Chain:
    """Makes lines. `seq` is the number of the last one, `at` when it was made. `salts` end the lines: what a
    line said can't be found out by its link once it is erased."""

    __slots__ = ("_prev", "_stamp", "_tails", "at", "seq")

    def __init__(self, seq: int, prev: str, salts: Iterator[bytes] | None = None) -> None:
        self._tails = map(_TAIL.__mod__, salts or random_salts())
        self.seq, self._prev = seq, prev
        self.at = ""
        self._stamp = Stamp()

    def line(self, kind: str, now: datetime, objects: Iterable[bytes]) -> bytes:
        """The next line, without its end. `objects` are JSON objects that are written as one."""
        self.seq += 1
        self.at = self._stamp.written(now)
        head = f'{{"seq":{self.seq},"prev":"{self._prev}","at":"{self.at}","kind":"{kind}"'.encode()
        line = b",".join([head, *[members[1:-1] for members in objects if len(members) > 2]]) + next(
            self._tails
        )
        # A rule's own text may hold one, whatever else is kept out at the edge.
        line = redact_json(line)
        self._prev = link(line)
        return line


def first_entries(left: OpenCalls, *, torn: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a process that begins to write puts down first: what the ones before have left, and that nobody knows what
    became of what they had sent."""
    still_open = left.as_json()
    # Should this process die before they are settled, the next one finds the intents here.
    yield "journal", {"format": FORMAT, "torn": torn, **still_open}
    for intent in still_open["intents"]:
        yield (
            "receipt",
            {
                **intent,
                "status": "unknown",
                "reason": "timeout",
                "message": "the process ended before the answer came",
                "attempts": 1,
                "may_have_acted": True,
            },
        )


class Stamp:
    """`2026-04-06T09:00:00.125+00:00`. Most lines are of the same second as the one before them, and a second is put
    in words once."""

    __slots__ = ("_second", "_text")

    def __init__(self) -> None:
        self._second = datetime.min.replace(tzinfo=UTC)
        self._text = ""

    def written(self, now: datetime) -> str:
        since = now - self._second
        if not self._text or since.days or since.seconds:
            self._second = now.replace(microsecond=0)
            self._text = self._second.astimezone(UTC).isoformat()[:19]
            since = now - self._second
        return f"{self._text}.{since.microseconds // 1000:03d}+00:00"
