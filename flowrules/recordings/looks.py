"""What is made of one value of a row: that of a fact, or why it can be none; and events of such facts."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from flowrules.engine.event import CALLER_KEYS, PASSING, BadEvent, Event, Source, fact_name, holds_anything
from flowrules.language.unicode import mended
from flowrules.language.values import Value
from flowrules.recordings.layout import Role
from flowrules.recordings.record import refused
from flowrules.redaction import holds_token, redact
from flowrules.runtime.calls.event_limits import MAX_TEXT

_MOST_BITS = 1024
"""Of a whole number that a float could come near to."""
Special = tuple[frozenset[str], Mapping[str, Source] | None]
PLAIN: Special = frozenset(), None
"""Which keys of most events last for one event, and which have another source than the host."""
_HOST = Source.HOST
_new = tuple.__new__


class Unread(NamedTuple):
    """A value that no fact can have."""

    why: str


@lru_cache(maxsize=4096)
def look_at(role: Role, name: str) -> Callable[[Any], Any]:
    """What is made of a cell: a fact's value, a bare event's name, None for nothing, or Unread."""
    if role is Role.EVENT:
        return _bare
    if role is Role.FACT and name in CALLER_KEYS:
        holds = holds_anything(name)

        def heard(value: Any) -> Any:
            return _value(value) if holds(value) else None

        return heard
    if role is Role.FACT and (refusal := refused(name)):
        return lambda value: Unread(refusal)
    return _value


def _value(value: Any) -> Any:
    if type(value) is str:
        if not value:
            return None
        if len(value) > MAX_TEXT:
            return Unread(f"a text has more than {MAX_TEXT:,} characters")
        value = mended(value)
        return redact(value) if "yt_" in value and holds_token(value) else value
    if type(value) is int and value.bit_length() > _MOST_BITS:
        return Unread("a number is beyond all bounds")
    if type(value) is float and value - value != 0.0:
        return None if value != value else Unread("a number is beyond all bounds")
    return value


def _bare(name: str) -> Any:
    try:
        return fact_name(name.strip()) if name.strip() else None
    except BadEvent as error:
        return Unread(str(error))


def event_of(keys: Mapping[str, Value], special: Special = PLAIN) -> Event:
    """What `make_event` makes of facts that were looked at one by one, reported by the host."""
    return _new(Event, (keys, special[0], _HOST, special[1], "", "", True, "", "", None))


def said_by_caller(name: str, before: Special) -> Special:
    """What is special about an event that also carries this one of the CALLER_KEYS."""
    return _sources(frozenset((*(before[1] or ()), name)))


@lru_cache(maxsize=64)
def _sources(names: frozenset[str]) -> Special:
    return PASSING & names, dict.fromkeys(sorted(names), Source.CALLER)
