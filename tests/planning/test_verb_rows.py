"""Each row of the catalogue holds together, and what it says of its verb is what happens."""

import dataclasses
from typing import Any

import pytest

from flowrules.analysis.model.builtin import CALL_FACTS
from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.chaos.reconciler import claims, evidence
from flowrules.engine.planning.receipts import held, spoken, told
from flowrules.language.nodes import TargetKind
from flowrules.sandbox.calls import Call, NotDone, act
from flowrules.sandbox.limits import FixedWindow
from flowrules.verbs import (
    BY_NAME,
    CATALOGUE,
    Copies,
    Effect,
    FillsLead,
    Flag,
    Holds,
    Reports,
    VerbSpec,
    taking_target,
)  # fmt: skip
from flowrules.verbs.form import form as written_form
from flowrules.verbs.sentence import sentence

HEAD = """\
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:00
end
destination sales_desk is queue sales_main
default disposition is DONE
on prepare conference_start then conference_add agent a_1 as helper
"""
KNOWN = {"agent_call": "call_2", "callback_time": "2026-03-03T10:00:00+05:30", "helper": "mem_1"}

every_verb = pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
EXAMPLES = [(spec, example) for spec in CATALOGUE for example in spec.examples]
every_example = pytest.mark.parametrize(
    ("spec", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES]
)


def body_of(plan_for: Any, example: str) -> dict[str, Any]:
    planned = plan_for(f"{HEAD}on go {example}\n", known=KNOWN, checks=False)
    (body,) = planned.bodies
    return dict(body)


def call() -> Call:
    return Call("call_1", "s", "t", "v", "long", {}, 0.0, FixedWindow(100, 60))


@every_verb
def test_a_row_speaks_of_what_its_forms_and_its_model_have(spec: VerbSpec) -> None:
    fields = spec.model.model_fields.keys()
    flags = {part.name for form in spec.forms for part in form.parts if isinstance(part, Flag)}
    assert flags - {"now"} == spec.flags.keys()
    assert {field for field, _ in spec.flags.values()} <= fields
    assert bool(spec.targets) == bool(spec.slots_of("target", "participant"))
    if spec.targets is not None:
        assert {spec.targets.type_field, "destination"} <= fields
        assert spec.targets.kinds.keys() <= {str(kind) for kind in TargetKind}
    if spec.closed_by is not None:
        assert spec.closed_by in BY_NAME
    if spec.closed_on_failure or "cap" in spec.slots_of("duration"):
        assert spec.closed_by is not None
    assert not spec.hangs_up or spec.effect is Effect.ENDING
    assert spec.heard_field is None or spec.heard_field in fields
    for tells in spec.tells:
        match tells:
            case Holds(fact=fact):
                assert fact in CALL_FACTS
            case Copies(fact, field):
                assert fact in CALL_FACTS
                assert field in fields
            case FillsLead(name, value):
                assert {name, value} <= fields
            case Reports(names):
                assert {f"call.{name}" for name in names} <= {*CALL_FACTS}


@every_verb
def test_every_flag_sets_its_field(plan_for: Any, spec: VerbSpec) -> None:
    for flag, (field, value) in spec.flags.items():
        example = next(one for one in spec.examples if flag.replace("_", " ") in one)
        assert body_of(plan_for, example)[field] == value


@every_verb
def test_every_kind_of_target_is_written_as_the_row_says(plan_for: Any, spec: VerbSpec) -> None:
    written = {"number": "+911234567890", "sip": '"sip:desk@pbx.example.com"'}
    for kind, word in spec.targets.kinds.items() if spec.targets else ():
        target = written.get(kind, "somebody")
        body = body_of(plan_for, f"{spec.name} {kind} {target}")
        assert body[spec.targets.type_field] == word
        assert body["destination"] == target.strip('"')
        taker = taking_target(kind)
        assert taker is not None
        assert taker.targets is not None


