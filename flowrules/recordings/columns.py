"""Which columns of a table hold what, and where its rows stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flowrules.engine.event import BadEvent
from flowrules.recordings.cells import is_plain
from flowrules.recordings.layout import Layout, Place, Role
from flowrules.recordings.record import BadRecording

_QUICK = frozenset(
    {Role.CALL, Role.AT, Role.EVENT, Role.FACT, Role.KNOWN, Role.METADATA, Role.BELIEF, Role.LEFT_OUT}
)
"""What columns hold that are read as columns. A table with anything else is read row by row."""


class Batch(NamedTuple):
    """Rows that follow one another in a file, whose name is the first of `names`. `first`: the number of the first of
    them, from 0. None: the columns FILE and ROW tell where each row stands."""

    rows: Any
    first: int | None
    names: Sequence[str]

    def place(self, row: int) -> str:
        """Where a row stands, for people: its file, and its number there from 1."""
        if self.first is not None:
            return f"{self.names[0]}, row {self.first + row + 1:,}"
        file, number = (self.rows.column(name)[row].as_py() for name in (FILE, ROW))
        return f"{self.names[file]}, row {number + 1:,}"


ROW = "__row"
"""A column of ours: the number of a row in its file, from 0."""
FILE = "__file"
"""A column of ours: the number of a row's file, from 0."""
CALL = "__call"
"""A column of ours: the id of a row's call."""
OURS = (ROW, FILE, CALL)


DAMAGED = "a part of the file is damaged"


@dataclass(frozen=True, slots=True)
class Damage:
    """So many rows can't be read, from the row `first` of their file on. `place` names where they stand, for people."""

    rows: int
    place: str
    first: int = 0


@dataclass(frozen=True, slots=True)
class Lost:
    """Whose rows can't be read, as far as that is known. `calls`: ids; None: of any calls whose ids are not before
    `first` and not after `last`, as texts are ordered; without these, of any at all."""

    calls: frozenset[str] | None = None
    first: str | None = None
    last: str | None = None

    def concerns(self, call: str) -> bool:
        if self.calls is not None:
            return call in self.calls
        return self.first is None or self.last is None or self.first <= call <= self.last


class Columns(NamedTuple):
    """Which columns of a table hold what. `call`, `at`: their columns, '' where these are nested; then `call_in` is the
    dotted name of the call's. `facts`: all others that hold anything. `quick`: all that is read can be read as columns.
    `needed`: the columns that have to be read."""

    call: str
    at: str
    facts: tuple[tuple[str, Place], ...]
    quick: bool
    call_in: str
    needed: frozenset[str]


def columns_of(pa: Any, schema: Any, layout: Layout) -> Columns:
    """Raises BadRecording for a table that can't be read by this layout."""
    found: dict[Role, list[tuple[bool, str]]] = {Role.CALL: [], Role.AT: []}
    facts: list[tuple[str, Place]] = []
    quick = True
    for field in schema:
        if field.name in OURS:
            continue
        try:
            places = layout.places(field.name)
        except BadEvent as error:
            raise BadRecording(
                f"the column {field.name} can't be read ({error}): map it, or ignore it"
            ) from None
        plain = is_plain(pa, field.type) or pa.types.is_null(field.type)
        for place in places:
            if place.role in found:
                found[place.role].append((place.also, field.name))
            elif place.role is not Role.LEFT_OUT:
                facts.append((field.name, place))
                quick &= plain and place.role in _QUICK
    names = set(schema.names)
    nested = {column.partition(".")[0] for column in layout.mapped.values() if column not in names}
    call, at = (_one(role, columns, layout, names) for role, columns in found.items())
    needed = {call, at, *(column for column, _ in facts), *nested} & names
    ours = {CALL, FILE, ROW} & names
    return Columns(
        call,
        at,
        tuple(facts),
        quick and not nested & names and bool(call and at),
        layout.call_column or "",
        frozenset(needed | ours),
    )


def _one(role: Role, found: list[tuple[bool, str]], layout: Layout, names: set[str]) -> str:
    """The column that has a role. Raises BadRecording."""
    best = sorted(found)
    if not best:
        column = layout.mapped.get(role, "")
        if column.partition(".")[0] in names:
            return ""
        listed = ", ".join(sorted(names)[:20])
        missing = f"there is no column {column}" if column else f"no column is known to hold its {role}"
        raise BadRecording(f"{missing}: --map {role}=COLUMN names it. The columns are {listed}")
    if len(best) > 1 and best[0][0] == best[1][0]:
        raise BadRecording(
            f"{best[0][1]} and {best[1][1]} may both hold its {role}: --map {role}=COLUMN names one"
        )
    return best[0][1]
