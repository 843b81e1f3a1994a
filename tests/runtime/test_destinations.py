"""The host's own fence around places, and that nothing said can become a place."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decide import decide
from flowrules.engine.event import BadEvent, Source, make_event
from flowrules.engine.hear import hear
from flowrules.engine.plan import PlannedVerb
from flowrules.engine.planner import make_plan
from flowrules.engine.state import start_call
from flowrules.runtime.destinations import Fence, sip_host
from flowrules.runtime.rulebook import RuleBook
from flowrules.runtime.settings import Settings

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def number(text: str) -> dict[str, str]:
    return {"event": "transfer", "destination_type": "e164", "destination": text}


@pytest.mark.parametrize(
    ("changes", "body", "word"),
    [
        ({}, number("+911234567890"), ""),
        ({}, number("+19005551234"), "premium"),
        ({}, number("+449098790000"), "premium"),
        ({"deny_premium_rate": False}, number("+19005551234"), ""),
        ({"deny_numbers": ("+91",)}, number("+911234567890"), "deny-list"),
        ({"allow_numbers": ("+91",)}, number("+911234567890"), ""),
        ({"allow_numbers": ("+91",)}, number("+442071234567"), "allow-list"),
        ({"allow_numbers": ()}, number("+911234567890"), "allow-list"),
        (
            {"allow_numbers": ("+1",)},
            {"event": "conference_add", "participant_type": "e164", "destination": "+91"},
            "allow-list",
        ),
        ({"allow_numbers": ()}, {"event": "transfer", "destination_type": "agent", "destination": "a"}, ""),
        (
            {"allow_sip_hosts": ("pbx.example.com",)},
            {"destination_type": "sip_uri", "destination": "sip:a@PBX.example.com:5060;x=1"},
            "",
        ),
        (
            {"allow_sip_hosts": ("pbx.example.com",)},
            {"destination_type": "sip_uri", "destination": "sip:pbx.example.com@evil.example"},
            "SIP",
        ),
        (
            {"allow_audio_hosts": ("cdn.example.com",)},
            {"event": "hold", "moh_url": "https://cdn.example.com/x"},
            "",
        ),
        (
            {"allow_audio_hosts": ("cdn.example.com",)},
            {"event": "play_audio", "audio_url": "https://cdn.example.com@evil.example/x"},
            "audio",
        ),
        ({"allow_audio_hosts": ()}, {"event": "play_audio", "tts_text": "https://x"}, ""),
    ],
)
def test_the_hosts_lists(changes: Any, body: Any, word: str) -> None:
    objection = Fence(Settings(**changes)).objection(body)
    assert (word in objection) if word else objection == ""


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("sip:desk@pbx.example.com", "pbx.example.com"),
        ("sips:pbx.example.com:5061", "pbx.example.com"),
        ("sip:a@[2001:db8::1]:5060", "2001:db8::1"),
        ("sip:a@b@c.example", "c.example"),
        ("sip:", ""),
    ],
)
def test_the_host_of_a_sip_address(address: str, host: str) -> None:
    assert sip_host(address) == host


async def test_a_number_that_the_host_refuses_fails_as_forbidden(seat: Any) -> None:
    table = await seat(
        'on intent=x transfer number +911234567890 if it fails because forbidden then log "kept"\n',
        deny_numbers=("+91123",),
    )
    outcome = await table.call.event(intent="x")
    assert [str(step) for step in outcome.steps] == ["transfer refused because forbidden", "log accepted"]
    assert table.acted == ["log"]


RULES = """
timezone Asia/Kolkata
allow numbers +91
destination owner by lead.owner
  priya is agent a_1042
  otherwise is queue sales_main
end
on intent is known transfer to owner with summary "{said} {intent} {number} {to}"
"""

facts = st.dictionaries(
    st.sampled_from(
        ["intent", "said", "number", "to", "owner", "destination", "destination_type", "queue", "agent_call"]
    ),
    st.text(max_size=30)
    | st.sampled_from(
        ["+19005551234", "sip:x@evil.example", "{lead.owner}", '" then hangup', "agent a_1", "\n"]
    )
    | st.lists(st.text(max_size=10), max_size=3),
    max_size=6,
)


@pytest.fixture(scope="module")
def ruleset() -> RuleSet:
    return RuleBook.from_text(RULES).current


@given(facts=facts)
@settings(max_examples=100, deadline=None)
def test_nothing_that_was_said_becomes_a_place(ruleset: RuleSet, facts: dict[str, Any]) -> None:
    state = start_call("c1", NOW, {"lead": {"owner": "somebody"}})
    try:
        event = make_event(facts=facts, source=Source.CALLER)
    except BadEvent:
        return
    state = hear(ruleset, state, event, NOW)
    plan = make_plan(ruleset, decide(ruleset, event, state, NOW), state)
    for part in plan.parts:
        for step in part.steps:
            assert isinstance(step, PlannedVerb)
            assert step.verb == "transfer"
            assert (step.body["destination_type"], step.body["destination"]) == ("agent_queue", "sales_main")
