"""The host's own fence around places, and that nothing said can become a place."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import flowrules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.event import BadEvent, Source, make_event
from flowrules.engine.planning.plan import PlannedVerb
from flowrules.engine.planning.planner import make_plan
from flowrules.engine.state import start_call
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.rules.rulebook import LoadStatus, RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.verbs.addresses import is_sip_uri, sip_host

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
        ({"allow_audio_hosts": ()}, {"event": "verb_of_tomorrow", "audio_url": "https://[x"}, "audio"),
        # An exchange dials the first digits of a number that is too long.
        ({}, number("+190055512345678"), "premium"),
        # A deny-list as people write numbers.
        ({"deny_numbers": ("+91 (1234)-5",)}, number("+911234567890"), "deny-list"),
        # RFC 3261: the host stands behind the @, whatever stands before it.
        (
            {"allow_sip_hosts": ("pbx.example.com",)},
            {"destination_type": "sip_uri", "destination": "sip:pbx.example.com;x@evil.example"},
            "SIP",
        ),
        (
            {"allow_sip_hosts": ("pbx.example.com",)},
            {"destination_type": "sip_uri", "destination": "sip:pbx.example.com?x@evil.example"},
            "SIP",
        ),
        # Texts that count as equal may be other hosts.
        (
            {"allow_sip_hosts": ("strasse.example", "pix.example")},
            {"destination_type": "sip_uri", "destination": "sip:a@straße.example"},
            "SIP",
        ),
        (
            {"allow_sip_hosts": ("strasse.example", "pix.example")},
            {"destination_type": "sip_uri", "destination": "sip:a@pıx.example"},
            "SIP",
        ),
        # A gateway dials the number before its name.
        ({}, {"destination_type": "sip_uri", "destination": "sip:+1-900-555-1234@gw.example.com"}, "premium"),
        (
            {"deny_numbers": ("+91",)},
            {"destination_type": "sip_uri", "destination": "sip:+911234567890;x=1@gw.example.com"},
            "deny-list",
        ),
        # A verb that is not in the catalogue, whatever its fields are called.
        ({}, {"event": "verb_of_tomorrow", "whom": "+19005551234"}, "premium"),
        ({"allow_sip_hosts": ()}, {"event": "verb_of_tomorrow", "whom": "sip:a@b.example"}, "SIP"),
        ({}, {"event": "verb_of_tomorrow", "whom": "agent a_1", "times": 3}, ""),
        ({}, {"event": "set_lead_field", "field": "prize_line", "value": "+19005551234"}, ""),
    ],
)
def test_the_hosts_lists(changes: Any, body: Any, word: str) -> None:
    objection = Settings(**changes).fence.objection(body)
    assert (word in objection) if word else objection == ""


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("sip:desk@pbx.example.com", "pbx.example.com"),
        ("sips:pbx.example.com:5061", "pbx.example.com"),
        ("sip:a@[2001:db8::1]:5060", "2001:db8::1"),
        ("sip:desk;phone-context=x@pbx.example.com;transport=tls", "pbx.example.com"),
        ("sip:", ""),
    ],
)
def test_the_host_of_a_sip_address(address: str, host: str) -> None:
    assert sip_host(address) == host


@pytest.mark.parametrize(
    "text", ["sip:a@b@c.example", "sip:@", "sip:a@", "tel:+911234567890", "sip:a b@c.example"]
)
def test_what_is_no_sip_address(text: str) -> None:
    assert not is_sip_uri(text)


@pytest.mark.parametrize("prefix", ["0900", "900", "+0", "", "+", "+91x", "premium"])
@pytest.mark.parametrize("name", ["allow_numbers", "deny_numbers"])
def test_a_fence_that_no_number_could_match_is_refused(name: str, prefix: str) -> None:
    with pytest.raises(ValidationError, match="a prefix of numbers is"):
        Settings(**{name: (prefix,)})


async def test_a_number_that_the_host_refuses_fails_as_forbidden(seat: Any) -> None:
    table = await seat(
        'on intent=x transfer number +911234567890 if it fails because forbidden then log "kept"\n',
        deny_numbers=("+91123",),
    )
    outcome = await table.call.event(intent="x")
    assert [str(step) for step in outcome.steps] == ["transfer refused because forbidden", "log accepted"]
    assert table.acted == ["log"]


@pytest.mark.parametrize("apart", [False, True])
async def test_rules_that_dial_what_the_host_refuses_do_not_go_live(tmp_path: Path, apart: bool) -> None:
    rules = tmp_path / "a.rules"
    rules.write_text("on intent=x hold\n")
    settings = Settings(mode=Mode.DRY_RUN, deny_numbers=("+91123",), watch=False, check_apart=apart)
    async with Engine(rules, settings=settings) as engine:
        live = engine.rules.revision
        rules.write_text("on intent=x hold\non intent=y transfer number +911234567890\n")
        load = await engine.rules.reload()
        assert load.status is LoadStatus.REFUSED
        (finding,) = (found for found in load.findings if found.code.name == "host-refuses")
        assert finding.location.first.line == 2
        assert "+911234567890" in finding.message
        assert "the host's deny-list holds this number" in engine.health().warnings[0]
        assert engine.rules.revision == live
        rules.write_text("on intent=x hold\non intent=y transfer number +441234567890\n")
        assert (await engine.rules.reload()).status is LoadStatus.LIVE


def test_an_engine_does_not_begin_with_them(tmp_path: Path) -> None:
    rules = tmp_path / "a.rules"
    rules.write_text('on intent=x play_audio "https://elsewhere.example/a.wav"\n')
    Engine(rules, settings=Settings(allow_audio_hosts=("Elsewhere.example",)))
    with pytest.raises(RulesRefused, match="allow-list does not hold this audio host"):
        Engine(rules, settings=Settings(allow_audio_hosts=("cdn.example.com",)))


def test_a_script_can_ask_for_its_host(tmp_path: Path) -> None:
    rules = tmp_path / "a.rules"
    rules.write_text("on intent=x transfer number +19005551234\n")
    assert [finding.code.name for finding in flowrules.check(rules)] == ["host-refuses"]
    anywhere = Settings(deny_premium_rate=False).fence
    assert flowrules.check(rules, fence=anywhere) == ()
    assert flowrules.load(rules, fence=anywhere).rules


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
    state = apply_event(ruleset, state, event, NOW)
    plan = make_plan(ruleset, decide(ruleset, event, state, NOW), state)
    for part in plan.parts:
        for step in part.steps:
            assert isinstance(step, PlannedVerb)
            assert step.verb == "transfer"
            assert (step.body["destination_type"], step.body["destination"]) == ("agent_queue", "sales_main")
