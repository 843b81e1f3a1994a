"""What happened, and who said so."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from flowrules.compiler.guards import coerce
from flowrules.compiler.times.moment import COMPUTED
from flowrules.language.names import fold
from flowrules.language.nodes import FactDef
from flowrules.language.unicode import mended
from flowrules.language.values import Scalar, Value

_PERSON = ("person_answered", "human_answered")


class Source(IntEnum):
    """Who said a thing; the smaller, the stronger."""

    PLATFORM = 0
    HOST = 1
    MODEL = 2
    CALLER = 3


PRESSED = frozenset({"dtmf", "keys"})
"""Keys that hold what the caller pressed: one key, and an entry of several (`engine/key_entry.py`)."""

CALLER_KEYS = frozenset({"said", "hearing"}) | PRESSED
"""Keys that hold what the caller said or pressed, whoever passes them on."""

MAX_DEPTH = 32

MOMENTARY = frozenset({"said", "hearing"})
"""Keys that hold words. They last for one event, as bare events do."""

PASSING = MOMENTARY | {"keys"}
"""Keys that last for one event."""


class Turn(NamedTuple):
    """The turn of one event. `place` tells the turns of a call apart, in order; `number` is the fact `turn`."""

    place: int = 0
    number: int = 0


class Event(NamedTuple):
    """One thing that happened in a call. A tuple, since every turn of every call makes one.

    `keys` maps folded names to values; a bare event (`payment_done`) stands there as True. `passing` are the keys
    that last for this event only: bare events, `said` and `hearing`.
    `sources` holds the keys whose source is not `source`. `reported` is False for what the engine raises by
    itself (timers, `step_failed`, `call_ended`), which `on anything` does not match.
    """

    keys: Mapping[str, Value]
    passing: frozenset[str] = frozenset()
    source: Source = Source.HOST
    sources: Mapping[str, Source] | None = None
    event_id: str = ""
    turn_id: str = ""
    reported: bool = True
    timer: str = ""
    """The key of the timer that fired, where one did (`engine/timers.py`)."""
    identity: str = ""
    """A digest of its id and its content, where it came with an id: by it the event is known when it comes again."""
    turn: Turn | None = None
    """The turn that it belongs to, where that was settled when it came in; None: it follows from the call."""

    @property
    def is_nothing(self) -> bool:
        """Whether it says nothing at all: a recogniser's empty result, say. Then nothing has happened."""
        return self.reported and not self.keys

    def taken_in(self, event_id: str, identity: str, turn: Turn) -> "Event":
        """As a call knows it: under its name there, in its turn."""
        keys, passing, source, sources, _, turn_id, reported, timer, _, _ = self
        known = (keys, passing, source, sources, event_id, turn_id, reported, timer, identity, turn)
        return tuple.__new__(Event, known)

    def tells(self, name: str) -> bool | None:
        """Whether a thing happened, or is so; None where the event says nothing of it. One that is given `no`, nought
        or an empty text, did not happen."""
        value = self.keys.get(name)
        values = value if isinstance(value, tuple) else () if value is None else (value,)
        return not all(map(coerce.denied, values)) if values else None

    def answered_by_machine(self, before: bool) -> bool:
        """Whether a machine is on the line after this event, where one was or was not `before`. That a person has not
        answered says nothing, for nobody may have; that a machine has not, says that it is none."""
        if (machine := self.tells("machine_answered")) is not None:
            return machine
        return before and not any(self.tells(name) for name in _PERSON)

    def source_of(self, key: str) -> Source:
        return self.source if self.sources is None else self.sources.get(key, self.source)

    def is_refused(self, key: str, fact: FactDef) -> bool:
        """Whether this event may not say a fact. What the caller said is the caller's, whoever passes it on; but a
        sentence that a model tells of is not heard on the line, so `only from caller` refuses it."""
        if fact.only and self.source is Source.MODEL and key in CALLER_KEYS:
            return True
        return is_refused(self.source_of(key), fact)


def is_refused(source: Source, fact: FactDef | None) -> bool:
    """Whether a source may not say a fact: one weaker than it is declared (`from host`), or another than the only one
    (`only from caller`). None: not declared, so anybody may."""
    if fact is None or fact.source is None:
        return False
    named = Source[fact.source.upper()]
    return source is not named if fact.only else source > named


class BadEvent(ValueError):
    """An event that can't be taken: a name or value of a wrong shape. The message says which."""


