"""One row as an object: what it tells, by the layout of its recording."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flowrules.call.receipt import Reason, Receipt, Status, no_answer, not_sent
from flowrules.compiler.instants import to_instant
from flowrules.engine.event import CALLER_KEYS, BadEvent, Event, Source, make_event
from flowrules.language.names import fold
from flowrules.language.unicode import mended
from flowrules.language.values import Value
from flowrules.recordings.call import Sent
from flowrules.recordings.layout import Layout, Role
from flowrules.recordings.looks import PLAIN, Unread, event_of, look_at, said_by_caller
from flowrules.recordings.record import CALL_ENDED, NO_TIME, BadRow, fact, leaves, since_1970, unreadable
from flowrules.recordings.told import CLOSE, NOTHING, SIGNALS, Told
from flowrules.runtime.event_limits import escaped_event_id, validated_event, without_tokens

_SOURCES = {source.name.lower(): source for source in Source}
_QUICK = frozenset({Role.CALL, Role.AT, Role.FACT, Role.LEFT_OUT})
_FEW = 100
"""Columns of a row that is looked at no further; `validated_event` holds how many keys an event may have."""
_PLAIN_TYPES = frozenset({str, int, float, bool, type(None)})


class Rows:
    """Reads rows. A time without an offset is `zone`'s."""

    def __init__(self, layout: Layout, zone: ZoneInfo) -> None:
        self._layout = layout
        self._zone = zone
        self._events: dict[object, Event] = {}
        """What was made of equal rows: events that carry the same are shared."""
        self._columns: dict[str, tuple[Role, str, Callable[[Any], Any]]] = {}
        """Those that a quick reading takes."""

    def read(self, record: Mapping[str, Any]) -> Told:
        """What a row tells; what can't be read of it stands in `why_not`."""
        return self._quick(record) or self._read(record)

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
        """A row that tells of nothing but an event of the host's, and can be read; None for any other."""
        keys: dict[str, Value] = {}
        at: datetime | None = None
        special = PLAIN
        if len(record) > _FEW:
            return None
        for column, value in record.items():
            known = self._columns.get(column) or self._column(column)
            if known is None or type(value) not in _PLAIN_TYPES:
                return None
            role, name, look = known
            if role is Role.FACT:
                seen = look(value)
                if seen is None:
                    continue
                if type(seen) is Unread:
                    return None
                keys[name] = seen
                if name in CALLER_KEYS:
                    special = said_by_caller(name, special)
            elif role is Role.AT:
                if at is not None or not value:
                    return None
                try:
                    at = self.moment(value)
                except BadRow:
                    return None
        return None if at is None else Told(at, event_of(keys, special) if keys else None)

    def _column(self, column: str) -> tuple[Role, str, Callable[[Any], Any]] | None:
        """A column that a quick reading takes: one that holds a key of the event, the time or the call's id."""
        place = self._layout.role_of(column)
        if place.role not in _QUICK or self._layout.is_odd(column):
            return None
        found = place.role, place.name, look_at(place.role, place.name)
        if len(self._columns) < _KEPT:
            self._columns[column] = found
        return found

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
