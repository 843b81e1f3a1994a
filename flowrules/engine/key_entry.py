"""An entry of several keys: which keys belong to it, and when it is over.

It begins with a key. It is over with the key #, with as many keys as the longest entry has that rules wait for, or
when no key comes for a while. Then it is an event of its own, `keys`, behind those of its single keys (`dtmf`).
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from flowrules.compiler.guards.conditions import operands
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import Event, Source, Turn
from flowrules.language.nodes import Compare, Kind, On, Op
from flowrules.language.operators import BY_OP, Family

KEYS = "keys"
LAST_KEY = "#"
COMPLETE, PAUSE = ">keys", ">pause"
"""What its event is called behind the name of the last key's."""
MAX_KEYS = 64
"""So many keys are an entry in any case."""


class Entry(NamedTuple):
    """Keys that were pressed so far. `last` is when the last one was; `event_id` and `turn` are those of its event."""

    keys: str
    last: datetime
    event_id: str
    turn: Turn | None

    def as_event(self, name: str) -> Event:
        """`on anything` has taken the single keys already."""
        keys = {KEYS: self.keys}
        return Event(keys, frozenset(keys), Source.CALLER, event_id=name, reported=False, turn=self.turn)


def with_keys(entry: Entry | None, event: Event, now: datetime) -> Entry:
    """The entry after an event that tells of a key; of several, where they came together: they are of one entry."""
    value = event.keys["dtmf"]
    keys = "".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return Entry((entry.keys if entry else "") + keys, now, event.event_id, event.turn)


def ends_entry(ruleset: RuleSet, keys: str, name: str) -> bool:
    """Whether an entry of these keys is over with the event of this name: after a pause it is."""
    longest = _longest(ruleset)
    complete = keys.endswith(LAST_KEY) or len(keys) >= (MAX_KEYS if longest is None else longest)
    return complete or name.endswith(PAUSE)


@lru_cache(maxsize=16)
def waits_for_keys(ruleset: RuleSet) -> bool:
    """Whether a rule waits for an entry."""
    return any(True for _ in _asked(ruleset))


@lru_cache(maxsize=16)
def _longest(ruleset: RuleSet) -> int | None:
    """How many keys the longest entry has that a rule waits for. None: a rule takes entries of any length."""
    lengths = [_length(test, ruleset) for test in _asked(ruleset)]
    known = [one for one in lengths if one is not None]
    return max(known, default=None) if len(known) == len(lengths) else None


def _asked(ruleset: RuleSet) -> Iterator[Compare | None]:
    """How rules ask for an entry; None: for any. A rule that names what an entry is not waits for no longer one."""
    for rule in ruleset.rules:
        trigger = rule.rule.trigger
        if isinstance(trigger, On):
            for test in trigger.tests:
                if test.name.key == KEYS and not (test.test and BY_OP[test.test.op].negative):
                    yield test.test


def _length(test: Compare | None, ruleset: RuleSet) -> int | None:
    """How many keys an entry has at most that meets a test; None: any number."""
    if test is None:
        return None
    values = operands(test, ruleset.scope)
    if test.op is Op.IS_DIGITS:
        return int(str(values[0].value))
    if BY_OP[test.op].family is Family.AMONG and all(one.kind is not Kind.YESNO for one in values):
        return max((len(str(one.value)) for one in values), default=None)
    return None
