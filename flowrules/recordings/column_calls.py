"""Calls of a table that stay columns until somebody wants their events: nothing happens in them but events of the host.

Whoever looks calls up asks for classes of values, column by column, and makes the events of few of them.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from flowrules.call.inputs import Reported
from flowrules.engine.event import CALLER_KEYS, Event
from flowrules.language.values import Value
from flowrules.recordings.call import Recorded, RecordedCall, Sent, Timed
from flowrules.recordings.cells import Cells
from flowrules.recordings.columns import Batch
from flowrules.recordings.journal_quick import JournalCall
from flowrules.recordings.layout import Role
from flowrules.recordings.looks import Unread, event_of
from flowrules.recordings.times import Times
from flowrules.recordings.told import NOTHING, Told

_METADATA = (Role.METADATA, Role.BELIEF)


class Places(Protocol):
    def place(self, row: int) -> str:
        """Where a row stands, for people."""


class ColumnRows:
    """The rows of a batch. `facts`: what the events carry, by the names of the facts; `beside`: what the platform told
    of the call. `ids`: of the calls. `signs`: for whoever looks calls up, what it has found out about the rows."""

    def __init__(
        self,
        batch: Places,
        ids: list[str],
        times: Times,
        facts: Sequence[tuple[str, Cells]],
        beside: Sequence[tuple[str, Cells]],
    ) -> None:
        self.batch = batch
        self.ids = ids
        self.times = times
        self.facts = facts
        self.beside = beside
        self.signs: tuple[object, list[int]] | None = None

    def event(self, row: int) -> Event:
        return event_of({name: value for name, cells in self.facts if (value := cells.at(row)) is not None})

    def told(self, row: int) -> Told:
        """A row as those of any recording."""
        return Told(self.times.at(row), self.event(row), "", NOTHING, self._metadata(row))

    def call(self, start: int, stop: int) -> "ColumnCall | None":
        """The call of these rows; None where it is not as simple as that."""
        if self.times.breaks.find(1, start, stop - 1) >= 0:
            return None
        for _, cells in self.beside:
            if not cells.is_same(start, stop):
                return None
        return ColumnCall(self, start, stop)

    def metadata(self, row: int) -> dict[str, Value]:
        return dict(self._metadata(row))

    def _metadata(self, row: int) -> dict[str, Value]:
        return {name: value for name, cells in self.beside if (value := cells.at(row)) is not None}


class ColumnCall(NamedTuple):
    """Rows of a batch, from `start` up to `stop`."""

    rows: ColumnRows
    start: int
    stop: int

    @property
    def call_id(self) -> str:
        return self.rows.ids[self.start]

    @property
    def origin(self) -> str:
        return self.rows.batch.place(self.start)

    @property
    def events(self) -> int:
        return self.stop - self.start

    @property
    def outcomes(self) -> Sequence[Sent]:
        return ()

    def made(self) -> RecordedCall:
        """The same as every other recorded call."""
        rows, start, stop = self
        times = rows.times.between(start, stop)
        inputs: list[Timed] = [
            (at, Reported(row - start + 1, rows.event(row), "")) for row, at in enumerate(times, start=start)
        ]
        return RecordedCall(
            rows.ids[start], times[0], rows.metadata(start), tuple(inputs), times[-1], origin=self.origin
        )


def column_rows(
    batch: Batch,
    ids: list[str],
    times: Times,
    facts: Sequence[tuple[Role, str, Cells]],
    beside: Sequence[tuple[Role, str, Cells]],
) -> ColumnRows | None:
    """The rows of a batch, where each tells of one event of the host's and of nothing else that is read."""
    if any(role is not Role.FACT or name in CALLER_KEYS for role, name, _ in facts):
        return None
    if any(role not in _METADATA for role, _, _ in beside):
        return None
    if any(type(value) is Unread for _, _, cells in (*facts, *beside) for value in cells.made):
        return None
    if not any(cells.all_given() for _, _, cells in facts):
        return None
    return ColumnRows(
        batch,
        ids,
        times,
        [(name, cells) for _, name, cells in facts],
        [(name, cells) for _, name, cells in beside],
    )


Kept = Recorded | ColumnCall | JournalCall
"""What a reader yields where calls need not be made whole."""
