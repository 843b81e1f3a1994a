"""Opening hours, ready to be asked: open now? and when next?

A window is a stretch of real time between two readings of the zone's clock. On the day a clock is put back, a
shop opens once and closes once; where a clock jumps over an opening time, it opens that much later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flowrules.analysis.model.holiday_dates import holiday_dates, holiday_name
from flowrules.compiler.times.clocks import CallClock, LookUp, clock_of
from flowrules.compiler.times.instants import MIDNIGHT, at_clock, exists
from flowrules.language.nodes import ClosedOn, Holidays, Hours, ListDef, OpenDate, Opening, OpenWeek

HORIZON = 366
"""Days that are looked through for a next opening, behind the last date that the hours name."""
REMEMBERED_DAYS = 1024

Window = tuple[int, int]
"""Minutes after midnight of the day it belongs to; an end past `MIDNIGHT` lies on the next day."""
Stretch = tuple[float, float]
"""Seconds since the epoch: from inclusive, to exclusive."""


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """Opening hours in a zone. `week` holds seven days, Monday first; a date beats a weekday, and a date's
    windows beat a public holiday."""

    name: str
    zone: ZoneInfo
    """Where the zone is a call's, the one that is taken outside of any call."""
    week: tuple[tuple[Window, ...], ...]
    dates: Mapping[date, tuple[Window, ...]]
    holidays: tuple[str, ...] = ()
    clock: CallClock | None = None
    """Whose clock it is, where a fact of the call names the zone."""
    _days: dict[date, tuple[Stretch, ...]] = field(default_factory=dict, repr=False)
    _elsewhere: "dict[ZoneInfo, Calendar]" = field(default_factory=dict, repr=False)

    def of_call(self, look_up: LookUp) -> "Calendar | None":
        """These hours by the clock of a call; None where its zone is unknown."""
        if self.clock is None:
            return self
        zone = self.clock.zone(look_up)
        if zone is None:
            return None
        if zone not in self._elsewhere:
            self._elsewhere[zone] = Calendar(self.name, zone, self.week, self.dates, self.holidays)
        return self._elsewhere[zone]

    def day(self, now: datetime) -> date:
        """The day that these hours' clock shows."""
        return now.astimezone(self.zone).date()

    def holiday(self, day: date) -> str | None:
        """What public holiday a day is, in the words of its calendar; None where it is none."""
        names = (holiday_name(calendar, day) for calendar in self.holidays)
        return next((name for name in names if name is not None), None)

    def closed_for(self, day: date) -> str | None:
        """The public holiday for which these hours are closed on a day that is otherwise open; None where there is
        none."""
        return self.holiday(day) if day not in self.dates and self.week[day.weekday()] else None

    def open_at(self, now: datetime) -> bool:
        """Whether these hours hold at an aware moment; a start belongs to them, an end does not."""
        second = now.timestamp()
        return any(start <= second < end for start, end in self._near(now.astimezone(self.zone).date()))

    def next_opening(self, now: datetime) -> datetime | None:
        """The instant of the first opening after `now`. While open it is the one behind the next closing.
        None where there is none: hours that never open, or never close."""
        second = now.timestamp()
        closes = None
        for start, end in self._from(now.astimezone(self.zone).date()):
            if start > second and (closes is None or start > closes):
                return datetime.fromtimestamp(start, UTC)
            if start <= second < end or (closes is not None and start <= closes):
                closes = max(end, closes or end)
        return None

    def _from(self, day: date) -> Iterator[Stretch]:
        """Stretches from the day before `day` on, by their start."""
        last = max(self.dates, default=day)
        days = min(max((last - day).days, 0) + HORIZON, (date.max - day).days - 1)
        if day > date.min:
            yield from self._windows(day - timedelta(days=1))
        for ahead in range(days):
            yield from self._windows(day + timedelta(days=ahead))

    def _near(self, day: date) -> tuple[Stretch, ...]:
        """What can hold on a day: its own windows, the last day's that run past midnight, and the next day's, which
        have begun where a clock is put back from one day into the last."""
        near = self._days.get(day)
        if near is None:
            near = tuple(
                stretch for ahead in (-1, 0, 1) for stretch in self._windows(day + timedelta(days=ahead))
            )
            if len(self._days) >= REMEMBERED_DAYS:
                self._days.clear()
            self._days[day] = near
        return near

    def _windows(self, day: date) -> tuple[Stretch, ...]:
        if not exists(day, self.zone):
            return ()
        windows = self.dates.get(day)
        if windows is None:
            closed = any(day in holiday_dates(calendar, day.year) for calendar in self.holidays)
            windows = () if closed else self.week[day.weekday()]
        stretches = (
            (at_clock(day, start, self.zone).timestamp(), at_clock(day, end, self.zone).timestamp())
            for start, end in windows
        )
        return tuple((start, end) for start, end in stretches if start < end)


def compile_calendar(hours: Hours, default_zone: ZoneInfo, lists: Mapping[str, ListDef]) -> Calendar:
    """Checked hours as a calendar, in their own zone or else the rule set's. `lists` are those of the rule set.

    Raises `zoneinfo.ZoneInfoNotFoundError` where the zone has no data, which the checks refuse before.
    """
    week: list[list[Window]] = [[] for _ in range(7)]
    dates: dict[date, list[Window]] = {}
    closed: set[date] = set()
    holidays: list[str] = []
    for line in hours.lines:
        match line:
            case OpenWeek(days, openings):
                for day in days:
                    week[day].extend(map(_window, openings))
            case OpenDate(literals, openings):
                for literal in literals:
                    dates.setdefault(_date(literal.value), []).extend(map(_window, openings))
            case ClosedOn(literals, names):
                listed = (literal for name in names for literal in lists[name.key].values)
                closed.update(_date(literal.value) for literal in (*literals, *listed))
            case Holidays(calendar):
                holidays.append(calendar.text)
    clock = clock_of(hours.zone, default_zone)
    call = clock if isinstance(clock, CallClock) else None
    return Calendar(
        hours.name.text,
        clock if isinstance(clock, ZoneInfo) else clock.otherwise or default_zone,
        tuple(tuple(sorted(windows)) for windows in week),
        {day: tuple(sorted(windows)) for day, windows in dates.items()} | dict.fromkeys(closed, ()),
        tuple(holidays),
        call,
    )


def _window(opening: Opening) -> Window:
    start, end = opening.start.value, opening.end.value
    assert isinstance(start, int)
    assert isinstance(end, int)
    return (start, end if end > start else end + MIDNIGHT)


def _date(value: object) -> date:
    assert isinstance(value, date)
    return value
