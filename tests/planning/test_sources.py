"""What was made from what a caller or a model said keeps that source: through fields of the lead, texts and replies."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.analysis.check import check
from flowrules.engine.event import Source
from flowrules.engine.planning.plan import FailedStep, PlannedVerb
from flowrules.engine.planning.receipts import apply_receipt
from flowrules.engine.state import CallState
from flowrules.language.parse import parse
from flowrules.source import source_from_text
from flowrules.verbs.addresses import is_address

from .conftest import PlanFor

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)


def _accept(
    step: PlannedVerb, state: CallState, result: Mapping[str, Any] = {}, **fact_sources: str
) -> CallState:
    return apply_receipt(
        state, step.verb, step.body, result, NOW, source=step.source, fact_sources=fact_sources
    )


@pytest.mark.parametrize("source", Source)
def test_a_field_of_the_lead_has_the_source_of_the_fact_that_it_quotes(
    plan_for: PlanFor, source: Source
) -> None:
    planned = plan_for('on go set_lead_field x to "{word}"', known={"word": "w"}, sources={"word": source})
    (step,) = planned.verbs
    assert step.source is source
    assert _accept(step, planned.state).sources["lead.x"] is source


def test_the_weakest_of_several_facts_counts(plan_for: PlanFor) -> None:
    planned = plan_for(
        'on go set_lead_field x to "{a} {b} {c}"',
        known={"a": "1", "b": "2", "c": "3"},
        sources={"a": Source.PLATFORM, "b": Source.CALLER, "c": Source.MODEL},
    )
    assert planned.verbs[0].source is Source.CALLER


def test_what_stands_in_the_rules_is_as_good_as_the_platform_s(plan_for: PlanFor) -> None:
    planned = plan_for("on go set_lead_field x to sales")
    assert _accept(planned.verbs[0], planned.state).sources["lead.x"] is Source.PLATFORM


@pytest.mark.parametrize(
    "step",
    ['whisper to lead.x "hello"', "barge into lead.x", "monitor_start lead.x", "monitor_stop lead.x"],
)
def test_no_call_is_named_by_what_a_caller_said(plan_for: PlanFor, step: str) -> None:
    """Also where the field is filled earlier in the same plan, and the check can't know who says the fact."""
    planned = plan_for(
        f'fact word is text from host\non go set_lead_field x to "{{word}}" then {step}',
        known={"word": "another-call"},
        sources={"word": Source.CALLER},
    )
    assert isinstance(planned.steps[-1], FailedStep)
    assert "said by the caller" in planned.steps[-1].message


def test_a_reply_that_repeats_what_was_given_does_not_make_it_the_platform_s() -> None:
    state = CallState("c1", NOW, {"call.callback": "2026-03-03T10:00"}, {"call.callback": Source.CALLER})
    body = {"event": "get_call_state"}
    same = apply_receipt(state, "get_call_state", body, {"callback": "2026-03-03T10:00"}, NOW)
    other = apply_receipt(state, "get_call_state", body, {"callback": "2026-03-04T10:00"}, NOW)
    assert same.sources["call.callback"] is Source.CALLER
    assert other.sources["call.callback"] is Source.PLATFORM


def test_a_fact_that_is_kept_for_the_platform_is_unknown_once_a_caller_s_words_fill_it(
    plan_for: PlanFor,
) -> None:
    text = (
        "fact lead.tier is text from platform\n"
        'rule "r"\n  on go\n  set_lead_field tier to "{said}"\n'
        '  if lead.tier is gold then log "gold" otherwise log "no"\nend'
    )
    planned = plan_for(
        text,
        known={"said": "gold", "lead.tier": "silver"},
        sources={"said": Source.CALLER, "lead.tier": Source.PLATFORM},
    )
    assert planned.bodies[-1]["metadata"] == {"message": "no"}
    assert "lead.tier" not in _accept(planned.verbs[0], planned.state, **planned.ruleset.fact_sources).facts


# --- what a check says before any call ----------------------------------------------------------------------


def _codes(text: str) -> list[str]:
    file, findings = parse(source_from_text(text, "a.rules"))
    return [finding.code.id for finding in (*findings, *check([file])[1])]


