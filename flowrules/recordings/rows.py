"""One row as an object: what it tells, by the layout of its recording."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flowrules.call.receipt import Reason, Receipt, Status, no_answer, not_sent
from flowrules.compiler.times.instants import to_instant
from flowrules.engine.event import CALLER_KEYS, BadEvent, Event, Source, make_event
from flowrules.language.names import fold
from flowrules.language.unicode import mended
from flowrules.language.values import Value
from flowrules.recordings.call import Sent
from flowrules.recordings.layout import Layout, Role
from flowrules.recordings.looks import PLAIN, Unread, event_of, look_at, said_by_caller
from flowrules.recordings.record import CALL_ENDED, NO_TIME, BadRow, fact, leaves, since_1970, unreadable
from flowrules.recordings.told import CLOSE, NOTHING, SIGNALS, Told
from flowrules.runtime.calls.event_limits import escaped_event_id, validated_event, without_tokens

_SOURCES = {source.name.lower(): source for source in Source}
_HELD = frozenset({Role.FACT, Role.METADATA, Role.BELIEF})
_QUICK = _HELD | {Role.CALL, Role.AT, Role.LEFT_OUT}
_FEW = 100
"""Columns of a row that is looked at no further; `validated_event` holds how many keys an event may have."""
PLAIN_TYPES = frozenset({str, int, float, bool, type(None)})


class Shape(NamedTuple):
    """How rows with some columns are read. `at`: the column with the time. `held`: each other column that is read, the
    fact's name, what is made of a value, whether the caller says or presses it, and whether the platform told it of the
    call. `quick`: that is all; other rows are read by the roles of their columns."""

    at: str
    held: tuple[tuple[str, str, Callable[[Any], Any], bool, bool], ...]
    quick: bool


_NO_SHAPE = Shape("", (), quick=False)


class Rows:
    """Reads rows. A time without an offset is `zone`'s."""

    def __init__(self, layout: Layout, zone: ZoneInfo) -> None:
        self._layout = layout
        self._zone = zone
        self._events: dict[object, Event] = {}
        """What was made of equal rows: events that carry the same are shared."""
        self._shapes: dict[tuple[str, ...], Shape] = {}
        """How rows are read, by the names of their columns."""

    def read(self, record: Mapping[str, Any]) -> Told:
        """What a row tells; what can't be read of it stands in `why_not`."""
        return self._quick(record) or self._read(record)

    def shape_of(self, names: tuple[str, ...]) -> Shape:
        """How rows with these columns are read."""
        shape = self._shapes.get(names)
        if shape is None:
            if len(self._shapes) >= _KEPT:
                self._shapes.clear()
            shape = self._shapes[names] = self._shape(names)
        return shape

    def moment(self, written: object) -> datetime | None:
        """A time as it is written: ISO 8601, a datetime, or seconds (or milliseconds) since 1970. None: nothing is
        written. Raises BadRow."""
        try:
            match written:
                case None | "":
                    return None
                case datetime():
                    return to_instant(written, self._zone)
                case str():
                    return to_instant(datetime.fromisoformat(written.strip()), self._zone)
                case bool():
                    pass
                case int() | float():
                    return since_1970(written)
        except (ValueError, OverflowError):
            pass
        raise BadRow("its time is no date and time")

    # --- inside ---

    def _quick(self, record: Mapping[str, Any]) -> Told | None:
        """A row that tells of nothing but an event of the host's, beside what the platform told of the call, and can be
        read; None for any other."""
        shape = self.shape_of(tuple(record))
        if not shape.quick:
            return None
        at = record[shape.at]
        if not at or type(at) not in PLAIN_TYPES:
            return None
        keys: dict[str, Value] = {}
        metadata: dict[str, Value] = {}
        special = PLAIN
        for column, name, look, speaks, beside in shape.held:
            value = record[column]
            if value is None:
                continue
            if type(value) not in PLAIN_TYPES:
                return None
            seen = look(value)
            if seen is None:
                continue
            if type(seen) is Unread:
                return None
            if beside:
                metadata[name] = seen
                continue
            keys[name] = seen
            if speaks:
                special = said_by_caller(name, special)
        try:
            moment = self.moment(at)
        except BadRow:
            return None
        if moment is None:
            return None
        return Told(moment, event_of(keys, special) if keys else None, "", NOTHING, metadata or NOTHING)

    def _shape(self, columns: Sequence[str]) -> Shape:
        at, held = [], []
        if len(columns) > _FEW:
            return _NO_SHAPE
        for column in columns:
            role, name, _ = self._layout.role_of(column)
            if role not in _QUICK or self._layout.is_odd(column):
                return _NO_SHAPE
            if role is Role.AT:
                at.append(column)
            elif role in _HELD:
                beside = role is not Role.FACT
                held.append((column, name, look_at(role, name), name in CALLER_KEYS and not beside, beside))
        names = [(one[1], one[4]) for one in held]
        if len(at) != 1 or len(set(names)) != len(names):
            return _NO_SHAPE
        return Shape(at[0], tuple(held), quick=True)

    def _read(self, record: Mapping[str, Any]) -> Told:
        fields = _Fields()
        try:
            for column, value in leaves(record):
                for role, name, also in self._layout.places(column):
                    fields.take(role, name, value, also=also)
            at = self.moment(fields.told.get(Role.AT))
            return unreadable(NO_TIME) if at is None else self._told(fields, at)
        except (BadEvent, BadRow) as error:
            return unreadable(str(error))

    def _told(self, fields: "_Fields", at: datetime) -> Told:
        told, bare = fields.told, [*fields.bare]
        signal = _text(told, Role.SIGNAL)
        if signal and signal != CLOSE and signal not in SIGNALS:
            raise BadRow("its signal is none that is known")
        if CALL_ENDED in bare:
            bare.remove(CALL_ENDED)
            signal = CLOSE
        event = None
        if bare or fields.facts:
            event = self._event(fields, bare)
        started = self.moment(told.get(Role.STARTED))
        sent = _sent(_text(told, Role.VERB), _text(told, Role.FAILED), at)
        known, metadata = (
            without_tokens(facts) if facts else facts for facts in (fields.known, fields.metadata)
        )
        return Told(at, event, signal, known, metadata, sent, started)

    def _event(self, fields: "_Fields", bare: list[str]) -> Event:
        told = fields.told
        source = _text(told, Role.SOURCE).lower() or "host"
        if source not in _SOURCES:
            raise BadRow("its source is none of host, model, caller and platform")
        event_id, turn_id = _text(told, Role.EVENT_ID), _text(told, Role.TURN_ID)
        key = (*bare, *fields.facts.items(), *map(type, fields.facts.values()), source, event_id, turn_id)
        event = self._events.get(key)
        if event is None:
            if len(self._events) >= _KEPT:
                self._events.clear()
            name = escaped_event_id(event_id) if event_id else ""
            event = self._events[key] = validated_event(
                make_event(*bare, facts=fields.facts, source=_SOURCES[source], event_id=name, turn_id=turn_id)
            )
        return event


