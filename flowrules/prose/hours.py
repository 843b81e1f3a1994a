"""Opening hours in sentences, from the calendar that the engine asks: equal hours are told alike."""

from collections.abc import Iterable, Iterator
from datetime import date

from flowrules.compiler.times.calendar import Calendar, Window
from flowrules.compiler.times.instants import MIDNIGHT
from flowrules.prose.page import Named
from flowrules.prose.values import DAYS, clock, day_of, listed


def hours(calendar: Calendar, name: str) -> Named:
    return Named(name, tuple(_lines(calendar)))


def _lines(calendar: Calendar) -> Iterator[str]:
    open_days = False
    for first, last, windows in _runs(calendar.week):
        if windows:
            open_days = True
            days = DAYS[first] if first == last else f"{DAYS[first]} to {DAYS[last]}"
            yield f"{days}: {_windows(windows)}."
    if not open_days:
        yield "Closed on all days of the week."
    opened: dict[tuple[Window, ...], list[date]] = {}
    for day in sorted(calendar.dates):
        opened.setdefault(calendar.dates[day], []).append(day)
    for windows, days_off in sorted(opened.items(), key=lambda item: (item[0] == (), item[1])):
        names = listed([day_of(day) for day in days_off])
        yield f"On {names}: {_windows(windows)}." if windows else f"Closed on {names}."
    if calendar.holidays:
        kept = " (unless that day is named above)" if opened else ""
        countries = listed(sorted(set(map(str.upper, calendar.holidays))))
        yield f"Closed on the public holidays of {countries}{kept}."
    if calendar.clock is None:
        yield f"The clock is that of {calendar.zone}."
        return
    yield f"The clock is that of the time zone which {calendar.clock.fact} names."
    otherwise = calendar.clock.otherwise
    yield (
        "Where it names none, nobody knows whether these hours are open."
        if otherwise is None
        else f"Where it names none, the clock is that of {otherwise}."
    )


def _runs(week: tuple[tuple[Window, ...], ...]) -> Iterator[tuple[int, int, tuple[Window, ...]]]:
    """Days one after the other with the same windows: the first, the last, the windows."""
    first = 0
    for day in range(1, len(week) + 1):
        if day == len(week) or week[day] != week[first]:
            yield first, day - 1, week[first]
            first = day


def _windows(windows: Iterable[Window]) -> str:
    return listed([_window(*window) for window in windows])


def _window(start: int, end: int) -> str:
    if (start, end) == (0, MIDNIGHT):
        return "all day"
    if end > MIDNIGHT:
        return f"{clock(start)} to {clock(end - MIDNIGHT)} of the next day"
    return f"{clock(start)} to {clock(end)}"