def make_event(
    *bare: str,
    facts: Mapping[str, object] | None = None,
    source: Source = Source.HOST,
    event_id: str = "",
    turn_id: str = "",
    reported: bool = True,
) -> Event:
    """An Event from what a host or the command line gives.

    Names are folded; nested objects become dotted keys (`{"order": {"total": …}}` is `order.total`); lists
    become tuples; null is left out, and so are words and keys of the caller that hold none: an empty result of a
    recogniser is no speech. What the caller said or pressed has the caller as its source. Refused are
    `call.*` and `lead.*`, which only the platform supplies, and what follows from the clock (`time`, `date`,
    `today`, `turn`). Raises BadEvent.
    """
    keys: dict[str, Value] = {}
    for name in bare:
        keys[fact_name(name)] = True
    passing = frozenset(keys) if bare else _NOTHING
    for name, value in (facts or {}).items():
        if type(value) is str:
            keys[fact_name(name)] = mended(value)
        elif (
            type(value) is bool
            or (type(value) is int and _is_writable(value))
            or (type(value) is float and value - value == 0.0)
        ):
            keys[fact_name(name)] = value
        else:
            for path, leaf in flatten({name: value}):
                keys[fact_name(path)] = leaf
    sources = None
    if not CALLER_KEYS.isdisjoint(keys):
        _leave_out_empty(keys)
    if not CALLER_KEYS.isdisjoint(keys):
        passing |= PASSING.intersection(keys)
        if source is not Source.CALLER:
            sources = {key: Source.CALLER for key in CALLER_KEYS if key in keys}
    return _new(
        Event, (keys, passing, source, sources, mended(event_id), mended(turn_id), reported, "", "", None)
    )


_NOTHING: frozenset[str] = frozenset()
_new = tuple.__new__
"""Makes a named tuple in half the time that its own constructor takes."""


def _leave_out_empty(keys: dict[str, Value]) -> None:
    """Take out what the caller is said to have said or pressed where that is nothing: no word, no key."""
    for key in CALLER_KEYS.intersection(keys):
        value = keys[key]
        holds = holds_anything(key)
        if isinstance(value, tuple):
            kept = tuple(filter(holds, value))
            if kept:
                keys[key] = kept
                continue
        elif holds(value):
            continue
        del keys[key]


def holds_anything(key: str) -> Callable[[Scalar], bool]:
    """Whether a value of one of the CALLER_KEYS holds what that key is for: words, or telephone keys."""
    return _holds_words if key in MOMENTARY else _holds_keys


def _holds_words(value: Scalar) -> bool:
    """Whether there is a letter, a digit or an emoji in it. Blanks, punctuation and notes of music are what recognisers
    write of noise."""
    return any(map(_is_said, value)) if isinstance(value, str) else value is not False


def _is_said(character: str) -> bool:
    return character.isalnum() or (
        character not in _NOTES and unicodedata.category(character) in _SAID_BESIDES
    )


_NOTES = "♩♪♫♬"
_SAID_BESIDES = ("So", "Cs")
"""Emoji; and halves of characters, which are refused or mended, but not passed over."""


def _holds_keys(value: Scalar) -> bool:
    return any(map(_is_key, value)) if isinstance(value, str) else value is not False


def _is_key(character: str) -> bool:
    return character.isalnum() or character in "*#"


@lru_cache(maxsize=4096)
def fact_name(name: object) -> str:
    """A name as facts go by it. Raises BadEvent for one that no event may set."""
    key = fold(mended(name)) if isinstance(name, str) else ""
    if not key.strip():
        raise BadEvent("a fact's name must be text")
    if key.startswith(("call.", "lead.")):
        raise BadEvent(
            f"{name} can't be set by an event: what begins with call. or lead. comes from the platform"
        )
    if key in COMPUTED:
        raise BadEvent(f"{name} can't be set by an event: it follows from the clock and the call")
    return key


def flatten(facts: Mapping[str, object]) -> Iterable[tuple[str, Value]]:
    """The leaves of nested facts under dotted names. Raises BadEvent for a shape that no fact can have."""
    for path, value in leaves(facts):
        yield path, fact_value(path, value)


def leaves(facts: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    """What nested facts hold under dotted names, whatever its shape; null is left out. Raises BadEvent for a
    name that is no text."""
    if prefix.count(".") > MAX_DEPTH:
        raise BadEvent(f"facts may be nested {MAX_DEPTH} deep")
    for name, value in facts.items():
        if not isinstance(name, str) or not name.strip():
            raise BadEvent("a fact's name must be text")
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", value


def fact_value(name: str, value: object) -> Value:
    """A value as a fact holds it; a list becomes a tuple. Raises BadEvent for one that no fact can have."""
    if isinstance(value, list | tuple):
        return tuple(_scalar(name, item) for item in value)
    return _scalar(name, value)


def _is_writable(number: int) -> bool:
    """Whether it is within a float's range. Python itself refuses to write out what is far larger."""
    return number.bit_length() <= 1024


def _scalar(name: str, value: object) -> Scalar:
    if isinstance(value, str):
        return mended(value)
    if isinstance(value, int) and _is_writable(value):
        return value
    if isinstance(value, float) and value - value == 0.0:
        return value
    raise BadEvent(f"{name} must be text, a number, yes or no, or a list of these")
