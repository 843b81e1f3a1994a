"""What is said of each form of rule, and that steps are told in the order in which they are sent."""

import re
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.rails import NO_RAILS
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.render import concise
from flowrules.engine.planning.plan import PlannedVerb
from flowrules.engine.planning.plan_context import PlanContext
from flowrules.engine.planning.planning_state import PlanningState
from flowrules.engine.planning.step_planner import StepPlanner
from flowrules.engine.state import start_call
from flowrules.language.nodes import Do, If, VerbStep
from flowrules.prose.formats.markdown import markdown
from flowrules.prose.page import (
    Branch,
    EventText,
    Named,
    Page,
    PromiseText,
    RailText,
    RuleText,
    StepKind,
    Told,
)
from flowrules.prose.read_back import read_back
from flowrules.prose.steps import Teller
from flowrules.source import read, source_from_text
from flowrules.verbs import CATALOGUE
from flowrules.verbs.sentence import sentence

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
HEAD = """\
timezone Asia/Kolkata
list vips is gold, "दिवाली ऑफ़र"
hours office
  mon to fri 09:00 to 18:30
end
destination desk is queue sales_main
destination owner by lead.owner
  priya is agent a_1
  otherwise is queue q
end
steps goodbye
  say "Bye."
  hangup
end
"""


def ruleset(text: str, *, head: str = HEAD) -> RuleSet:
    loaded = load_rules([source_from_text(head + text, "a.rules")])
    assert loaded.ruleset is not None, concise(loaded.findings)
    return loaded.ruleset


def page(text: str, *, head: str = HEAD) -> Page:
    return read_back(ruleset(text, head=head))


def only(text: str) -> RuleText:
    (rule,) = page(text + "\n").rules
    return rule


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("vip is yes", "vip is yes"),
        ("vip is not yes", "vip is known and is not yes"),
        ("not (vip is yes or plan is gold)", "vip is known and is not yes and plan is known and is not “gold”"),
        ("vip is unknown or plan is Gold", "vip is unknown or plan is “gold”"),
        (
            "during office and (balance is at least 500 or plan is in vips)",
            "the time is within the hours “office” and (balance is at least 500 or plan is in the list “vips”)",
        ),
        ("not balance is less than 5", "balance is at least 5"),
        ("not city contains pune", "city is known and does not contain “pune”"),
        ("said contains any of vips", "what the caller says contains any of the words in the list “vips”"),
        ("hearing contains at least 6 digits", "what the caller is saying at this moment contains at least 6 digits"),
        ("call.on_hold is no", "the caller is not on hold"),
        ("call.on_hold is not no", "the caller is on hold"),
        ("wait is at most 90 seconds", "wait is at most 1 minute 30 seconds"),
        ("date is 2026-12-24", "the date is 24 December 2026"),
        ("age is between 18 and 60", "age is between 18 and 60"),
        ("code is 0123", "code is “0123”"),
        ("a is yes and b is yes and c is yes", "a is yes, and b is yes, and c is yes"),
    ],
)  # fmt: skip
def test_a_condition(written: str, told: str) -> None:
    assert only(f"on intent=x when {written} hangup").condition == told


def test_unless_of_a_rule_asks_for_a_clear_no_and_of_a_rail_for_a_clear_yes() -> None:
    told = page("never hold unless vip is yes\non intent=x unless vip is yes hold\n")
    assert told.rules[0].condition == "vip is known and is not yes"
    assert told.rails[0].text.startswith("Never put the caller on hold, except when vip is yes.")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("on intent=Sales or intent=billing or dtmf=1", "When intent is “sales” or “billing” or the caller presses a key that is 1"),
        ("on paid 2 times", "When paid is reported, from the 2nd time in a call on"),
        ("on said contains stop", "When the caller says something that contains “stop”"),
        ("on intent is not a", "When intent is reported and is not “a”"),
        ("on call_ended", "When the call has ended"),
        ("after 10 seconds of silence", "When nothing has been heard of the caller for 10 seconds"),
        ("after 300 seconds", "When the call has lasted 5 minutes"),
        ("after 5 minutes of waiting", "When waiting has been yes for 5 minutes"),
        ("at 21:00", "At 21:00"),
    ],
)  # fmt: skip
def test_an_event(written: str, told: str) -> None:
    assert only(f"{written} set_lead_status hot").event == told