_KEPT = 4096


class _Fields:
    """What a row's columns hold, by their roles."""

    __slots__ = ("bare", "facts", "known", "metadata", "told", "weak")

    def __init__(self) -> None:
        self.told: dict[Role, Any] = {}
        self.bare: list[str] = []
        self.facts: dict[str, Value] = {}
        self.known: Mapping[str, Value] = NOTHING
        self.metadata: Mapping[str, Value] = NOTHING
        self.weak: set[Role] = set()

    def take(self, role: Role, name: str, value: Any, *, also: bool) -> None:
        """Raises BadEvent and BadRow."""
        match role:
            case Role.FACT:
                self.facts[name] = fact(name, value)
            case Role.FLAG:
                if value is True:
                    self.bare.append(name)
                else:
                    self.facts[name] = fact(name, value)
            case Role.KNOWN:
                self.known = {**self.known, name: fact(name, value)}
            case Role.METADATA | Role.BELIEF:
                self.metadata = {**self.metadata, name: fact(name, value)}
            case Role.EVENT | Role.EVENTS:
                self.bare.extend(_names(value))
            case Role.LEFT_OUT:
                pass
            case _:
                if also and role in self.told:
                    return
                if role in self.told and role not in self.weak:
                    raise BadRow(f"two columns hold its {role}")
                (self.weak.add if also else self.weak.discard)(role)
                self.told[role] = value


def _names(value: Any) -> Iterable[str]:
    names = value if isinstance(value, list | tuple) else [value]
    for name in names:
        if not isinstance(name, str):
            raise BadRow("its event is no name")
        if name.strip():
            yield fold(mended(name.strip()))


def _text(told: Mapping[Role, Any], role: Role) -> str:
    value = told.get(role, "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadRow(f"its {role} is no text")
    return str(value).strip()


def _sent(verb: str, failed: str, at: datetime) -> Sent | None:
    """A verb that a row tells of."""
    if not verb:
        if failed:
            raise BadRow("it tells of a failure, and of no verb")
        return None
    if not failed:
        return Sent(verb, Receipt(Status.ACCEPTED, http_status=200, attempts=1), left=at)
    try:
        reason = Reason(failed)
    except ValueError:
        raise BadRow("a verb has failed for a reason that is none of the language's") from None
    receipt = no_answer("no answer came", 1) if reason is Reason.TIMEOUT else not_sent(reason, "", 1)
    return Sent(verb, receipt, left=at)
