"""When to call back: in the rule set's zone, around the days when clocks change."""

from datetime import UTC, datetime
from typing import Any

import pytest

HEAD = """
timezone {zone}
hours office
  mon to fri 09:00 to 18:30
end
hours night
  sun 01:30 to 05:00
end
hours always
  mon to sun 00:00 to 24:00
end
on go schedule_callback {when}
"""


def planned_at(plan_for: Any, when: str, zone: str, now: str, **known: Any) -> Any:
    moment = datetime.fromisoformat(now)
    assert moment.tzinfo is not None
    return plan_for(HEAD.format(zone=zone, when=when), now=moment, known=known)


@pytest.mark.parametrize(
    ("when", "zone", "now", "scheduled_at"),
    [
        ("in 90 minutes", "Asia/Kolkata", "2026-03-02T11:00+05:30", "2026-03-02T12:30:00+05:30"),
        ("in 1 day 30 seconds", "Asia/Kolkata", "2026-03-02T11:00+05:30", "2026-03-03T11:00:30+05:30"),
        # 24 hours later is an hour's difference on the clock where it was put forward
        ("in 24 hours", "Europe/London", "2026-03-28T12:00+00:00", "2026-03-29T13:00:00+01:00"),
        ("today at 18:15", "Asia/Kolkata", "2026-03-02T11:00+05:30", "2026-03-02T18:15:00+05:30"),
        # today in the rule set's zone, not in the server's
        ("today at 10:00", "Asia/Kolkata", "2026-03-02T19:00+00:00", "2026-03-03T10:00:00+05:30"),
        (
            "today at 20:00 within office",
            "Asia/Kolkata",
            "2026-03-02T11:00+05:30",
            "2026-03-03T09:00:00+05:30",
        ),
        ("tomorrow at 12:00", "Europe/London", "2026-03-28T12:00+00:00", "2026-03-29T12:00:00+01:00"),
        # tomorrow in the rule set's zone, not in the server's
        ("tomorrow at 10:00", "Asia/Kolkata", "2026-03-02T19:00+00:00", "2026-03-04T10:00:00+05:30"),
        ("tomorrow at 10:00", "America/New_York", "2026-03-03T03:00+00:00", "2026-03-03T10:00:00-05:00"),
        ("next monday at 10:00", "Asia/Kolkata", "2026-03-02T09:00+05:30", "2026-03-09T10:00:00+05:30"),
        ("next tue at 10:00", "Asia/Kolkata", "2026-03-02T09:00+05:30", "2026-03-03T10:00:00+05:30"),
        ("next tuesday at 10:00", "Asia/Kolkata", "2026-03-04T09:00+05:30", "2026-03-10T10:00:00+05:30"),
        ("next sunday at 10:00", "Asia/Kolkata", "2026-03-07T09:00+05:30", "2026-03-08T10:00:00+05:30"),
        # 02:30 does not exist on 8 March in New York, 01:30 not on 29 March in London
        ("at 2026-03-08 02:30", "America/New_York", "2026-03-02T11:00+00:00", "2026-03-08T03:30:00-04:00"),
        ("next sunday at 01:30", "Europe/London", "2026-03-27T11:00+00:00", "2026-03-29T02:30:00+01:00"),
        # 01:30 comes twice on 1 November in New York and on 25 October in London: the first
        ("at 2026-11-01 01:30", "America/New_York", "2026-03-02T11:00+00:00", "2026-11-01T01:30:00-04:00"),
        ("tomorrow at 01:30", "Europe/London", "2026-10-24T11:00+00:00", "2026-10-25T01:30:00+01:00"),
        ("at 2026-10-25 01:30", "Asia/Kolkata", "2026-03-02T11:00+00:00", "2026-10-25T01:30:00+05:30"),
        ("next office", "Asia/Kolkata", "2026-03-06T19:00+05:30", "2026-03-09T09:00:00+05:30"),
        ("next office", "Asia/Kolkata", "2026-03-02T11:00+05:30", "2026-03-03T09:00:00+05:30"),
        ("next night", "Europe/London", "2026-03-27T11:00+00:00", "2026-03-29T02:30:00+01:00"),
        ("in 1 hour within office", "Asia/Kolkata", "2026-03-02T11:00+05:30", "2026-03-02T12:00:00+05:30"),
        ("in 10 hours within office", "Asia/Kolkata", "2026-03-06T11:00+05:30", "2026-03-09T09:00:00+05:30"),
        (
            "tomorrow at 10:00 within office",
            "Asia/Kolkata",
            "2026-03-06T11:00+05:30",
            "2026-03-09T09:00:00+05:30",
        ),
        ("tomorrow at 10:00", "Asia/Kolkata", "2026-03-06T11:00+05:30", "2026-03-07T10:00:00+05:30"),
        (
            "tomorrow at 10:00 within always",
            "Asia/Kolkata",
            "2026-03-06T11:00+05:30",
            "2026-03-07T10:00:00+05:30",
        ),
    ],
)
def test_times_in_the_rule_sets_zone(
    plan_for: Any, when: str, zone: str, now: str, scheduled_at: str
) -> None:
    planned = planned_at(plan_for, when, zone, now)
    assert planned.bodies == [{"event": "schedule_callback", "scheduled_at": scheduled_at}]


