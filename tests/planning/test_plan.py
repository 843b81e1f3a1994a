"""The plan as a whole: parts, notes, what is built once, and what it looks like as JSON."""

import json
from typing import Any

from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.event import make_event
from flowrules.engine.planning.plan_json import plan_json, requests
from flowrules.engine.planning.planner import make_plan

LITERAL = "on go hold then transfer queue q then set_disposition x"


def again(planned: Any) -> Any:
    event = make_event("go", facts={"other": "fact"})
    state = apply_event(planned.ruleset, planned.state, event, planned.state.started_at)
    decision = decide(planned.ruleset, event, state, planned.state.started_at)
    return make_plan(planned.ruleset, decision, state)


def test_no_rule_no_parts(plan_for: Any) -> None:
    planned = plan_for("on go hold", "something_else")
    assert planned.plan.parts == ()
    assert planned.plan.revision == planned.ruleset.revision


def test_what_no_call_can_change_is_built_once(plan_for: Any) -> None:
    for text in (
        LITERAL,
        f"never mute when paying is yes\n{LITERAL}",
        f"never hold when paying is yes\n{LITERAL}",
        f"before transfer when call.muted is yes then unmute\n{LITERAL}",
        "on go when no_one is yes mute otherwise hold",
    ):
        planned = plan_for(text)
        assert again(planned).parts[0] is planned.plan.parts[0]
        assert again(planned).notes == planned.plan.notes


def test_what_depends_on_the_call_is_not(plan_for: Any) -> None:
    for text in (
        "never hold when call.on_hold is yes\non go hold then hold",
        "before hold when x is yes then mute\non go remember x is yes then hold",
        "before set_disposition then mute\non go hold then set_disposition x",
        'on go say "{turn}"',
        "on go schedule_callback in 2 hours",
        'on go hold if it fails then say "{turn}"',
        'rule "x"\n  on go\n  if turn is 1 then hold\nend',
    ):
        planned = plan_for(text)
        assert again(planned).parts[0] is not planned.plan.parts[0]


def test_a_rail_that_binds_is_asked_each_time(plan_for: Any) -> None:
    free = plan_for("never hold when paying is yes\non go hold")
    bound = plan_for("never hold when paying is yes\non go hold", known={"paying": True})
    assert (free.words, bound.words) == (["hold"], ["hold!forbidden"])
    assert again(bound).parts == bound.plan.parts


def test_a_built_part_equals_one_that_is_woven(plan_for: Any) -> None:
    rule = 'on go do bye then log "x"\nsteps bye\n  say "Bye."\n  hangup if it fails then mute\n  set_disposition x\nend\n'
    built = plan_for(rule)
    planned_steps = plan_for(f"never hangup when never_known is yes\n{rule}")
    assert built.plan.parts[0].steps == planned_steps.plan.parts[0].steps
    assert built.plan.notes == planned_steps.plan.notes


def test_parts_in_their_order(plan_for: Any) -> None:
    planned = plan_for('on go mute\nalso on go hold\nalso on go log "x"')
    assert [part.rule.line for part in planned.plan.parts] == [2, 3, 1]
    assert planned.words == ["hold", "log", "mute"]
    assert not any(part.urgent for part in planned.plan.parts)
    assert plan_for("on go hold\nurgent on alarm mute", "alarm").plan.parts[0].urgent


def test_equal_inputs_equal_plan(plan_for: Any) -> None:
    text = 'never hold when paying is yes\non go say "{x}" then transfer queue q then set_disposition y'
    assert plan_for(text, known={"x": 1}).plan == plan_for(text, known={"x": 1}).plan


def test_a_plan_is_json(plan_for: Any) -> None:
    planned = plan_for("""
before barge then advise "Listen."
rule "all of it"
  on go
  hold for at most 45 seconds
    if it fails because unavailable then (say "Sorry." then stop)
  wait 2 seconds
  remember a is yes
  forget b
  conference_add supervisor lead_1 as helper
  conference_remove helper
  barge into nobody
    if it fails because refused then transfer queue q
end
""")
    data = plan_json(planned.plan)
    assert json.loads(json.dumps(data)) == data
    (part,) = data["parts"]
    assert part["rule"] == {"id": "all of it", "label": "all of it", "file": "test.rules", "line": 3}
    hold, wait, remember, forget, add, remove, barge = part["steps"]
    assert hold == {
        "step": "verb",
        "path": "1",
        "verb": "hold",
        "body": {"event": "hold"},
        "effect": "live",
        "cap": {"seconds": 45, "verb": "unhold", "body": {"event": "unhold"}},
        "if_it_fails": [
            {
                "reasons": ["unavailable"],
                "steps": [
                    {
                        "step": "verb",
                        "path": "1.fail1.1",
                        "verb": "play_audio",
                        "body": {"event": "play_audio", "tts_text": "Sorry."},
                        "effect": "live",
                    }
                ],
            }
        ],
    }
    assert wait == {"step": "wait", "path": "2", "seconds": 2}
    assert remember == {"step": "remember", "path": "3", "fact": "a", "value": True}
    assert forget == {"step": "forget", "path": "4", "fact": "b"}
    assert (add["keep_as"], remove["late"]) == ("helper", {"member_id": "helper"})
    assert (barge["step"], barge["reason"]) == ("failed", "refused")
    assert barge["if_it_fails"][0]["steps"][0]["wait_for_speech"] is True
    # The branches that only a refusal of the platform would bring are left out; the one that is certain is not.
    assert [body["event"] for body in requests(planned.plan)] == [
        "hold", "conference_add", "conference_remove", "unhold", "transfer",
    ]  # fmt: skip
