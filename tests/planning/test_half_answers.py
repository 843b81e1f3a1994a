"""A time of which the day and the hour come one after the other, and dates that nobody has said."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.engine.apply_event import apply_event
from flowrules.engine.event import Source, make_event
from flowrules.engine.spoken_time import joined_halves
from flowrules.engine.state import start_call
from flowrules.source import source_from_text

RULES = """
timezone Asia/Kolkata
steps book
  schedule_callback at wants_at
end
on wants_at do book
on day advise "{day}"
"""
NOW = datetime(2026, 3, 4, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("next Tuesday", "at 3 pm", "next tuesday at 3 pm"),
        ("Tuesday afternoon", "At three, please.", "tuesday afternoon at three"),
        ("the 2nd of May", "half past four", "the 2nd of may half past four"),
        ("at three", "on Tuesday", "on tuesday at three"),
        ("tuesday at three", "3 pm", "tuesday 3 pm"),
        ("3 pm tomorrow", "4 pm", "tomorrow 4 pm"),
        ("today at three", "at 4 pm", "today at 4 pm"),
        ("tuesday at three", "in the afternoon", "tuesday at three in the afternoon"),
        ("at three", "pm", "at three pm"),
        ("tuesday", "in the evening", "tuesday in the evening"),
        ("Tuesday", "noon", "tuesday noon"),
        ("at three", "Tomorrow", "tomorrow at three"),
        ("tuesday", "3", "tuesday 3"),
        ("tuesday", "300", None),
        ("tuesday", "sales", None),
        ("tuesday", "friday", None),
        ("tuesday at three", "friday", None),
        ("tuesday", "friday at three", None),
        ("at three", "at four", None),
        ("some time soon", "at three", None),
        ("tuesday", "some time soon", None),
        ("in 2 hours", "at three", None),
        ("2026-03-10", "at three", None),
        ("tuesday", "at three " * 50, None),
    ],
)
def test_two_answers_are_one_time_where_each_is_half_of_it(
    before: str, after: str, whole: str | None
) -> None:
    assert joined_halves(before, after) == whole


@pytest.mark.parametrize(
    ("first", "second", "source"),
    [
        (Source.HOST, Source.HOST, None),
        (Source.MODEL, Source.HOST, Source.MODEL),
        (Source.HOST, Source.CALLER, Source.CALLER),
    ],
)
def test_the_whole_is_said_by_the_weaker_of_the_two(
    first: Source, second: Source, source: Source | None
) -> None:
    ruleset = load_rules([source_from_text(RULES, "a.rules")]).ruleset
    assert ruleset is not None
    state = start_call("call-1", NOW)
    for told, who in (("tuesday", first), ("at 3 pm", second)):
        event = make_event(facts={"wants_at": told, "day": told}, source=who)
        state = apply_event(ruleset, state, event, NOW)
    assert state.facts["wants_at"] == "tuesday at 3 pm"
    assert state.sources.get("wants_at") is source
    assert state.facts["day"] == "at 3 pm", "no callback is read from it"


@pytest.mark.parametrize(
    ("held", "source", "booked"),
    [
        ("2026-03-11 15:00", Source.HOST, True),
        ("2026-03-11 15:00", Source.CALLER, True),
        ("2026-03-11T15:00+05:30", Source.MODEL, False),
        ("2026-03-11 03:00", Source.MODEL, False),
        ("1773224400", Source.MODEL, False),
        ("march 11th at 3 pm", Source.MODEL, True),
        ("next tuesday at 3 pm", Source.MODEL, True),
    ],
)
def test_a_date_that_the_model_has_worked_out_is_refused(
    plan_for: Callable[..., Any], held: str, source: Source, booked: bool
) -> None:
    text = "timezone Asia/Kolkata\non wants_at schedule_callback at wants_at"
    planned = plan_for(text, make_event(facts={"wants_at": held}, source=source))
    if booked:
        assert [body["event"] for body in planned.bodies] == ["schedule_callback"]
    else:
        assert planned.failed.reason == "refused"
        assert "wants_at is a date that the model has worked out" in planned.failed.message
        assert "the caller's own words" in planned.failed.message