NOW = "2026-03-02T11:00+05:30"


@pytest.mark.parametrize(
    ("held", "scheduled_at"),
    [
        ("2026-03-03T10:00:00+05:30", "2026-03-03T10:00:00+05:30"),
        ("2026-03-03T10:00:00Z", "2026-03-03T15:30:00+05:30"),
        ("2026-03-03T10:00", "2026-03-03T10:00:00+05:30"),
        ("2026-03-03 10:00:59.9", "2026-03-03T10:00:59+05:30"),
        (1772516400, "2026-03-03T11:10:00+05:30"),
        (1772516400.75, "2026-03-03T11:10:00+05:30"),
        ("1772516400", "2026-03-03T11:10:00+05:30"),
        (("2026-03-03T10:00",), "2026-03-03T10:00:00+05:30"),
    ],
)
def test_a_fact_that_holds_a_time(plan_for: Any, held: object, scheduled_at: str) -> None:
    planned = planned_at(plan_for, "at when_to_call", "Asia/Kolkata", NOW, when_to_call=held)
    assert planned.bodies == [{"event": "schedule_callback", "scheduled_at": scheduled_at}]


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (None, "when_to_call is unknown"),
        ("next Tuesday", "holds no date and time"),
        ("2026-03-03", "holds no date and time"),
        ("3", "a time in the past is refused"),
        ("", "holds no date and time"),
        (True, "holds no date and time"),
        (("2026-03-03T10:00", "2026-03-04T10:00"), "when_to_call holds several times"),
        (1772516400000000, "holds no date and time"),
        ("9999-12-31T23:59:59-23:59", "beyond the calendar"),
        ("2026-03-02T10:59", "a time in the past is refused"),
        (0, "a time in the past is refused"),
        ("0001-01-01T00:00", ""),
    ],
)
def test_a_fact_that_holds_none_is_refused_before_sending(plan_for: Any, held: object, says: str) -> None:
    known = {} if held is None else {"when_to_call": held}
    failed = planned_at(plan_for, "at when_to_call", "Asia/Kolkata", NOW, **known).failed
    assert failed.reason == "refused"
    assert says in failed.message


def test_a_time_in_the_past_is_refused_before_it_is_moved(plan_for: Any) -> None:
    failed = planned_at(plan_for, "at 2026-03-01 10:00 within office", "Asia/Kolkata", NOW).failed
    assert "a time in the past is refused: 2026-03-01T10:00:00+05:30" in failed.message


def test_hours_that_never_close_have_no_next_opening(plan_for: Any) -> None:
    assert "no next opening" in planned_at(plan_for, "next always", "Asia/Kolkata", NOW).failed.message


def test_without_a_timezone(plan_for: Any) -> None:
    now = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
    (body,) = plan_for("on go schedule_callback in 2 hours", now=now).bodies
    assert body["scheduled_at"] == "2026-03-02T07:30:00+00:00"
    text = "on go schedule_callback at when_to_call"
    naive = plan_for(text, now=now, known={"when_to_call": "2026-03-03T10:00"})
    assert "the rules name no timezone" in naive.failed.message
    aware = plan_for(text, now=now, known={"when_to_call": "2026-03-03T10:00+05:30"})
    assert aware.bodies[0]["scheduled_at"] == "2026-03-03T04:30:00+00:00"


def test_the_past_is_told_by_the_instant_not_by_the_clock(plan_for: Any) -> None:
    # 01:40 for the second time in London; 01:30 for the first time was 70 minutes ago
    failed = planned_at(plan_for, "at 2026-10-25 01:30", "Europe/London", "2026-10-25T01:40+00:00").failed
    assert "in the past" in failed.message


@pytest.mark.parametrize("when", ["today at 10:59", "today at 10:59 within office"])
def test_a_time_of_today_that_has_passed_is_refused(plan_for: Any, when: str) -> None:
    failed = planned_at(plan_for, when, "Asia/Kolkata", NOW).failed
    assert failed.reason == "refused"
    assert "a time in the past is refused: 2026-03-02T10:59:00+05:30" in failed.message
