"""A journal that is kept in memory: the lines are those that would stand on a disk, and a process that dies leaves of
them what a disk would have."""

from collections.abc import Generator, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

from flowrules.control.clock import Clock
from flowrules.runtime.journal.chain import Chain, first_entries
from flowrules.runtime.journal.masking import Masker, as_json
from flowrules.runtime.journal.open_calls import LeftCall, OpenCalls
from flowrules.runtime.journal.reader import entry_of
from flowrules.runtime.journal.recovery import left_open

_SALTS = repeat(b"0" * 16)
_MASKER = Masker(b"the same in every run")
SOON = 0.005
"""Seconds that an entry may wait to be written, if nothing is committed before (the live journal's own figure)."""


class KeptJournal:
    """What one process writes, behind what the ones before it wrote. `lines` are safe: those that wait to be written
    are lost with the process."""

    def __init__(self, clock: Clock, written: Sequence[bytes] = ()) -> None:
        self.masker = _MASKER
        self._clock = clock
        self._waiting: list[bytes] = []
        self._since: list[float] = []
        """When each of those was noted."""
        self.lines = list(written)
        last = next((entry for line in reversed(written) if (entry := entry_of(line + b"\n"))), None)
        self._open = _left(written, clock.now())
        self._chain = Chain(0, "", _SALTS) if last is None else Chain(last.seq, last.link, _SALTS)
        torn = last is not None and entry_of(written[-1] + b"\n") is None
        for kind, fields in first_entries(self._open, torn=torn):
            self.note(kind, **fields)
        self.settle()

    @property
    def left(self) -> Mapping[str, LeftCall]:
        """The calls of the processes before."""
        return self._open.calls

    def note(self, kind: str, **fields: Any) -> None:
        self.note_json(kind, as_json(fields), about=fields)

    def note_json(self, kind: str, *objects: bytes, about: Mapping[str, Any]) -> None:
        """As Journal.note_json."""
        self._waiting.append(self._chain.line(kind, self._clock.now(), objects))
        self._since.append(self._clock.monotonic())

    async def commit_json(
        self, kind: str, *objects: bytes, about: Mapping[str, Any], at_most: float | None = None
    ) -> None:
        """As Journal.commit_json. It waits once: whoever drives it says when the disk has answered, or that it has
        not."""
        self.note_json(kind, *objects, about=about)
        await _Disk()
        self.settle()

    def settle(self) -> None:
        """All that was written is safe."""
        self.lines += self._waiting
        self._waiting.clear()
        self._since.clear()

    def after_death(self, luck: float) -> list[bytes]:
        """What is found when the process has died at this moment: of what has just been noted, more or less, and
        perhaps a piece of the line that was being written."""
        late = self._clock.monotonic() - SOON
        written = sum(since < late for since in self._since)
        survived = written + round(luck * (len(self._waiting) - written))
        found = self.lines + self._waiting[:survived]
        torn = self._waiting[survived : survived + 1]
        return found + [line[: len(line) // 2] for line in torn if luck < 0.5]


class _Disk:
    def __await__(self) -> Generator[None, None, None]:
        yield


def _left(written: Sequence[bytes], now: datetime) -> OpenCalls:
    return left_open((line + b"\n" for line in written), now)