@pytest.mark.parametrize(
    "step", ['whisper to {} "x"', "barge into {}", "monitor_start {}", "monitor_stop {}"]
)
@pytest.mark.parametrize(
    ("before", "name"),
    [
        ('on said set_lead_field x to "{said}"\n', "lead.x"),
        ('on said set_lead_field x to "call {intent}"\n', "lead.x"),
        ('on a set_lead_field x to "{said}"\non b set_lead_field y to "{lead.x}"\n', "lead.y"),
        ('on a set_lead_field x to "{lead.y}{said}"\non b set_lead_field y to "{lead.x}"\n', "lead.y"),
        ("", "said"),
        ("", "hearing"),
        ("", "dtmf"),
    ],
)
def test_a_call_that_somebody_s_words_could_name_is_an_error(before: str, name: str, step: str) -> None:
    assert "FR217" in _codes(f"{before}on intent=w {step.format(name)}\n")


@pytest.mark.parametrize(
    "before",
    [
        'fact helper is text from host\non go set_lead_field x to "{helper}"\n',
        'on go set_lead_field x to "{lead.owner} at {time}"\ntimezone Asia/Kolkata\n',
        "on go set_lead_field x to fixed\n",
    ],
)
def test_a_field_that_only_the_agent_s_program_fills_may_name_a_call(before: str) -> None:
    assert "FR217" not in _codes(f"{before}on intent=w barge into lead.x\n")


@pytest.mark.parametrize("target", ["agent lead.owner", "queue call.recording", "agent time"])
def test_a_target_that_is_the_name_of_a_fact_is_an_error(target: str) -> None:
    assert "FR129" in _codes(f"on intent=x transfer {target}\n")
    assert "FR129" not in _codes(f'on intent=x transfer {target.split()[0]} "{target.split()[1]}"\n')


@pytest.mark.parametrize("name", ["ｔransfer", "trаnsfer", "hаngup", "Ｈangup"])
def test_a_verb_in_letters_that_only_look_like_it_is_told(name: str) -> None:
    assert "FR214" in _codes(f"on intent=x verb {name} with destination a\n")


# --- verbs that nobody knows --------------------------------------------------------------------------------

DIALLED = [
    "+1 900 555 1234", "tel:+19005551234", "0019005551234", "1-900-555-1234", "+19005551234;ext=7", "(900) 555 1234",
    "sip:x@evil.example", "SIPS:x@evil.example", "https://evil.example/x", "x@evil.example", "＋１９００５５５１２３４",
    " +19005551234 ", "callto:19005551234", "+19005551234 ext. 7", "911", "file:///etc/passwd",
    "٠٠١٤١٥٥٥٥٠١٠٠", "+1\u200b4155550100", "+1\u2011415\u2011555\u20110100", "s\u00adip:x@evil.example",
]  # fmt: skip
SAID = [
    "I want to cancel",
    "flat 12",
    "two of 3",
    "",
    "order 4711 please",
    "12",
    "re: my order",
    "Müller @ home",
]


@pytest.mark.parametrize("text", DIALLED)
@pytest.mark.parametrize("source", [Source.MODEL, Source.CALLER])
def test_an_unknown_verb_takes_no_address_from_what_was_said(
    plan_for: PlanFor, text: str, source: Source
) -> None:
    planned = plan_for(
        'on go verb blind_dial with to "{word}"', known={"word": text}, sources={"word": source}
    )
    assert planned.failed.reason == "refused"
    assert text.strip() not in planned.failed.message


@pytest.mark.parametrize("text", DIALLED)
def test_the_agent_s_program_may_give_one(plan_for: PlanFor, text: str) -> None:
    planned = plan_for('on go verb blind_dial with to "{word}"', known={"word": text})
    assert not [step for step in planned.steps if isinstance(step, FailedStep)]


@pytest.mark.parametrize("text", SAID)
def test_other_words_go_out(plan_for: PlanFor, text: str) -> None:
    planned = plan_for(
        'on go verb future with note "{word}"', known={"word": text}, sources={"word": Source.CALLER}
    )
    assert planned.bodies == [{"event": "future", "note": text}]


@given(st.from_regex(r"\+?[0-9]([ .()/-]?[0-9]){4,14}", fullmatch=True))
def test_a_number_is_an_address_however_it_is_grouped(text: str) -> None:
    assert is_address(text)
