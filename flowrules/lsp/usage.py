"""How often rules ran in the last week, counted from the journal of live calls.

Only counts are kept, by rule and day. A journal is read on from where it was read last, line by line; of a line nothing
but the time and the names of rules is looked at, so that what somebody said goes nowhere.
"""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import msgspec

from flowrules.compiler.rule import plain_id
from flowrules.language.nodes import Block, Rule

DAYS = 7
MOST_DAYS = 2 * DAYS
"""Days that are counted, at most: a clock that is wrong may write any."""
MOST_RULES = 50_000
"""Names of rules that are counted in a day, at most."""
_LONGEST = 4 * 1024 * 1024
"""Bytes of a line that is looked at; no decision is as long."""
_FIRED = "fired"
"""Its steps ran, and not those of `otherwise`."""
_DECIDED = b'"kind":"decided"'
_HEAD = 400
"""Bytes of a line in which its kind stands."""


class _Ran(msgspec.Struct):
    id: str
    outcome: str = ""


class _Decided(msgspec.Struct):
    at: str
    kind: str
    rules: list[_Ran] = []


class Usage:
    """Counts of one journal. `now` tells the time; `read` is for one thread at a time, `of` for any."""

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._folder = folder
        self._now = now
        self._read_to: dict[tuple[int, int], int] = {}
        """Bytes of each file that were read, by what the system knows it by: a closed file gets another name."""
        self._days: dict[str, Counter[str]] = {}
        """By day (`2026-04-06`): by a rule's id, how often it ran."""
        self._counts: Counter[str] | None = None

    def of(self, block: Block) -> int | None:
        """How often the rule of a block ran; None where nothing was read."""
        counts = self._counts
        if counts is None or not isinstance(block.item, Rule):
            return None
        return counts[plain_id(block)]

    def read(self) -> bool:
        """Read what has come since. Whether a count is another one. Raises OSError."""
        from flowrules.runtime.journal.reader import journal_files  # With the first journal that is read.

        oldest = self._now() - timedelta(days=DAYS)
        read_to = {}
        for path in journal_files(self._folder):
            try:
                with path.open("rb") as file:
                    about = path.stat()
                    key = (about.st_dev, about.st_ino)
                    if about.st_mtime >= oldest.timestamp():
                        file.seek(min(self._read_to.get(key, 0), about.st_size))
                        self._lines(file, oldest.date().isoformat())
                        read_to[key] = file.tell()
            except FileNotFoundError:
                continue  # It was closed or deleted meanwhile.
        self._read_to = read_to
        first = oldest.date().isoformat()
        self._days = {day: counts for day, counts in self._days.items() if day > first}
        before, self._counts = self._counts, sum(self._days.values(), Counter())
        return before != self._counts

    def _lines(self, file: IO[bytes], after: str) -> None:
        """Count what stands in a file from here on, of days after this one. A line that is being written is left for
        the next time."""
        whole = True
        while line := file.readline(_LONGEST):
            if not line.endswith(b"\n"):
                if len(line) < _LONGEST:
                    file.seek(-len(line), 1)
                    return
                whole = False
            elif whole:
                self._count(line, after)
            else:
                whole = True  # The end of a line that is too long.

    def _count(self, line: bytes, after: str) -> None:
        if _DECIDED not in line[:_HEAD]:
            return
        try:
            entry = _READ.decode(line)
        except msgspec.MsgspecError:
            return
        day = entry.at[:10]
        if entry.kind != "decided" or day <= after:
            return
        if day not in self._days and len(self._days) >= MOST_DAYS:
            return
        counts = self._days.setdefault(day, Counter())
        for rule in entry.rules:
            if rule.outcome == _FIRED and (rule.id in counts or len(counts) < MOST_RULES):
                counts[rule.id] += 1


_READ = msgspec.json.Decoder(_Decided)
