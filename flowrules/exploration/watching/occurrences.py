"""How often what a promise speaks of has happened in a story: counted as the engine counts for a rule."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flowrules.compiler.guards.scope import Scope
from flowrules.compiler.times.moment import Moment
from flowrules.compiler.triggers import trigger_test
from flowrules.engine.state import value_counter
from flowrules.language.nodes import On
from flowrules.language.values import Value

_ANY = ""
_LONG_AGO = 2


class Seen(NamedTuple):
    """What was counted of one value (of `_ANY`, where values do not matter): turns in all and turns without a gap, each
    no more than is asked for, and how many turns ago the last of them was."""

    value: str
    total: int
    run: int
    ago: int


Counted = tuple[Seen, ...]


class Occurrences:
    """Counts for one trigger. What is remembered (`Counted`) is relative to the turn of the last event, so that stories
    that differ only in how long they are stay one."""

    def __init__(self, on: On, scope: Scope) -> None:
        self._tests = tuple(trigger_test(test, scope) for test in on.tests)
        self._same = on.tests[0].name.key if on.same else None
        self._wanted = on.times.count if on.times else 1
        self._in_a_row = on.times is not None and on.times.in_a_row

    @property
    def counts(self) -> bool:
        return self._wanted > 1

    def happen(self, carried: Mapping[str, Value], moment: Moment) -> bool:
        """Whether an event is one of those that are counted."""
        return any(test(carried, moment) is True for test in self._tests)

    def count(self, counted: Counted, carried: Mapping[str, Value]) -> tuple[Counted, bool]:
        """An event of this kind has happened: what is remembered then, and whether that was often enough."""
        known = {seen.value: seen for seen in counted}
        enough = False
        for value in self._values(carried):
            seen = known.get(value)
            if seen is None:
                seen = Seen(value, 1, 1, 0)
            elif seen.ago > 0:
                run = seen.run + 1 if seen.ago == 1 else 1
                seen = Seen(value, min(seen.total + 1, self._wanted), min(run, self._wanted), 0)
            known[value] = seen
            enough = enough or (seen.run if self._in_a_row else seen.total) >= self._wanted
        return tuple(sorted(known.values())), enough

    def _values(self, carried: Mapping[str, Value]) -> Iterable[str]:
        if self._same is None:
            return (_ANY,)
        value = carried[self._same]
        return {value_counter(_ANY, one) for one in (value if isinstance(value, tuple) else (value,))}


def turned(counted: Counted, turns: int) -> Counted:
    """What is remembered `turns` turns later."""
    if not turns:
        return counted
    return tuple(seen._replace(ago=min(seen.ago + turns, _LONG_AGO)) for seen in counted)
