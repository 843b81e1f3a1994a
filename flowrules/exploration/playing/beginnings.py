"""How a call may come up: what the platform tells of it, and what time it is."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.calendar import Calendar
from flowrules.compiler.times.clocks import clock_of
from flowrules.compiler.times.instants import at_clock
from flowrules.engine.preview import PLATFORM_FACTS
from flowrules.exploration.playing.asked import Asked
from flowrules.exploration.playing.moves import Begins
from flowrules.exploration.playing.zones import NOON, zones_of_calls
from flowrules.language.nodes import AtTime, Compare, Kind
from flowrules.language.values import Value
from flowrules.scenarios.comparing.samples import samples
from flowrules.scenarios.givens import DEFAULT_DAY

MINUTE = timedelta(minutes=1)
DAY = 24 * 60


def beginnings(ruleset: RuleSet, asked: Asked) -> tuple[Begins, ...]:
    """The ordinary beginning first: on a Monday at noon, with all that the rules want to hear from the platform. Then
    one thing is otherwise: a fact has another value, or none; all are unknown; it is another time."""
    noon = at_clock(DEFAULT_DAY, NOON, ruleset.zone)
    told = tuple(_told(ruleset, asked))
    ordinary, *others = told
    times = dict.fromkeys(_times(ruleset, asked, noon))
    found = [Begins(noon, ordinary, {})]
    found += [Begins(noon, facts, {}) for facts in others]
    found += [Begins(at, ordinary, {}) for at in times if at != noon]
    return tuple(found)


def changes(ruleset: RuleSet, begins: Iterable[Begins]) -> tuple[datetime, ...]:
    """The moments right after a beginning at which opening hours begin or end."""
    moments = {
        begin.at + MINUTE
        for begin in begins
        for hours in ruleset.calendars.values()
        if (calendar := hours.of_call({**begin.told, **begin.known}.get)) is not None
        and calendar.open_at(begin.at) is not calendar.open_at(begin.at + MINUTE)
    }
    return tuple(sorted(moments))


def _told(ruleset: RuleSet, asked: Asked) -> Iterator[Mapping[str, Value]]:
    """What the platform may tell: for each fact the values that questions to it are met and missed by."""
    values: dict[str, dict[Value, None]] = {}
    for compare in asked.compares:
        name = compare.fact.key
        if name.startswith(PLATFORM_FACTS) and not name.startswith("call."):
            known = values.setdefault(name, {})
            for meet in (True, False):
                known.update(dict.fromkeys(v for v in samples(compare, ruleset, meet=meet) if v is not None))
    for name, zone in zones_of_calls(ruleset):
        if name.startswith(PLATFORM_FACTS):
            values.setdefault(name, {})[zone] = None
    for name in asked.facts:
        if name.startswith(PLATFORM_FACTS) and not name.startswith("call."):
            values.setdefault(name, {f"some {name}": None})
    ordinary = {name: next(iter(known)) for name, known in values.items() if known}
    yield ordinary
    for name, known in values.items():
        others = {one: value for one, value in ordinary.items() if one != name}
        for value in [*known][1:]:
            yield {**others, name: value}
        yield others
    if len(ordinary) > 1:
        yield {}


def _times(ruleset: RuleSet, asked: Asked, noon: datetime) -> Iterator[datetime]:
    """For each of the opening hours a moment inside, one outside and the last minutes before both; for each question to
    the clock a moment on either side; for each timer of the clock the minute before."""
    zone = ruleset.zone
    for calendar in ruleset.calendars.values():
        yield from _around(calendar, noon)
    for rule in ruleset.rules:
        if isinstance(rule.rule.trigger, AtTime):
            minutes = rule.rule.trigger.time.value
            assert isinstance(minutes, int)
            clock = clock_of(rule.rule.trigger.zone, zone)
            there = clock if isinstance(clock, ZoneInfo) else clock.otherwise or zone
            yield at_clock(DEFAULT_DAY, max(minutes - 1, 0), there)
    for compare in asked.compares:
        for minutes in _edges(compare):
            yield at_clock(DEFAULT_DAY, minutes, zone)


def _around(calendar: Calendar, noon: datetime) -> Iterator[datetime]:
    """The minute before a change on the first day that has one, and a moment when it is the other way."""
    at, was = noon, calendar.open_at(noon)
    for _ in range(7 * DAY):
        at += MINUTE
        if calendar.open_at(at) is not was:
            yield at - MINUTE
            yield at + timedelta(hours=1)
            break
    opening = calendar.next_opening(noon)
    if opening is not None:
        yield opening - MINUTE


def _edges(compare: Compare) -> Iterator[int]:
    """Minutes from the Monday's midnight on."""
    for value in compare.values:
        match compare.fact.key, value.kind, value.value:
            case "time", Kind.TIME, int(minutes):
                yield from (minutes + step for step in (-1, 0, 1) if minutes + step >= 0)
            case "today", _, _:
                yield from (day * DAY + NOON for day in range(7))
            case "date", Kind.DATE, date() as day:
                yield from ((day - DEFAULT_DAY).days * DAY + step * DAY + NOON for step in (-1, 0, 1))
