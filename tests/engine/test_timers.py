"""What time sets off."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flowrules.engine.planning.receipts import apply_receipt
from flowrules.engine.state import fall_silent, forget, pause_silence, remember
from flowrules.engine.timers import after_reload, due, next_due

Begin = Callable[..., Any]


def named(label: str, head: str) -> str:
    return f'rule {label}\n  {head}\n  log "x"\nend\n'


def test_after_so_much_of_the_call_once(call: Begin) -> None:
    one = call(named("late", "after 8 minutes") + named("net", "on anything"))
    assert one.wait(479) == []
    assert one.wait(1) == [["late"]]
    assert one.wait(3600) == []


def test_timers_take_guards_and_fire_in_order_of_time(call: Begin) -> None:
    one = call(
        named("second", "after 2 minutes\n when vip is yes")
        + named("first", "after 1 minute")
        + named("also_first", "also after 1 minute")
    )
    one.on(vip=True)
    assert one.wait(300) == [["first"], ["also_first"], ["second"]]


def test_at_a_time_of_day_in_the_rule_sets_zone(call: Begin) -> None:
    one = call("timezone Asia/Kolkata\n" + named("evening", "at 21:00") + named("noon", "at 10:59"))
    assert next_due(one.ruleset, one.state, one.now) == datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    assert one.wait(10 * 3600) == [["evening"]]  # 10:59 was over before the call began
    assert one.wait(14 * 3600) == [["noon"]]


@pytest.mark.parametrize(
    ("zone", "start", "time", "fires"),
    [
        # the clock jumps from 02:00 to 03:00
        ("America/New_York", "2026-03-08T00:30:00-05:00", "02:30", "2026-03-08T03:30:00-04:00"),
        ("Europe/Berlin", "2026-03-29T01:30:00+01:00", "03:30", "2026-03-29T03:30:00+02:00"),
        # 01:30 comes twice: the first time counts
        ("America/New_York", "2026-11-01T00:30:00-04:00", "01:30", "2026-11-01T01:30:00-04:00"),
        # a call that begins between the two
        ("America/New_York", "2026-11-01T01:45:00-04:00", "01:30", "2026-11-02T01:30:00-05:00"),
        ("Asia/Kolkata", "2026-03-02T23:50:00+05:30", "00:10", "2026-03-03T00:10:00+05:30"),
        ("Asia/Kolkata", "2026-03-02T23:50:00+05:30", "00:00", "2026-03-03T00:00:00+05:30"),
        ("Asia/Kolkata", "2026-03-02T21:00:00+05:30", "21:00", "2026-03-02T21:00:00+05:30"),
    ],
)
def test_clock_times_where_the_clock_changes(
    call: Begin, zone: str, start: str, time: str, fires: str
) -> None:
    one = call(f"timezone {zone}\n" + named("a", f"at {time}"), datetime.fromisoformat(start))
    when = next_due(one.ruleset, one.state, one.now)
    assert when is not None
    assert when.astimezone(ZoneInfo(zone)).isoformat() == fires


def test_after_a_fact_has_been_yes_so_long(call: Begin) -> None:
    one = call(named("long_hold", "after 5 minutes of call.on_hold"))
    assert one.wait(600) == []
    one.state = apply_receipt(one.state, "hold", {"event": "hold"}, {}, one.now)
    assert one.wait(299) == []
    one.state = apply_receipt(one.state, "unhold", {"event": "unhold"}, {}, one.now)
    assert one.wait(300) == []
    for _ in range(2):
        one.state = apply_receipt(one.state, "hold", {"event": "hold"}, {}, one.now)
        assert one.wait(1000) == [["long_hold"]]  # once for each time it is yes
        one.state = apply_receipt(one.state, "unhold", {"event": "unhold"}, {}, one.now)


def test_a_fact_that_stays_yes_keeps_its_time(call: Begin) -> None:
    one = call(named("a", "after 1 minute of hold_music"))
    one.on(hold_music=True)
    one.wait(30)
    one.on(hold_music="yes")
    assert one.wait(30) == [["a"]]
    one.on(hold_music=False)
    one.on(hold_music=True)
    one.state = forget(one.state, "hold_music")
    assert one.wait(100) == []
    one.state = remember(one.state, "hold_music", True, one.now)
    assert one.wait(60) == [["a"]]


def test_silence_leaves_out_the_bots_speech_and_begins_anew_with_the_caller(call: Begin) -> None:
    one = call(
        named("still_there", "after 10 seconds of silence") + named("bye", "after 20 seconds of silence")
    )
    assert one.wait(6) == []
    one.state = pause_silence(one.state, one.now)
    assert one.wait(30) == []
    one.state = fall_silent(one.state, one.now)
    assert one.wait(3) == []
    assert one.wait(1) == [["still_there"]]
    assert one.wait(5) == []
    one.on(said="yes, I am here")
    assert one.wait(60) == [["still_there"], ["bye"]]
    assert one.wait(600) == []


@pytest.mark.parametrize("heard", [{"said": "hello"}, {"hearing": "hel"}, {"dtmf": "1"}])
def test_speech_and_keys_break_silence(call: Begin, heard: dict[str, str]) -> None:
    one = call(named("a", "after 10 seconds of silence"))
    one.wait(9)
    one.on(**heard)
    assert one.wait(9) == []
    assert one.wait(1) == [["a"]]


def test_a_timers_event_has_its_own_id_and_is_not_reported(call: Begin) -> None:
    one = call(named("a", "after 1 minute") + named("b", "after 2 minutes"))
    one.now = one.now.replace(minute=40)
    events = due(one.ruleset, one.state, one.now)
    assert len({event.event_id for event in events}) == 2
    assert not any(event.reported for event in events)
    assert events == due(one.ruleset, one.state, one.now)


def test_a_reload_does_not_set_off_what_is_long_over(call: Begin, rules: Callable[[str], Any]) -> None:
    one = call(named("a", "after 10 minutes"))
    one.wait(300)
    edited = rules(
        named("a", "after 10 minutes") + named("b", "after 2 minutes") + named("c", "after 6 minutes")
    )
    one.state = after_reload(edited, one.ruleset, one.state, one.now)
    one.ruleset = edited
    assert one.wait(600) == [["c"], ["a"]]


def test_a_timer_that_has_another_time_after_a_reload_does_not_fire_for_what_is_long_over(
    call: Begin,
) -> None:
    before = call(named("quiet", "after 60 seconds"))
    assert before.wait(20) == []
    after = call(named("quiet", "after 5 seconds")).ruleset
    now = before.now
    assert due(after, before.state, now)
    assert due(after, after_reload(after, before.ruleset, before.state, now), now) == ()
