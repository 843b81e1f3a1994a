"""Stretches of time between two edits of the rules, with their numbers; and hours or days."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flowrules.reporting.model import Numbers, Period

_MANY_HOURS = 24 * 7


@dataclass(slots=True)
class Tally:
    """Numbers that grow."""

    calls: int = 0
    events: int = 0
    unmatched: int = 0
    verbs: int = 0
    failed: int = 0

    def numbers(self) -> Numbers:
        return Numbers(self.calls, self.events, self.unmatched, self.verbs, self.failed)

    def add(self, other: "Tally") -> None:
        self.calls += other.calls
        self.events += other.events
        self.unmatched += other.unmatched
        self.verbs += other.verbs
        self.failed += other.failed


@dataclass(slots=True)
class Stretch:
    """While the rules of one revision were live, from `at` on. `rules`: how often each took an event, by its id."""

    revision: str
    at: str
    tally: Tally = field(default_factory=Tally)
    rules: Counter[str] = field(default_factory=Counter)


class Times:
    """A tally for each quarter of an hour, told by hours, or by days where there are many."""

    def __init__(self) -> None:
        self._quarters: dict[datetime, Tally] = {}
        self._last: tuple[str, Tally] = "", Tally()

    def of(self, at: str) -> Tally:
        """That of the quarter in which something was written at this moment (UTC, as the journal tells it)."""
        minute = at[:16]
        if minute != self._last[0]:
            begins = datetime.fromisoformat(f"{minute}:00+00:00")
            begins -= timedelta(minutes=begins.minute % 15)
            self._last = minute, self._quarters.setdefault(begins, Tally())
        return self._last[1]

    def periods(self, zone: ZoneInfo) -> tuple[bool, tuple[Period, ...]]:
        """Whether they are hours, and the periods from the first to the last, those in which nothing happened too. They
        begin with an hour or a day of the zone."""
        if not self._quarters:
            return True, ()
        hourly = max(self._quarters) - min(self._quarters) <= timedelta(hours=_MANY_HOURS)
        found: dict[datetime, Tally] = {}
        for quarter in sorted(self._quarters):
            local = quarter.astimezone(zone).replace(minute=0)
            begins = local.astimezone(UTC) if hourly else local.replace(hour=0, fold=0)
            found.setdefault(begins, Tally()).add(self._quarters[quarter])
        begins, last = min(found), max(found)
        periods = []
        while begins <= last:
            tally = found.get(begins, Tally())
            periods.append(Period(begins.astimezone(zone).isoformat(timespec="minutes"), tally.numbers()))
            # In a zone's own time a day is as long as it is; an hour is one anywhere.
            begins += timedelta(hours=1) if hourly else timedelta(days=1)
        return hourly, tuple(periods)
