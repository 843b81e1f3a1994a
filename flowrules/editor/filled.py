"""What completion proposes of the rule set itself: snippets with names that are there, and moments for its hours."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flowrules.compiler.times.calendar import Calendar, compile_calendar
from flowrules.editor.index import Index
from flowrules.editor.names import Kind
from flowrules.editor.spelling import written
from flowrules.language.names import fold
from flowrules.language.nodes import Hours, ListDef, Rule, Timezone
from flowrules.scenarios.givens import DEFAULT_DAY

_MONDAY = datetime.combine(DEFAULT_DAY, time())
"""The first day of the week in which moments are proposed."""
_CLOCKS = (11, 12, 10, 15, 9, 18, 6, 2, 20, 22)
"""Hours of a day, those first that mostly fall into opening hours, and those last that do not."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Moment(NamedTuple):
    """As it is written behind `given time is`, and what it is good for."""

    text: str
    detail: str


def moments(index: Index) -> Iterator[Moment]:
    """A moment in each of the opening hours, and one outside of them, by the clock of the rules."""
    zone = _zone(index)
    calendars = list(_calendars(index, zone))
    for calendar in calendars:
        for is_open, what, clocks in ((True, "is open", _CLOCKS), (False, "is closed", _CLOCKS[::-1])):
            week = (_MONDAY + timedelta(days=day, hours=hour) for day in range(7) for hour in clocks)
            at = next((one for one in week if calendar.open_at(one.replace(tzinfo=zone)) is is_open), None)
            if at is not None:
                yield Moment(f"{at:%Y-%m-%d %H:%M}", f"{_DAYS[at.weekday()]}, {calendar.name} {what}")
    if not calendars:
        yield Moment(f"{_MONDAY:%Y-%m-%d} 12:00", "Monday at noon")


def _zone(index: Index) -> tzinfo:
    named = next(
        (block.item for file in index.files for block in file.blocks if isinstance(block.item, Timezone)),
        None,
    )
    try:
        return UTC if named is None else ZoneInfo(str(named.zone.value))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _calendars(index: Index, zone: tzinfo) -> Iterator[Calendar]:
    declared = {key: found.block.item for key, found in index.declared.items()}
    lists = {key: item for (_, key), item in declared.items() if isinstance(item, ListDef)}
    for item in declared.values():
        if isinstance(item, Hours):
            try:
                yield compile_calendar(item, zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"), lists)
            except (KeyError, ValueError, ZoneInfoNotFoundError):
                continue  # They have a mistake, which is told elsewhere.


def filled(body: str, index: Index) -> str:
    """A snippet with names that the rule set has, where it has some. A test is of a rule that is there; any other block
    is a new one, of an intent that no rule waits for yet."""
    event, transfer = _tested(index) if body.startswith("test") else (_new_event(index), "")
    own = {
        "intent=sales": event,
        "transfer queue sales": transfer or _transfer(index),
        "queue sales": _queue(index),
        "at the end ${2:call.disposition is known}": _never_when_closed(index),
    }
    return _EXAMPLES.sub(lambda example: own[example[0]] or example[0], body)


_EXAMPLES = re.compile(
    r"intent=sales|transfer queue sales|queue sales|at the end \$\{2:call\.disposition is known\}"
)
_TRANSFERS = {
    Kind.DESTINATION: "transfer to",
    Kind.QUEUE: "transfer queue",
    Kind.AGENT: "transfer agent",
}
_NEW = ("sales", "refund", "complaint", "something_else")


def _tested(index: Index) -> tuple[str, str]:
    """The intent and the transfer of the first rule that has both; what is used most where none has."""
    for file in index.files:
        for block in file.blocks:
            if isinstance(block.item, Rule):
                names = index.names_of(block)
                value = next((one for one in names if one.kind is Kind.VALUE and one.of == "intent"), None)
                target = next((one for one in names if one.kind in _TRANSFERS), None)
                if value is not None and target is not None:
                    return _event(value.text), _written_transfer(target.kind, target.text)
    value_used = _most_used(index, Kind.VALUE, "intent")
    return _event(value_used) if value_used else "", ""


def _new_event(index: Index) -> str:
    declared = index.fact("intent")
    values = () if declared is None else tuple(str(one.value) for one in declared.values)
    # Where values are declared, each is named once by that.
    fresh = (one for one in values or _NEW if index.uses(Kind.VALUE, fold(one), "intent") <= bool(values))
    return next(map(_event, fresh), "")


def _most_used(index: Index, kind: Kind, of: str = "") -> str:
    known = index.spelled(kind, of)
    key = max(known, key=lambda one: index.uses(kind, one, of), default=None)
    return "" if key is None else known[key]


def _event(value: str) -> str:
    return f"intent={written(Kind.VALUE, value)}"


def _transfer(index: Index) -> str:
    for kind in _TRANSFERS:
        if name := _most_used(index, kind):
            return _written_transfer(kind, name)
    return ""


def _written_transfer(kind: Kind, name: str) -> str:
    return f"{_TRANSFERS[kind]} {written(kind, name)}"


def _never_when_closed(index: Index) -> str:
    """What is promised of opening hours, where some are declared."""
    hours = (found.block.item for found in index.declared.values())
    name = next((str(one.name.text) for one in hours if isinstance(one, Hours)), "")
    return f"never ${{2:transfer}} when ${{3:{name} is closed}}" if name else ""


def _queue(index: Index) -> str:
    name = _most_used(index, Kind.QUEUE)
    return f"queue {written(Kind.QUEUE, name)}" if name else ""
