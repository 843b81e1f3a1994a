"""When a decision is made: now, how far the call is, and what follows from both."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flowrules.compiler.calendar import Calendar
from flowrules.language.values import Scalar


class Moment:
    """One point of a call's time. Local times and opening hours are worked out when first asked, then kept,
    so that many rules may ask the same thing."""

    __slots__ = ("_local", "_open", "now", "started_at", "turn")

    def __init__(self, now: datetime, started_at: datetime, turn: int = 0) -> None:
        """`now` and `started_at` are aware; `turn` counts the call's turns from 1."""
        self.now = now
        self.started_at = started_at
        self.turn = turn
        self._local: dict[ZoneInfo, datetime] | None = None
        self._open: dict[int, bool] | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the call began."""
        return (self.now - self.started_at).total_seconds()

    def local(self, zone: ZoneInfo) -> datetime:
        """Now, as the zone's clock shows it."""
        if self._local is None:
            self._local = {}
        local = self._local.get(zone)
        if local is None:
            local = self._local[zone] = self.now.astimezone(zone)
        return local

    def is_open(self, calendar: Calendar) -> bool:
        if self._open is None:
            self._open = {}
        known = self._open.get(id(calendar))
        if known is None:
            known = self._open[id(calendar)] = calendar.open_at(self.now)
        return known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Moment) and self._place() == other._place()

    def __hash__(self) -> int:
        return hash(self._place())

    def __repr__(self) -> str:
        return f"Moment({self.now.isoformat()}, started_at={self.started_at.isoformat()}, turn={self.turn})"

    def _place(self) -> tuple[datetime, datetime, int]:
        return self.now, self.started_at, self.turn


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _time(moment: Moment, zone: ZoneInfo) -> str:
    return moment.local(zone).strftime("%H:%M")


def _today(moment: Moment, zone: ZoneInfo) -> str:
    return DAYS[moment.local(zone).weekday()]


def _date(moment: Moment, zone: ZoneInfo) -> str:
    return moment.local(zone).date().isoformat()


def _turn(moment: Moment, zone: ZoneInfo) -> int:
    return moment.turn


def _elapsed(moment: Moment, zone: ZoneInfo) -> float:
    return moment.elapsed


COMPUTED: Mapping[str, Callable[[Moment, ZoneInfo], Scalar]] = {
    "time": _time,
    "today": _today,
    "date": _date,
    "turn": _turn,
    "call.elapsed": _elapsed,
}
"""Facts that follow from the moment, as a text or a log shows them; nobody can supply them."""
