"""The steps that are no verbs, and how paths name what runs."""

from typing import Any

from flowrules.engine.plan import AdviseStep, FailedStep, RememberStep, WaitStep
from flowrules.engine.weave import MAX_VERBS


def test_wait_remember_forget_advise(plan_for: Any) -> None:
    planned = plan_for(
        "on go wait 2 seconds then remember recording_refused is yes then remember tries is 3 "
        'then remember best is 9:30 then forget old then advise "Be kind."'
    )
    assert planned.steps == [
        WaitStep("1", 2),
        RememberStep("2", "recording_refused", True),
        RememberStep("3", "tries", 3),
        RememberStep("4", "best", "09:30"),
        RememberStep("5", "old", None),
        AdviseStep("6", "Be kind."),
    ]


def test_what_is_remembered_is_a_word_of_the_rules_and_never_a_fact(plan_for: Any) -> None:
    planned = plan_for('on go remember agent_call is "{name}"', known={"name": "call_7"})
    assert planned.steps == [RememberStep("1", "agent_call", "{name}")]


def test_do_is_written_out_and_the_path_shows_it(plan_for: Any) -> None:
    planned = plan_for(
        """
steps farewell
  say "Bye."
  set_disposition
end
steps goodbye
  do farewell
  hangup
end
on intent=sales hold then do goodbye then log "after"
on intent=billing do goodbye
""",
        {"intent": "sales"},
    )
    assert [(step.path, step.verb) for step in planned.steps] == [
        ("1", "hold"),
        ("2.goodbye.1.farewell.1", "play_audio"),
        ("2.goodbye.1.farewell.2", "set_disposition"),
        ("3", "log"),
        ("2.goodbye.2", "hangup"),
    ]
    assert planned.bodies[2] == {"event": "set_disposition", "disposition": "sales"}


def test_a_bare_disposition_in_shared_steps_is_that_of_the_rule_that_does_them(plan_for: Any) -> None:
    text = "steps done\n  set_disposition\nend\non intent=sales do done\non intent=billing do done"
    assert plan_for(text, {"intent": "sales"}).bodies[0]["disposition"] == "sales"
    assert plan_for(text, {"intent": "billing"}).bodies[0]["disposition"] == "billing"


def test_stop_ends_the_steps(plan_for: Any) -> None:
    text = "steps pause\n  hold\n  stop\n  mute\nend\non go do pause then unhold"
    assert plan_for(text).words == ["hold"]
    assert (
        plan_for('rule "x"\n  on go\n  if vip is yes then stop\n  hold\nend', known={"vip": True}).steps == []
    )


def test_if_is_answered_while_planning_with_what_the_plan_has_done(plan_for: Any) -> None:
    text = """
rule "x"
  on go
  if balance is at least 500 then set_disposition rich otherwise set_disposition poor
  if call.disposition is rich then say "Gold." otherwise say "Hello."
  remember greeted is yes
  if greeted is yes then hold otherwise mute
end
"""
    assert [body.get("tts_text") for body in plan_for(text, known={"balance": 900}).bodies] == [
        None,
        "Gold.",
        None,
    ]
    poor = plan_for(text, known={"balance": 5})
    assert [body.get("disposition") for body in poor.bodies] == ["poor", None, None]
    assert poor.words == ["set_disposition", "play_audio", "hold"]
    unknown = plan_for(text)
    assert unknown.bodies[0]["disposition"] == "poor"
    assert "if balance is at least 500: unknown, so otherwise" in unknown.notes


def test_paths_of_otherwise(plan_for: Any) -> None:
    planned = plan_for('on go when vip is yes hold otherwise mute then say "x"')
    assert planned.plan.parts[0].outcome == "otherwise"
    assert [step.path for step in planned.steps] == ["otherwise.1", "otherwise.2"]


def test_paths_are_unique_within_a_plan(plan_for: Any) -> None:
    planned = plan_for(
        """
before hold, mute then say "a" then say "b"
never unhold when vip is yes instead hold
rule "x"
  on go
  hold
    if it fails because refused then (mute then hold)
    if it fails then unhold
  mute
  unhold
end
""",
        known={"vip": True},
    )

    def paths(steps: Any) -> list[str]:
        found = []
        for step in steps:
            found.append(step.path)
            for branch in getattr(step, "branches", ()):
                if not step.path.endswith(("before1.1", "before1.2")):  # they share their verb's branches
                    found += paths(branch.steps)
        return found

    found = paths(planned.steps)
    assert len(found) > 12
    assert len(found) == len(set(found))


def test_steps_that_multiply_come_to_an_end(plan_for: Any) -> None:
    many = "steps many\n" + '  say "a"\n' * 100 + "end\n"
    planned = plan_for(f"{many}before hold then do many\non go " + " then ".join(["hold"] * 50))
    assert MAX_VERBS - 100 < len(planned.verbs) <= MAX_VERBS
    assert isinstance(planned.steps[-1], FailedStep)
    assert "more than 1,000 verbs" in planned.steps[-1].message


def test_failure_branches_under_rails_that_multiply_come_to_an_end(plan_for: Any) -> None:
    inner = "hold"
    for _ in range(15):
        inner = f'transfer queue q if it fails then ({inner}) then log "x"'
    planned = plan_for(f"before transfer then unhold\non go {inner}")
    assert planned.words[-1] == "transfer"