def test_counting_in_a_row() -> None:
    told = only("on lost 3 times in a row or_else".replace(" or_else", " mute")).event
    assert told == "When lost is reported, in 3 turns one after the other (and in each further one)"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("transfer now queue tier1 because \"law\"", "Transfer the caller to the queue “tier1”, at once, without waiting for the bot's last word, because “law”"),
        ("say \"Hello {Lead.Name or 'there'}.\"", "Say: “Hello {lead.name, or “there” if it is not known}.”"),
        ("transfer to desk", "Transfer the caller to the queue “sales_main” (the destination “desk”)"),
        ("transfer to owner", "Transfer the caller to the destination “owner”, chosen by lead.owner"),
        ("hold for at most 45 seconds", "Put the caller on hold, for at most 45 seconds"),
        ('say "Dear { Lead.Name }, {{x}}"', "Say: “Dear {lead.name}, {{x}}”"),
        ("schedule_callback next monday at 10:00 within office", "Book a callback next Monday at 10:00, moved into the hours “office”"),
        ("schedule_callback at callback_time", "Book a callback at the time that callback_time holds"),
        ("log with step greeting, tries 2", "Write into the record of the call: step “greeting” and tries 2"),
        ("monitor_start agent_call and whisper", "Listen in on the call that agent_call names, and be able to whisper"),
        ("set_disposition", "Record the disposition “x”"),
        ("remember note is \"a b\"", "Remember that note is “a b”"),
        ("do goodbye", "Carry out the steps “goodbye”"),
        ("hold within 3 seconds", "Put the caller on hold (not accepted within 3 seconds, it has failed)"),
    ],
)  # fmt: skip
def test_a_step(written: str, told: str) -> None:
    assert only(f"on intent=x {written}").steps[0].text == told


def test_failures_are_told_by_their_reasons_in_order() -> None:
    step = only(
        'rule "r"\n  on intent=x\n  hold\n    if it fails because timeout, late then go on\n    if it fails then log "no"\nend'
    ).steps[0]
    assert [branch.when for branch in step.branches] == [
        "if this fails because no answer says what became of it or its time was over before it could be sent",
        "if this fails for any other reason",
    ]
    assert step.branches[0].steps[0].text == "Go on with what stands behind the step that failed"


def test_an_otherwise_says_whether_it_is_also_for_what_is_not_known() -> None:
    known = only("on intent=x when during office hold otherwise mute").otherwise
    unknown = only("on intent=x when vip is yes hold otherwise mute").otherwise
    assert known is not None
    assert unknown is not None
    assert (known.when, unknown.when) == ("otherwise", "otherwise, also if that is not known")


def test_events_hold_all_their_rules_in_the_order_in_which_they_are_asked() -> None:
    told = page(
        'on intent is one of a, b hold\non paid or intent=b mute\nalso on intent is in vips log "v"\n'
        "urgent on intent=gold when vip is yes unhold\non intent=gold unmute\nafter 8 minutes mute\n"
    )
    assert [(one.event, one.rules, one.known) for one in told.events] == [
        ("When intent is “gold”", ("U1", "A1", "3"), ()),
        ("When intent is in the list “vips”", ("A1",), ("A1",)),
        ("When intent is “a”", ("1",), ()),
        ("When intent is “b”", ("1", "2"), ("1",)),
        ("When paid is reported", ("2",), ("2",)),
        ("When the call has lasted 8 minutes", ("T1",), ()),
    ]


def test_hours_are_told_from_what_the_engine_asks() -> None:
    told = page(
        "hours late\n  fri to mon 22:00 to 06:00\n  on 2026-12-24 09:00 to 24:00\n  closed on 2026-01-26\nend\n"
        "on intent=x during late hold\n"
    )
    assert {one.name: one.lines for one in told.hours}["late"] == (
        "Monday: 22:00 to 06:00 of the next day.",
        "Friday to Sunday: 22:00 to 06:00 of the next day.",
        "On 24 December 2026: 09:00 to 24:00.",
        "Closed on 26 January 2026.",
        "The clock is that of Asia/Kolkata.",
    )


def test_who_is_called_and_by_which_rules() -> None:
    told = page(
        "never hold when vip is yes instead transfer queue other\n"
        "on intent=x transfer to owner\non intent=y hold\non intent=z conference_add supervisor boss\n"
    )
    assert [(one.name, one.lines) for one in told.called] == [
        ("The agent “a_1”", ("Called by rule 1.",)),
        ("The queue “other”", ("Called by guard rail N1.",)),
        ("The queue “q”", ("Called by rule 1.",)),
        ("The supervisor “boss”", ("Called by rule 3.",)),
    ]


def test_rails_are_named_at_the_rules_whose_steps_can_meet_them() -> None:
    told = page(
        'never unhold when paying is yes\nbefore hangup then log "bye"\n'
        'on intent=a hold for at most 5 seconds\non intent=b do goodbye\non intent=c log "x"\n'
    )
    assert [rule.rails for rule in told.rules] == [("N1",), ("B1",), ()]


def test_a_default_disposition_is_resolved_for_each_rule() -> None:
    head = "default disposition for intent=sales is SOLD\nsteps note\n  set_disposition\nend\n"
    told = page("on intent=sales do note\non intent=other do note\n", head=head)
    assert [rule.notes for rule in told.rules] == [
        ("Where a step records a disposition without naming it, it is “SOLD”.",),
        (
            "Where a step records a disposition without naming it, it is “SOLD” if intent is “sales”, else “other”.",
        ),
    ]
    assert told.steps[0].steps[0].text == "Record the disposition that the rule has by default"


def test_what_people_write_is_no_mark_up() -> None:
    told = markdown(page('on intent=x say "*bold* <b>_so_</b> `code` [a](b) & snake_case"\n'))
    assert "“\\*bold\\* \\<b\\>\\_so\\_\\</b\\> \\`code\\` \\[a\\](b) \\& snake_case”" in told


