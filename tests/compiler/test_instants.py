"""Instants: elapsed time is counted in UTC, whatever a zone's clock does meanwhile."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowrules
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.compiler.times.instants import at_clock, clock_note, exists, next_clock, to_instant
from flowrules.engine.event import make_event
from flowrules.scenarios.simulation import Simulation
from flowrules.source import source_from_text

ODD = (
    "Australia/Lord_Howe",  # by half an hour
    "Africa/Casablanca",  # back for Ramadan
    "Antarctica/Troll",  # by two hours
    "Pacific/Apia",  # had no 30 December 2011
    "America/St_Johns",  # at one minute past midnight, until 2011
    "America/New_York",
    "Europe/Dublin",  # winter is the exception
    "Asia/Kolkata",
)


def load(text: str) -> RuleSet:
    loaded = load_rules([source_from_text(text, "test.rules")])
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


zones = st.sampled_from(ODD).map(ZoneInfo)
wall_times = st.datetimes(datetime(2009, 1, 1), datetime(2027, 12, 31))
moments = st.datetimes(datetime(2009, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))


@given(wall_times, zones)
def test_a_wall_time_is_what_the_clock_shows_then_or_a_note_says_why_not(
    wall: datetime, zone: ZoneInfo
) -> None:
    instant = to_instant(wall, zone)
    assert instant.tzinfo is UTC
    shown = instant.astimezone(zone).replace(tzinfo=None, fold=0)
    assert shown >= wall
    if shown > wall:
        assert "jumps over" in clock_note(wall, zone)
    second = to_instant(wall.replace(fold=1), zone)
    assert second >= instant
    if second > instant:
        assert "twice" in clock_note(wall, zone)
        assert second.astimezone(zone).replace(tzinfo=None, fold=0) == wall


@given(moments, zones)
def test_what_a_clock_shows_with_its_fold_is_that_instant_again(moment: datetime, zone: ZoneInfo) -> None:
    assert to_instant(moment.astimezone(zone).replace(tzinfo=None), zone) == moment


@given(moments, zones, st.integers(0, 24 * 60 - 1))
def test_the_next_clock_time_is_the_first_at_which_the_clock_has_come_to_it(
    since: datetime, zone: ZoneInfo, minutes: int
) -> None:
    coming = next_clock(minutes, zone, since)
    assert since <= coming <= since + timedelta(days=2, hours=3)
    shown = coming.astimezone(zone)
    assert shown.hour * 60 + shown.minute >= minutes or shown.date() > since.astimezone(zone).date()
    # No day's first such time lies between.
    day = since.astimezone(zone).date()
    while day <= shown.date():
        assert not since <= at_clock(day, minutes, zone) < coming
        day += timedelta(days=1)


def test_a_day_that_a_zone_left_out_does_not_exist() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert [exists(date(2011, 12, number), apia) for number in (29, 30, 31)] == [True, False, True]


def test_a_left_out_day_lends_its_hours_to_no_other() -> None:
    rules = load(APIA)
    assert flowrules.preview(rules, "now", at=datetime(2011, 12, 31, 10)).requests == [SHUT]
    assert flowrules.preview(rules, "now", at=datetime(2012, 1, 6, 10)).requests == [OPEN]


OPEN = {"event": "log", "metadata": {"message": "open"}}
SHUT = {"event": "log", "metadata": {"message": "shut"}}
APIA = """\
timezone Pacific/Apia
hours desk
  fri 09:00 to 18:00
end
on now when during desk log "open" otherwise log "shut"
"""


@pytest.mark.parametrize(
    "half_past_midnight",
    [datetime(2010, 11, 7, 2, 30, 30, tzinfo=UTC), datetime(2010, 11, 7, 3, 0, tzinfo=UTC)],
)
def test_hours_that_began_before_the_clock_was_put_back_into_yesterday_hold_on(
    half_past_midnight: datetime,
) -> None:
    """In St John's it was 00:00:30 on Sunday, then 23:01 on Saturday again; the Sunday's hours had begun."""
    rules = load(
        "timezone America/St_Johns\nhours night\n  sun 00:00 to 06:00\nend\n"
        'on now when during night log "open" otherwise log "shut"\n'
    )
    assert flowrules.preview(rules, "now", at=half_past_midnight).requests == [OPEN]


RULES = """\
timezone {zone}
on ring schedule_callback in {minutes} minutes
on held hold for at most {minutes} minutes
on waits wait 60 seconds then log "waited"
after {minutes} minutes log "timer"
after {minutes} minutes of hold_music log "music"
rule "Once in a while"
  on again
  not again for {minutes} minutes
  log "again"
end
"""


@given(moments, st.sampled_from(ODD), st.integers(1, 300))
def test_elapsed_time_is_what_has_passed(start: datetime, zone: str, minutes: int) -> None:
    """`in`, `after`, `for at most`, `not again for`, `wait` and durations of facts, begun near a change of the clock or
    not, wherever the moment comes from."""
    rules = load(RULES.format(zone=zone, minutes=minutes))
    begun = start.astimezone(ZoneInfo(zone))
    length = timedelta(minutes=minutes)
    (callback,) = flowrules.preview(rules, "ring", at=begun).requests
    assert datetime.fromisoformat(callback["scheduled_at"]) == (start + length).replace(microsecond=0)

    call = Simulation(rules, begun)
    call.event(make_event("held", facts={"hold_music": True}))
    call.event(make_event("again"))
    early = call.advance((start + length - timedelta(seconds=1)).astimezone(ZoneInfo(zone)))
    assert early == ()
    assert call.event(make_event("again"))[0].done == []
    late = call.advance((start + length).astimezone(ZoneInfo(zone)))
    assert len(late) == 3  # the hold's end, the call's timer, the music's
    assert call.state.facts["call.on_hold"] is False
    assert call.event(make_event("again"))[0].done != ()
    before = call.now
    call.event(make_event("waits"))
    assert call.now - before == timedelta(seconds=60)
    assert call.now.tzinfo is UTC
