"""Which column of a recording says what: the names that are known by themselves, and those that a user maps
(`--map intent=label`).

A column is a column of a table (CSV, Parquet) or a member of a JSON object. A nested member counts as a column with a
dotted name: `{"lead": {"city": "Pune"}}` is `lead.city`.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from flowrules.compiler.times.moment import COMPUTED
from flowrules.engine.event import BadEvent, fact_name
from flowrules.language.names import fold


class Role(StrEnum):
    """What a column can hold."""

    CALL = "call_id"
    """Which call the row belongs to."""
    AT = "at"
    """When it happened."""
    STARTED = "started_at"
    """When the call began; else it began with its first row."""
    EVENT = "event"
    """The name of a bare event (`payment_done`)."""
    EVENTS = "events"
    """Several of them, in a list."""
    EVENT_ID = "event_id"
    TURN_ID = "turn_id"
    SOURCE = "source"
    """Who reported it: `host`, `model`, `caller`, `platform`."""
    SIGNAL = "signal"
    """Who speaks, or that the call is over (`flowrules.recordings.told.SIGNALS`)."""
    VERB = "verb"
    """A verb that went out."""
    FAILED = "failed"
    """Why it failed; empty: it was accepted."""
    FACT = "fact"
    """A key of the event."""
    FLAG = "flag"
    """A key of the event that is a bare event where it is yes."""
    KNOWN = "known"
    """A fact that the host knew before the event."""
    METADATA = "metadata"
    """A fact that the platform told when the call began."""
    BELIEF = "belief"
    """What the engine believed of the call (`call.recording`)."""
    LEFT_OUT = "left_out"


class Place(NamedTuple):
    """What a column holds. `name` is the fact's, folded, for the roles that are facts. `also`: it has the role by
    another name than the role's own, and only where no other column has it."""

    role: Role
    name: str = ""
    also: bool = False


_COLUMNS = {
    role.value: role
    for role in Role
    if role not in (Role.FACT, Role.FLAG, Role.KNOWN, Role.METADATA, Role.BELIEF, Role.LEFT_OUT)
}
"""Roles that a column has by its name."""
_ALSO = {"call": Role.CALL, "callid": Role.CALL, "time": Role.AT, "timestamp": Role.AT}
"""Other names for those that every recording has."""
_GROUPS = {"facts": Role.FACT, "event": Role.FLAG, "known": Role.KNOWN, "metadata": Role.METADATA}
"""What stands before the first dot."""
_OF_THE_PLATFORM = ("lead", "caller", "called", "campaign")
"""Objects of the platform's metadata frame."""


_MOST = 10_000
"""Columns whose places are kept."""


class BadMapping(ValueError):
    """A `--map` that can't be meant; the message says why."""


class Layout:
    """`mapped` are columns by what they hold: `{"intent": "label", "call_id": "conversation.id"}`. Columns named in
    `ignored` are left out. Raises BadMapping."""

    def __init__(self, mapped: Mapping[str, str] | None = None, ignored: Iterable[str] = ()) -> None:
        self.mapped = dict(sorted((mapped or {}).items()))
        self.ignored = tuple(sorted(set(ignored)))
        self.call_column: str | None = None
        """The column that was mapped to the call's id; None: none was."""
        self._places: dict[str, tuple[Place, ...]] = {name: (Place(Role.LEFT_OUT),) for name in self.ignored}
        self._call_columns: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._groups: dict[str, str] = {}
        """What stands before the dot in columns that were mapped as a whole."""
        for target, column in self.mapped.items():
            self._map(target, column)
        self._mapped = {place[:2] for places in self._places.values() for place in places}

    def __reduce__(self) -> tuple[type["Layout"], tuple[dict[str, str], tuple[str, ...]]]:
        return Layout, (self.mapped, self.ignored)

    def places(self, column: str) -> tuple[Place, ...]:
        """What a column holds. Raises BadEvent for a name that no fact can have."""
        known = self._places.get(column)
        if known is None:
            place = self._by_name(column)
            # What is mapped takes the place of the column that would be it by its name.
            if len(self._places) > _MOST:
                return (place,)
            taken = place[:2] in self._mapped
            known = self._places[column] = (Place(Role.LEFT_OUT) if taken else place,)
        return known

    def role_of(self, column: str) -> Place:
        """What a column holds first; that it is left out where it can hold nothing."""
        try:
            return self.places(column)[0]
        except BadEvent:
            return Place(Role.LEFT_OUT)

    def call_columns(self, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Those of a row's columns that may name its call, the best first."""
        known = self._call_columns.get(columns)
        if known is None:
            found = [
                (place.also, column)
                for column in columns
                if (place := self.role_of(column)).role is Role.CALL
            ]
            known = tuple(column for _, column in sorted(found, key=lambda one: one[0]))
            if len(self._call_columns) < _MOST:
                self._call_columns[columns] = known
        return known

    def is_odd(self, column: str) -> bool:
        """Whether a column holds several things, or has a name that no fact can have."""
        try:
            return len(self.places(column)) > 1
        except BadEvent:
            return True

    # --- inside ---

    def _map(self, target: str, column: str) -> None:
        if not target.strip() or not column.strip():
            raise BadMapping(f"--map {target}={column} names nothing: write --map NAME=COLUMN")
        if column in self.ignored:
            raise BadMapping(f"the column {column} is mapped and left out")
        if target in _GROUPS:
            self._groups[column] = target
        if target not in _GROUPS or target == Role.EVENT:
            place = _target(target)
            self._places[column] = (*self._places.get(column, ()), place)
            if place.role is Role.CALL:
                self.call_column = column

    def _by_name(self, column: str) -> Place:
        for group, target in self._groups.items():
            if column.startswith(f"{group}."):
                return by_name(f"{target}.{column[len(group) + 1 :]}")
        return by_name(column)


def parse_maps(maps: Iterable[str]) -> dict[str, str]:
    """`intent=label` as typed after `--map`. Raises BadMapping."""
    parsed: dict[str, str] = {}
    for written in maps:
        target, equals, column = (part.strip() for part in written.partition("="))
        if not (target and equals and column):
            raise BadMapping(f"--map {written} is no NAME=COLUMN, as in --map intent=label")
        if parsed.setdefault(target, column) != column:
            raise BadMapping(f"{target} is mapped to two columns: {parsed[target]} and {column}")
    return parsed


@lru_cache(maxsize=4096)
def by_name(column: str) -> Place:
    """What a column holds that nobody has mapped. Raises BadEvent."""
    folded = fold(column)
    if folded in _COLUMNS:
        return Place(_COLUMNS[folded])
    if (other := _ALSO.get(folded.replace("_", ""))) is not None:
        return Place(other, also=True)
    group, dot, rest = folded.partition(".")
    if dot and group in _GROUPS:
        return _fact(_GROUPS[group], rest)
    if dot and group in _OF_THE_PLATFORM:
        return Place(Role.METADATA, folded)
    return _fact(Role.FACT, folded)


def _target(target: str) -> Place:
    try:
        return by_name(target)
    except BadEvent as error:
        raise BadMapping(f"--map {target}=…: {error}") from None


def _fact(role: Role, name: str) -> Place:
    if name in COMPUTED or not name.strip():
        fact_name(name)  # raises
    if name.startswith("call."):
        return Place(Role.BELIEF, name)
    if name.startswith("lead."):
        return Place(Role.METADATA, name)
    return Place(role, fact_name(name))