COOKBOOK = load_rules(read(ROOT / "rules")).ruleset


def test_steps_are_told_in_the_order_in_which_they_are_sent() -> None:
    """Of every sequence of the cookbook without `do` and `if`, held against the plan."""
    assert COOKBOOK is not None
    checked = COOKBOOK.checked
    seen = moved = 0
    for rule in COOKBOOK.rules:
        for nodes, steps in ((rule.rule.steps, rule.steps), (rule.rule.otherwise, rule.otherwise)):
            if nodes is None or steps is None or any(isinstance(node, Do | If) for node in nodes):
                continue
            scene = PlanningState({}, (NOW, start_call("a", NOW)), COOKBOOK.scope, {}, {})
            teller = Teller(checked, as_written=rule.file in checked.as_written)
            planned = [
                int(step.path) for step in StepPlanner(NO_RAILS, scene).plan_steps(steps, "", PlanContext()).steps
                if isinstance(step, PlannedVerb)
            ]  # fmt: skip
            verbs = {
                number: teller.step(node).text
                for number, node in enumerate(nodes, start=1)
                if isinstance(node, VerbStep)
            }
            if set(planned) != set(verbs):
                continue  # A step that can not be planned without the facts of a call.
            told = [step.text.partition(" (sent before")[0] for step in teller.steps(nodes)]
            assert [text for text in told if text in verbs.values()] == [verbs[number] for number in planned]
            seen += 1
            moved += planned != sorted(planned)
    assert seen > 30
    assert moved > 8


def test_no_two_verbs_are_told_alike() -> None:
    told = [{one.fill({}) for one in spec.sentences} for spec in CATALOGUE]
    names = {one.name for spec in CATALOGUE for one in spec.sentences[:1]}
    assert len(set().union(*told)) == sum(map(len, told))
    assert len(names) == len(CATALOGUE)


def test_a_row_that_leaves_an_argument_untold_is_refused() -> None:
    row = next(spec for spec in CATALOGUE if spec.slots)
    with pytest.raises(ValueError, match="must tell all arguments"):
        replace(row, sentences=(sentence("do it | Do it"),) * len(row.forms))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "at the end call.disposition is known",
            "At the end of every call, the disposition of this call is known.",
        ),
        (
            "never say, advise when dues_spoken is yes and right_party is not yes",
            "No step is to say anything, play a recording or tell the model anything when dues_spoken is yes and right_party is known"
            " and is not yes.",
        ),
        (
            "before transfer call.recording is on",
            "Each time a step is to transfer the caller, the recording is “on”.",
        ),
        (
            "while paying is yes call.recording is paused",
            "As long as paying is yes, the recording is “paused”.",
        ),
        (
            "after intent=human within 1 minute transfer or schedule_callback",
            "After intent is “human”, within 1 minute comes a step to transfer the caller or book a callback.",
        ),
        (
            "after recording_pause within 3 minutes recording_resume or the call ends",
            "After a step to pause the recording, within 3 minutes comes a step to let the recording go on, or the call"
            " ends.",
        ),
    ],
)
def test_a_promise(written: str, told: str) -> None:
    said = page(f'promise "Kept" {written}\non intent=human transfer queue q\n')
    assert [(one.number, one.name, one.text) for one in said.promises] == [("P1", "Kept", told)]
    block = page(f'on intent=human transfer queue q\npromise "Kept"\n  {written}\nend\n')
    assert block.digest == said.digest
    assert f"- **P1. Kept**: {told}" in markdown(said)


def test_promises_are_named_at_the_rules_of_whose_steps_they_speak() -> None:
    told = page(
        'promise "B" before transfer call.recording is on\npromise "A" never advise when vip is yes\n'
        'promise "C" at the end call.disposition is known\n'
        'on intent=a transfer queue q\non intent=b advise "x"\non intent=c hold\n'
    )
    assert [rule.promises for rule in told.rules] == [("P2",), ("P1",), ()]


def test_the_data_is_documented() -> None:
    section = (ROOT / "docs" / "embedding.md").read_text("utf-8").split("### What rules say, as data")[1]
    documented = set(re.findall(r"`([a-z_]+)`", section.split("\n## ")[0]))
    kinds = (Page, EventText, RuleText, RailText, PromiseText, Named, Told, Branch)
    assert {field.name for kind in kinds for field in fields(kind)} <= documented
    assert {str(kind) for kind in StepKind} <= documented


def test_an_otherwise_that_answers_for_several_conditions_names_each() -> None:
    several = only(
        'rule "Dues"\n  on intent=x\n  when known is yes\n  unless disputed is yes\n  when during office and vip is no\n  hold\n'
        "otherwise\n  mute\nend"
    ).otherwise
    assert several is not None
    assert several.when == (
        "otherwise, where known is known and is not yes, or disputed is yes, or the time is outside the hours “office”, or "
        "vip is known and is not no, also if one of these is not known"
    )