@every_example
def test_what_a_verb_tells_is_what_the_platform_believes(plan_for: Any, spec: VerbSpec, example: str) -> None:
    body = body_of(plan_for, example)
    on = call()
    on.state.members["mem_1"] = "a_1"
    on.state.monitoring["call_2"] = "listen"
    before = on.describe()
    done = act(on, spec.model.model_validate(body), leave_ends=True)
    assert not isinstance(done, NotDone), done
    assert (done.outcome is not None) == (spec.effect is Effect.ENDING)
    assert spec.keeps_member == ("member_id" in done.result)
    believed = on.describe()
    facts = told(spec.name, body, done.result)
    for fact, value in facts.items():
        area, _, name = fact.partition(".")
        if area == "lead":
            assert believed["lead_fields"][name] == value
        elif name == "callback":
            assert believed[name]["scheduled_at"] == value
        else:
            assert believed[name] == value
    watched = ("on_hold", "muted", "recording", "disposition", "lead_status", "callback")
    for name in watched:
        assert believed[name] == before[name] or f"call.{name}" in facts, f"the row does not tell of {name}"


@every_verb
def test_a_pair_is_opened_and_closed(plan_for: Any, spec: VerbSpec) -> None:
    if spec.closed_by is None or BY_NAME[spec.closed_by].effect is Effect.ENDING:
        return
    opens = {tells.fact: tells.value for tells in spec.tells if isinstance(tells, Holds)}
    closes = {tells.fact: tells.value for tells in BY_NAME[spec.closed_by].tells if isinstance(tells, Holds)}
    assert opens.keys() == closes.keys()
    assert all(closes[fact] != value for fact, value in opens.items())


@every_example
def test_what_the_caller_hears_stands_in_the_row(plan_for: Any, spec: VerbSpec, example: str) -> None:
    body = body_of(plan_for, example)
    text = spoken(spec.name, body)
    assert (text is not None) == (spec.heard_field is not None and spec.heard_field in body)
    on_hold = told(spec.name, body, {}).get("call.on_hold")
    assert held(spec.name, body) is on_hold


@every_example
def test_a_rail_over_a_verbs_words_holds_every_form_of_it(
    plan_for: Any, spec: VerbSpec, example: str
) -> None:
    body = body_of(plan_for, example)
    word = example.split()[0]
    assert {spec.name, word} <= spec.words(body)
    for over in spec.words(body):
        planned = plan_for(
            f"{HEAD}never {over} when paying is yes\non go {example}\n",
            known={**KNOWN, "paying": True},
            checks=False,
        )
        assert planned.words == [f"{spec.name}!forbidden"]


def test_the_judge_of_chaos_runs_knows_the_same_of_verbs() -> None:
    """It imports nothing of what it judges, so its tables are held against the catalogue here."""
    assert {spec.name for spec in CATALOGUE if spec.effect is Effect.ENDING} == claims.ENDINGS
    assert {spec.name for spec in CATALOGUE if spec.effect is Effect.RECORD} == claims.RECORDS
    assert {spec.name for spec in CATALOGUE if not spec.keyed} == evidence.KEYLESS


def test_rows_are_data() -> None:
    assert {spec.name for spec in CATALOGUE} == BY_NAME.keys()
    assert all(dataclasses.is_dataclass(tells) for spec in CATALOGUE for tells in spec.tells)


@every_example
def test_the_host_s_fence_stands_around_every_place_of_every_verb(
    plan_for: Any, spec: VerbSpec, example: str
) -> None:
    body = body_of(plan_for, example)
    shut = DestinationPolicy(deny_numbers=("+",), allow_sip_hosts=(), allow_audio_hosts=())
    leads_out = any(str(value).startswith(("+", "sip:", "https:")) for value in body.values())
    assert bool(shut.objection(body)) == leads_out


@pytest.mark.parametrize(
    ("form", "told", "more", "what"),
    [
        ("page <target:target>", "page <target>", {}, "say how its target is sent"),
        ("page [loudly]", "page[loudly:, loudly]", {}, "say which field each of its flags sets"),
        ("page", "page", {"flags": {"loudly": ("volume", "high")}}, "say which field each of its flags sets"),
        ("page for at most <cap:duration>", "page for <cap>", {}, "say what closes it"),
        ("page because <reason:text>", "page", {}, "tell all arguments of each form"),
        ("page", "page for <cap>", {}, "tell all arguments of each form"),
    ],
)
def test_a_row_with_a_gap_is_refused_where_it_is_written(
    form: str, told: str, more: dict[str, Any], what: str
) -> None:
    sentences = (sentence(f"page | {told}"),)
    with pytest.raises(ValueError, match=f"the row of page must {what}"):
        VerbSpec("page", "call", Effect.LIVE, (written_form(form),), "", (), sentences, **more)
