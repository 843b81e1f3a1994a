"""Dates and times in texts: in words where somebody hears them, as they are where a program reads them."""

from datetime import datetime
from typing import Any

import pytest

NOW = datetime.fromisoformat("2026-03-02T11:00+05:30")
ZONE = "timezone Asia/Kolkata\n"


@pytest.mark.parametrize(
    ("held", "heard"),
    [
        ("2026-03-04T09:00:00+05:30", "Wednesday 4 March at 09:00"),
        ("2026-03-04T03:30:00Z", "Wednesday 4 March at 09:00"),
        ("2026-03-04 09:00", "Wednesday 4 March at 09:00"),
        ("2026-03-04", "4 March 2026"),
        ("2026-02-30", "2026-02-30"),
        ("tomorrow at 3", "tomorrow at 3"),
        ("order 2026-03-04", "order 2026-03-04"),
        ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59-23:59"),
        (20260304, "20260304"),
    ],
)
def test_what_the_caller_hears(plan_for: Any, held: object, heard: str) -> None:
    planned = plan_for(f'{ZONE}on go say "{{at}}"\n', known={"at": held}, now=NOW)
    assert planned.bodies == [{"event": "play_audio", "tts_text": heard}]


def test_a_booked_callback_by_the_clock_of_the_lead(plan_for: Any) -> None:
    rules = (
        f"{ZONE}hours legal in lead.timezone or Asia/Kolkata\n  mon to sun 08:00 to 19:00\nend\n"
        'on go schedule_callback next legal then say "We will call you on {call.callback}."\n'
    )
    heard = [
        plan_for(rules, known=known, now=NOW).bodies[1]["tts_text"]
        for known in ({}, {"lead.timezone": "America/New_York"})
    ]
    assert heard == [
        "We will call you on Tuesday 3 March at 08:00.",
        "We will call you on Monday 2 March at 08:00.",
    ]


def test_what_a_program_reads_stays_as_it_is(plan_for: Any) -> None:
    rules = f'{ZONE}on go set_lead_field wanted to "{{at}}" then log "at {{at}}"\n'
    planned = plan_for(rules, known={"at": "2026-03-04T09:00:00+05:30"}, now=NOW)
    assert planned.bodies == [
        {"event": "set_lead_field", "field": "wanted", "value": "2026-03-04T09:00:00+05:30"},
        {"event": "log", "metadata": {"message": "at 2026-03-04T09:00:00+05:30"}},
    ]
