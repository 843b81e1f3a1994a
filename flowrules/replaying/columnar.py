"""Looks up calls that stand in columns: what their rows say to the rules is found out column by column, once for each
different value, and the walk goes over numbers."""

from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any

from flowrules.call.inputs import Reported
from flowrules.engine.event import Source
from flowrules.recordings.cells import Cells, listed, together
from flowrules.recordings.column_calls import ColumnCall, ColumnRows
from flowrules.replaying.asking import MOST_VALUES, Values
from flowrules.replaying.course import MOST_KEYS
from flowrules.replaying.edges import LONGEST, Edge, Node
from flowrules.replaying.known import Known
from flowrules.replaying.matching import MOST_EVENTS

_ABSENT = -2
"""The class of what an event does not carry."""


class ColumnWalk:
    """Walks over what is known of two rule sets. It is not used where time alone may set a rule off."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._asking = known.asking
        self.usable = not known.asking.timed and not known.asking.any_event
        self._classes: dict[tuple[str, type], dict[Any, int]] = {}
        self._numbers: dict[tuple[str, ...], dict[tuple[int, ...], int]] = {}
        self._roots: dict[tuple[Hashable, ...], Node] = {}

    def walk(self, call: ColumnCall) -> Sequence[Edge] | None:
        """The course of a call; None where it has to be looked up, or played, event by event. Raises TooMany."""
        rows, start, stop = call
        if stop - start > MOST_EVENTS or (stop - start) * len(rows.facts) > MOST_KEYS:
            return None
        signs = self._signs(rows)
        times = rows.times
        node: Node | None = self._root(call)
        free: datetime | None = None
        old_says = new_says = times.at(start)
        edges: list[Edge] = []
        for row in range(start, stop):
            if node is None:
                return None
            edge = node.edges.get(signs[row])
            if edge is None:
                received = Reported(row - start + 1, rows.event(row), "")
                edge = self._known.step(node, signs[row], received, times.at(row))
                if edge is None:
                    return None
            if free is not None and times.at(row) < free:
                return None
            if edge.takes_time:
                when = times.at(row)
                if edge.speaks_last and (old_says > when or new_says > when):
                    return None
                if edge.span:
                    free = when + edge.span
                    if edge.span > LONGEST or self._moment(free) != self._moment(when):
                        return None
                if edge.old.says:
                    old_says = max(old_says, when) + edge.old.says
                if edge.new.says:
                    new_says = max(new_says, when) + edge.new.says
            edges.append(edge)
            node = edge.target
        return None if node is None else edges

    # --- inside ---

    def _moment(self, when: datetime) -> int:
        return self._asking.minute_class(when) if self._asking.asks_clock else 0

    def _root(self, call: ColumnCall) -> Node:
        rows, start, _ = call
        key = tuple([(name, type(value := cells.at(start)), value) for name, cells in rows.beside])
        found = self._roots.get(key)
        if found is None:
            if len(self._roots) > _MOST_ROOTS:
                self._roots.clear()
            found = self._roots[key] = self._known.root(call.made())
        return found

    def _signs(self, rows: ColumnRows) -> list[int]:
        """The number of what happens in each row."""
        if rows.signs is not None and rows.signs[0] is self:
            return rows.signs[1]
        asked = [(name, cells) for name, cells in rows.facts if name in self._asking.values]
        names = tuple([name for name, _ in asked])
        columns = [(self._of_column(name, cells), cells) for name, cells in asked]
        told = [(classes, cells.column) for classes, cells in columns]
        if self._asking.asks_clock:
            minutes, places = rows.times.minutes()
            told.append(([self._asking.minute_class(minute) for minute in minutes], places))
        known = self._numbers.setdefault(names, {})
        found = together(told) if any(places is not None for _, places in told) else None
        if found is not None:
            different, each = found
        else:
            different = (
                list(zip(*(_spread(*one) for one in told), strict=True)) if told else [()] * len(rows.ids)
            )
            each = None
        signs: list[int] = []
        for classes in different:
            number = known.get(classes)
            if number is None:
                number = known[classes] = self._known.number(self._sign(names, classes))
            signs.append(number)
        if each is not None:
            signs = [signs[number] for number in listed(each)]
        rows.signs = self, signs
        return signs

    def _sign(self, names: Sequence[str], classes: Sequence[int]) -> Hashable:
        """What `Course.sign` says of the same event."""
        told = tuple([(name, one) for name, one in zip(names, classes, strict=False) if one != _ABSENT])
        return told, classes[-1] if self._asking.asks_clock else 0, Source.HOST

    def _of_column(self, name: str, cells: Cells) -> list[int]:
        """The classes of what the column has made of its values."""
        values = self._asking.values[name]
        if cells.column is None:
            return self._of_values(name, values, cells.made)
        return [_ABSENT if value is None else values.of(value) for value in cells.made]

    def _of_values(self, name: str, values: Values, held: Sequence[Any]) -> list[int]:
        """Of a column whose values are all of one type."""
        kind = type(next((value for value in held if value is not None), None))
        if any(type(value) is not kind for value in held if value is not None):
            return [_ABSENT if value is None else values.of(value) for value in held]
        known = self._classes.setdefault((name, kind), {None: _ABSENT})
        if len(known) > MOST_VALUES:
            known.clear()
            known[None] = _ABSENT
        found = []
        for value in held:
            one = known.get(value)
            if one is None:
                one = known[value] = values.of(value)
            found.append(one)
        return found


def _spread(classes: Sequence[int], places: Any) -> Sequence[int]:
    """The class of each row."""
    return classes if places is None else [classes[place] for place in listed(places)]


_MOST_ROOTS = 10_000
