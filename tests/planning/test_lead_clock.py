"""The clock of the lead: hours and clock times in the time zone that a fact of the call names."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.event import make_event
from flowrules.engine.preview import known_call, preview
from flowrules.engine.timers import due, next_due
from flowrules.source import source_from_text

HOURS = """timezone Asia/Kolkata
hours legal in lead.timezone or Asia/Kolkata
  mon to sun 08:00 to 19:00
end
hours theirs in lead.timezone
  mon to sun 08:00 to 19:00
end
"""


def rules(text: str) -> RuleSet:
    ruleset = load_rules([source_from_text(HOURS + text)]).ruleset
    assert ruleset is not None
    return ruleset


def says(ruleset: RuleSet, at: str, **known: Any) -> str:
    facts = {name.replace("lead_", "lead."): value for name, value in known.items()}
    shown = preview(ruleset, make_event(facts={"intent": "a"}), datetime.fromisoformat(at), known=facts)
    return str(shown.requests[0]["tts_text"])


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Asia/Kolkata", "yes"),
        ("america/new_york", "no"),
        ("Mars/Phobos", "yes"),
        ("EST", "yes"),
        ("", "yes"),
        (("Asia/Kolkata", "America/New_York"), "yes"),
        (5, "yes"),
        (None, "yes"),
    ],
)
def test_a_zone_that_nobody_can_read_falls_to_the_other(zone: Any, said: str) -> None:
    ruleset = rules('on intent=a when legal is open say "yes" otherwise say "no"\n')
    known = {} if zone is None else {"lead_timezone": zone}
    assert says(ruleset, "2026-03-02T10:00+05:30", **known) == said


@pytest.mark.parametrize("zone", [None, "Mars/Phobos"])
def test_without_another_the_hours_are_neither_open_nor_closed(zone: str | None) -> None:
    ruleset = rules(
        'on intent=a during theirs say "open"\n'
        'on intent=a outside theirs say "closed"\n'
        'on intent=a say "nobody knows"\n'
    )
    known = {} if zone is None else {"lead_timezone": zone}
    assert says(ruleset, "2026-03-02T10:00+05:30", **known) == "nobody knows"
    assert says(ruleset, "2026-03-02T10:00+05:30", lead_timezone="Asia/Dubai") == "open"
    assert says(ruleset, "2026-03-02T09:00+05:30", lead_timezone="Asia/Dubai") == "closed"


@pytest.mark.parametrize(
    ("in_zone", "zone", "fires"),
    [
        ("", None, "2026-03-02T13:30Z"),
        (" in Asia/Dubai", None, "2026-03-02T15:00Z"),
        (" in lead.timezone or Asia/Tokyo", "Asia/Dubai", "2026-03-02T15:00Z"),
        (" in lead.timezone or Asia/Tokyo", "nowhere", "2026-03-02T10:00Z"),
        (" in lead.timezone", "Asia/Dubai", "2026-03-02T15:00Z"),
        (" in lead.timezone", "nowhere", None),
        (" in lead.timezone", None, None),
    ],
)
def test_a_clock_time_comes_by_the_clock_that_is_named(
    in_zone: str, zone: str | None, fires: str | None
) -> None:
    ruleset = rules(f'at 19:00{in_zone} say "It is late."\n')
    began = datetime(2026, 3, 2, 8, tzinfo=UTC)
    state = known_call(began, {} if zone is None else {"lead.timezone": zone})
    moment = None if fires is None else datetime.fromisoformat(fires)
    assert next_due(ruleset, state, began) == moment
    assert len(due(ruleset, state, datetime(2026, 3, 2, 16, tzinfo=UTC))) == (fires is not None)


@pytest.mark.parametrize(
    ("when", "zone", "at"),
    [
        ("next legal", "America/New_York", "2026-03-02T08:00:00-05:00"),
        ("next legal", "nowhere", "2026-03-03T08:00:00+05:30"),
        ("tomorrow at 10:00 within legal", "America/New_York", "2026-03-03T10:00:00-05:00"),
        ("in 1 minute within legal", "America/New_York", "2026-03-02T08:00:00-05:00"),
        ("at wanted within legal", "America/New_York", "2026-03-03T15:00:00-05:00"),
        ("tomorrow at 10:00", "America/New_York", "2026-03-03T10:00:00+05:30"),
    ],
)
def test_a_callback_goes_by_the_clock_of_the_hours(plan_for: Any, when: str, zone: str, at: str) -> None:
    planned = plan_for(
        f"{HOURS}on go schedule_callback {when}\n",
        known={"lead.timezone": zone, "wanted": "tomorrow at 3"},
        now=datetime.fromisoformat("2026-03-02T11:00+05:30"),
    )
    assert planned.bodies == [{"event": "schedule_callback", "scheduled_at": at}]


def test_a_callback_in_hours_that_nobody_knows_is_refused_and_said(plan_for: Any) -> None:
    failed = plan_for(f"{HOURS}on go schedule_callback next theirs\n").failed
    assert failed.reason == "refused"
    assert failed.message == "nobody supplied lead.timezone, so nobody knows when theirs is open"
