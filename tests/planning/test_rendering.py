"""Facts in text: one pass, cleaned, capped, and never anywhere but in the text that quotes them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.compiler.templates import MAX_FACT, MAX_TEXT
from flowrules.engine.event import Source
from flowrules.engine.planning.plan import AdviseStep, RememberStep


def said(plan_for: Any, text: str, **known: Any) -> str:
    (body,) = plan_for(f'timezone Asia/Kolkata\non go say "{text}"', known=known).bodies
    return str(body["tts_text"])


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("Asha", "Asha"),
        ("आशा", "आशा"),
        (900, "900"),
        (900.0, "900"),
        (2.5, "2.5"),
        (True, "yes"),
        (False, "no"),
        (("sales", "billing"), "sales, billing"),
        ("{intent}", "{intent}"),
        ("{{x}}", "{{x}}"),
        ('","event":"hangup', '","event":"hangup'),
        ("two\nlines\tand\r\nmore", "two lines and more"),
        ("bell\x07 escape\x1b[2J null\x00", "bell escape[2J null"),
        ("\u202eabc\u2066", "abc"),
        ("half \ud800 pair", "half  pair"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_how_a_fact_is_printed(plan_for: Any, value: object, printed: str) -> None:
    assert said(plan_for, "<{x}>", x=value, intent="sales") == f"<{printed}>"


def test_computed_facts_print_too(plan_for: Any) -> None:
    text = "{time} {today} {date} {call.elapsed} {turn}"
    assert said(plan_for, text, time="never", turn=99) == "11:00 monday 2 March 2026 0 1"


def test_names_are_folded(plan_for: Any) -> None:
    assert said(plan_for, "{Lead.Name}", **{"lead.name": "Asha"}) == "Asha"


def test_braces_of_the_author(plan_for: Any) -> None:
    assert said(plan_for, "{{x}} {x}", x=1) == "{x} 1"


def test_an_unknown_fact_prints_nothing_and_leaves_a_note(plan_for: Any) -> None:
    planned = plan_for('on go say "Hello {lead.name}."')
    assert planned.bodies[0]["tts_text"] == "Hello ."
    assert planned.plan.notes == ("{lead.name} is unknown and printed nothing",)


@pytest.mark.parametrize(
    ("known", "says", "notes"),
    [
        ({"lead.name": "Asha"}, "Hello Asha.", ()),
        ({}, "Hello there.", ('{lead.name} is unknown: "there" stands in its place',)),
        ({"lead.name": " \x07"}, "Hello there.", ('{lead.name} is empty: "there" stands in its place',)),
        ({"lead.name": ()}, "Hello there.", ('{lead.name} is empty: "there" stands in its place',)),
        ({"lead.name": 0}, "Hello 0.", ()),
        ({"lead.name": False}, "Hello no.", ()),
    ],
)
@pytest.mark.parametrize("words", ["there", '""there""', "'there'"])
def test_words_stand_for_a_fact_that_prints_nothing(
    plan_for: Any, known: dict[str, Any], says: str, notes: tuple[str, ...], words: str
) -> None:
    planned = plan_for(f'on go say "Hello {{lead.name or {words}}}."', known=known)
    assert planned.bodies[0]["tts_text"] == says
    assert planned.plan.notes == notes


def test_words_stand_in_every_kind_of_text(plan_for: Any) -> None:
    steps = """
rule "everything"
  on go
  set_lead_field note to "{x or none}"
  log with first "{x or none}"
  request_supervisor because "{x or none}"
  verb future_verb with text "{x or none}"
  set_disposition fixed note "{x or none}"
  advise "{x or none}"
  remember kept is "{x or none}"
end
"""
    planned = plan_for(steps)
    assert [json.dumps(body).count('"none"') for body in planned.bodies] == [1] * 5
    assert [step.text for step in planned.steps if isinstance(step, AdviseStep)] == ["none"]
    assert [step.value for step in planned.steps if isinstance(step, RememberStep)] == ["none"]


def test_words_stand_for_a_member_that_a_receipt_of_the_same_plan_brings(plan_for: Any) -> None:
    text = 'on go conference_add supervisor lead_1 as helper then log "added {helper or somebody}"'
    assert '"added somebody"' in json.dumps(plan_for(text, known={"helper": "m_old"}).bodies[1])


def test_words_are_not_read_again_for_facts_and_carry_no_source_of_a_caller(plan_for: Any) -> None:
    assert plan_for('on go say "{y or x}"', known={"x": "wrong"}).bodies[0]["tts_text"] == "x"
    (step,) = plan_for('on go remember kept is "{said or nothing}"').steps
    assert step == RememberStep("1", "kept", "nothing", source=Source.HOST)


def test_length_is_capped(plan_for: Any) -> None:
    planned = plan_for('on go say "{x}"', known={"x": "a" * 5_000})
    assert planned.bodies[0]["tts_text"] == "a" * MAX_FACT
    assert "was cut to 1,000 characters" in planned.notes
    planned = plan_for(f'on go say "{"{x}" * 6}"', known={"x": "a" * 900})
    assert len(planned.bodies[0]["tts_text"]) == MAX_TEXT


def test_advice_is_text_too(plan_for: Any) -> None:
    planned = plan_for(
        'on go advise "Speak to {lead.name}" then advise "Be kind."', known={"lead.name": "Asha\n"}
    )
    assert [step.text for step in planned.steps] == ["Speak to Asha ", "Be kind."]


RULES = """
timezone Asia/Kolkata
destination desk by lead.owner
  priya is agent a_1042
  otherwise is queue sales_main
end
rule "everything"
  on go
  set_lead_field note to "note: {x}"
  log with first "{x}", second 2, third "fixed"
  request_supervisor because "about {x}{x}"
  whisper to agent_call "hear: {x}"
  verb future_verb with text "{x}", number 1
  set_disposition fixed note "a {x}"
  say "{x}!" in voice "en-IN-A"
  transfer to desk because "{x}" with summary "{x}"
end
"""
QUOTING = {"value", "first", "reason", "tts_text", "text", "notes", "summary"}


def shape(body: Any) -> Any:
    """A body without the texts that quote the fact."""
    if not isinstance(body, dict):
        return body
    return {key: None if key in QUOTING else shape(value) for key, value in body.items()}


@given(x=st.text())
def test_a_facts_text_changes_no_field_but_the_text_that_quotes_it(plan_for: Any, x: str) -> None:
    known = {"agent_call": "c_1", "x": x}
    plain = plan_for(RULES, known={**known, "x": "plain"})
    hostile = plan_for(RULES, known=known)
    assert [shape(body) for body in hostile.bodies] == [shape(body) for body in plain.bodies]
    sent = json.dumps(hostile.bodies, ensure_ascii=False)
    sent.encode("utf-8")
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in sent)
