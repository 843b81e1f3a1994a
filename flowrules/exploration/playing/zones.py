"""Time zones that a fact of the call may name: one in which hours are open, one in which they are closed, and none."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.clocks import CallClock
from flowrules.compiler.times.instants import at_clock
from flowrules.scenarios.givens import DEFAULT_DAY

NOON = 12 * 60
ELSEWHERE = ("Europe/London", "America/New_York", "Pacific/Auckland")
"""Each some five hours from the next, so that one of them has another time of day than any place."""
NO_ZONE = "nowhere"


def zones_of_calls(ruleset: RuleSet) -> Iterator[tuple[str, str]]:
    """The facts that name a time zone, each with values for it: a zone whose clock shows what the rules' own shows, one
    far from it, and a word that names none."""
    noon = at_clock(DEFAULT_DAY, NOON, ruleset.zone)
    for clock in dict.fromkeys(_clocks(ruleset)):
        yield clock.fact, str(ruleset.zone)
        yield clock.fact, _other(ruleset, clock, noon)
        yield clock.fact, NO_ZONE


def _clocks(ruleset: RuleSet) -> Iterator[CallClock]:
    clocks = (hours.clock for hours in ruleset.calendars.values())
    for clock in (*clocks, *(spec.clock for spec in ruleset.timers)):
        if isinstance(clock, CallClock):
            yield clock


def _other(ruleset: RuleSet, clock: CallClock, noon: datetime) -> str:
    """A zone in which it is the other way with the first hours that go by this clock; else one far off."""
    for hours in ruleset.calendars.values():
        if hours.clock == clock:
            here = hours.of_call({clock.fact: str(ruleset.zone)}.get)
            for zone in ELSEWHERE:
                there = hours.of_call({clock.fact: zone}.get)
                if here is not None and there is not None and here.open_at(noon) is not there.open_at(noon):
                    return zone
    return max(ELSEWHERE, key=lambda zone: abs(_offset(zone, noon) - _offset(str(ruleset.zone), noon)))


def _offset(zone: str, at: datetime) -> float:
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset.total_seconds()
