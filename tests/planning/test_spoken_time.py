"""A caller's own words as a callback time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from flowrules.engine.spoken_time import spoken_times

ZONE = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 3, 16, 30, tzinfo=ZONE)
"""A Tuesday."""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("next tuesday at 15:00", "2026-03-10T15:00"),
        ("Tuesday at 3 pm", "2026-03-10T15:00"),
        ("wednesday at 9:30am", "2026-03-04T09:30"),
        ("tomorrow at 10:00", "2026-03-04T10:00"),
        ("Tomorrow, 12 am", "2026-03-04T00:00"),
        ("today at 18:15", "2026-03-03T18:15"),
        ("tomorrow noon", "2026-03-04T12:00"),
        ("in 2 hours", "2026-03-03T18:30"),
        ("in an hour", "2026-03-03T17:30"),
        ("in half an hour", "2026-03-03T17:00"),
        ("in one week", "2026-03-10T16:30"),
        ("in 30 mins", "2026-03-03T17:00"),
        ("in an hour and a half", "2026-03-03T18:00"),
        ("in one and a half hours", "2026-03-03T18:00"),
        ("20 minutes from now", "2026-03-03T16:50"),
        ("3 pm tomorrow", "2026-03-04T15:00"),
        ("tomorrow at 3 PM.", "2026-03-04T15:00"),
        ("Around 3 p.m. tomorrow, please!", "2026-03-04T15:00"),
        ("at 9:30 in the morning on friday", "2026-03-06T09:30"),
        ("tomorrow afternoon at half past four", "2026-03-04T16:30"),
        ("tonight at 8", "2026-03-03T20:00"),
        ("the day after tomorrow at 10 am", "2026-03-05T10:00"),
        ("march 20th at 4 pm", "2026-03-20T16:00"),
        ("on the 2nd of march at 4 pm", "2027-03-02T16:00"),
        ("at 15:00", "2026-03-04T15:00"),
        ("9 pm", "2026-03-03T21:00"),
        ("at noon", "2026-03-04T12:00"),
    ],
)
def test_words_are_a_time_of_the_rules_zone(text, meant):
    assert spoken_times(text, NOW, ZONE) == (datetime.fromisoformat(meant).replace(tzinfo=ZONE),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "tuesday",
        "3",
        "may",
        "call me maybe",
        "31 february at 3 pm",
        "tomorrow at 9 in the evening at 3",
        "tomorrow morning at 3 pm",
        "20 minutes",
        "tomorrow at 25:00",
        "tomorrow at 13 pm",
        "in 2 fortnights",
        "in hours",
    ],
)
def test_what_is_no_time_is_none(text):
    assert spoken_times(text, NOW, ZONE) == ()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("half past four", ("2026-03-04T04:30", "2026-03-03T16:30")),
        ("day after tomorrow at ten", ("2026-03-05T10:00", "2026-03-05T22:00")),
        ("on Wed at 10", ("2026-03-04T10:00", "2026-03-04T22:00")),
        ("quarter to five tomorrow", ("2026-03-04T04:45", "2026-03-04T16:45")),
        ("tomorrow at 3:30", ("2026-03-04T03:30", "2026-03-04T15:30")),
        ("at 5 o'clock", ("2026-03-04T05:00", "2026-03-03T17:00")),
        ("friday at midnight", ("2026-03-06T00:00", "2026-03-07T00:00")),
    ],
)
def test_words_that_may_mean_two_times(text, meant):
    instants = tuple(datetime.fromisoformat(one).replace(tzinfo=ZONE) for one in meant)
    assert spoken_times(text, NOW, ZONE) == instants


OFFICE = "timezone Asia/Kolkata\nhours office\n  mon to fri 09:00 to 18:00\nend\n"


@pytest.mark.parametrize(
    ("said", "booked"),
    [
        ("tomorrow at 3", "2026-03-04T15:00:00+05:30"),
        ("day after tomorrow at ten", "2026-03-05T10:00:00+05:30"),
        ("today at 5", "2026-03-03T17:00:00+05:30"),
        ("saturday at 3", "2026-03-09T09:00:00+05:30"),
        ("tomorrow at 8 pm", "2026-03-05T09:00:00+05:30"),
    ],
)
def test_the_hours_decide_between_morning_and_afternoon(plan_for, said, booked):
    rules = f"{OFFICE}on go schedule_callback at callback_time within office\n"
    planned = plan_for(rules, known={"callback_time": said}, now=NOW)
    assert planned.bodies == [{"event": "schedule_callback", "scheduled_at": booked}]


@pytest.mark.parametrize(
    ("within", "said", "why"),
    [
        ("", "tomorrow at 3", 'may mean 2026-03-04 03:00 or 2026-03-04 15:00, and no "within" says'),
        (" within office", "tomorrow at 7", "and neither lies within office"),
        (" within always", "tomorrow at 7", "and both lie within always"),
    ],
)
def test_where_nothing_decides_it_is_refused_and_said(plan_for, within, said, why):
    rules = f"{OFFICE}hours always\n  mon to sun 00:00 to 24:00\nend\non go schedule_callback at callback_time{within}\n"
    failed = plan_for(rules, known={"callback_time": said}, now=NOW).failed
    assert failed.reason == "refused"
    assert why in failed.message


def test_of_two_times_the_past_one_is_not_meant(plan_for):
    rules = "timezone Asia/Kolkata\non go schedule_callback at callback_time\n"
    planned = plan_for(rules, known={"callback_time": "today at 5"}, now=NOW)
    assert planned.bodies == [{"event": "schedule_callback", "scheduled_at": "2026-03-03T17:00:00+05:30"}]


def test_a_clock_time_needs_a_zone():
    assert spoken_times("tomorrow at 10:00", NOW, None) == ()
    assert len(spoken_times("in 2 hours", NOW, None)) == 1


def test_a_rule_books_what_the_caller_said(plan_for):
    rules = "timezone Asia/Kolkata\non go schedule_callback at callback_time\n"
    planned = plan_for(rules, known={"callback_time": "next Friday at 11 am"}, now=NOW)
    assert planned.bodies == [{"event": "schedule_callback", "scheduled_at": "2026-03-06T11:00:00+05:30"}]
    assert plan_for(rules, known={"callback_time": "whenever"}, now=NOW).failed.reason == "refused"
