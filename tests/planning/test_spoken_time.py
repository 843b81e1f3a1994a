"""A caller's own words as a callback time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from flowrules.engine.spoken_time import spoken_time

ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 3, 16, 30, tzinfo=ZONE)
"""A Tuesday."""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("next tuesday at 15:00", "2026-03-10T15:00"),
        ("Tuesday at 3 pm", "2026-03-10T15:00"),
        ("wednesday at 9:30am", "2026-03-04T09:30"),
        ("on Wed at 10", "2026-03-04T10:00"),
        ("tomorrow at 10:00", "2026-03-04T10:00"),
        ("Tomorrow, 12 am", "2026-03-04T00:00"),
        ("today at 18:15", "2026-03-03T18:15"),
        ("tomorrow noon", "2026-03-04T12:00"),
        ("in 2 hours", "2026-03-03T18:30"),
        ("in an hour", "2026-03-03T17:30"),
        ("in half an hour", "2026-03-03T17:00"),
        ("in one week", "2026-03-10T16:30"),
    ],
)
def test_words_are_a_time_of_the_rules_zone(text, meant):
    assert spoken_time(text, NOW, ZONE) == datetime.fromisoformat(meant).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "tuesday",
        "at 15:00",
        "tomorrow at 25:00",
        "tomorrow at 13 pm",
        "in 2 fortnights",
        "in hours",
    ],
)
def test_what_is_no_time_is_none(text):
    assert spoken_time(text, NOW, ZONE) is None


def test_a_clock_time_needs_a_zone():
    assert spoken_time("tomorrow at 10:00", NOW, None) is None
    assert spoken_time("in 2 hours", NOW, None) is not None


def test_a_rule_books_what_the_caller_said(plan_for):
    rules = "timezone Asia/Kolkata\non go schedule_callback at callback_time\n"
    planned = plan_for(rules, known={"callback_time": "next Friday at 11 am"}, now=NOW)
    assert planned.bodies == [{"event": "schedule_callback", "scheduled_at": "2026-03-06T11:00:00+05:30"}]
    assert plan_for(rules, known={"callback_time": "whenever"}, now=NOW).failed.reason == "refused"
