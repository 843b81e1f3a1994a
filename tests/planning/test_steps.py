"""The steps that are no verbs, and how paths name what runs."""

from typing import Any

from flowrules.engine.event import Source
from flowrules.engine.planning.plan import AdviseStep, FailedStep, RememberStep, WaitStep
from flowrules.engine.planning.plan_json import plan_json
from flowrules.engine.planning.step_planner import MAX_VERBS


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


def test_a_remembered_text_is_filled_in_and_keeps_the_source_of_what_fills_it(plan_for: Any) -> None:
    planned = plan_for('on go remember who is "{name} of {city}"', known={"name": "Asha", "city": "Pune"})
    assert planned.steps == [RememberStep("1", "who", "Asha of Pune", source=Source.HOST)]
    planned = plan_for('on said remember words is "He said {said}"', event={"said": "now"})
    assert planned.steps == [RememberStep("1", "words", "He said now", source=Source.CALLER)]


def test_one_fact_by_itself_is_remembered_as_it_is(plan_for: Any) -> None:
    planned = plan_for('on go remember old is "{balance}" then remember was is "{vip}" then remember no is "{x}"',
                       known={"balance": 5, "vip": True})  # fmt: skip
    assert [step.value for step in planned.steps] == [5, True, None]
    planned = plan_for(
        'on go remember old is "{balance or none}" then remember no is "{x or none}"', known={"balance": 5}
    )
    assert [step.value for step in planned.steps] == [5, "none"]


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


GOES_ON = """\
never mute when paying is yes
rule "a"
  on go
  mute
    if it fails because refused then say "No."
    if it fails then (remember not_muted is yes then set_lead_field muted to refused then go on)
  if not_muted is yes then say "You are heard. {lead.muted}" otherwise say "You are muted."
  hold
    if it fails then (do sorry then go on)
  unhold
end
"""
SORRY = 'steps sorry\n  say "Sorry."\nend\n'


def test_a_plan_goes_on_behind_a_step_that_can_not_be_sent(plan_for: Any) -> None:
    planned = plan_for(SORRY + GOES_ON, known={"paying": True})
    failed, heard, hold, unhold = planned.steps
    assert [branch.behind for branch in failed.branches] == ["", "1"]
    assert heard.body["tts_text"] == "You are heard. refused", "it is known what the branch did"
    assert [branch.goes_on for branch in hold.branches] == [True]
    assert unhold.path == "4"


def test_a_plan_does_not_go_on_behind_another_branch(plan_for: Any) -> None:
    planned = plan_for(
        SORRY + GOES_ON.replace("because refused", "because forbidden"), known={"paying": True}
    )
    assert planned.steps == [planned.failed]


def test_a_branch_that_stops_does_not_go_on(plan_for: Any) -> None:
    sorry = SORRY.replace('say "Sorry."', "if vip is yes then stop")
    rules = sorry + GOES_ON
    assert [branch.goes_on for branch in plan_for(rules, known={"vip": True}).verbs[2].branches] == [False]
    assert [branch.goes_on for branch in plan_for(rules).verbs[2].branches] == [True]


def test_a_branch_that_can_not_run_does_not_go_on(plan_for: Any) -> None:
    rails = "never say when vip is yes\nnever set_lead_field when vip is yes\n"
    planned = plan_for(SORRY + rails + GOES_ON, known={"paying": True, "vip": True})
    assert planned.steps == [planned.steps[0]]
    assert not any(branch.goes_on for branch in planned.steps[0].branches)


def test_a_plan_that_goes_on_as_json(plan_for: Any) -> None:
    (failed, *_) = plan_json(plan_for(SORRY + GOES_ON, known={"paying": True}).plan)["parts"][0]["steps"]
    assert [branch.get("goes_on") for branch in failed["if_it_fails"]] == [None, True]
    assert [step["step"] for step in failed["if_it_fails"][1]["steps"]] == ["remember", "verb"]
