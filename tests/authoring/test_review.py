"""A draft is judged: each thing that may speak against it gives its verdict and its reason."""

from pathlib import Path

import pytest

from flowrules.authoring.draft import lay_over
from flowrules.authoring.report import review_json
from flowrules.authoring.review import Review, Verdict, review

HOUSE = """\
timezone UTC

rule "Sales"
  on intent=sales
  transfer queue sales
    if it fails then (say "Nobody is free." then schedule_callback in 2 hours)
end

test "sales goes to sales"
  on intent=sales
  expect transfer queue sales
end
"""
GOOD = """\
rule "Bills"
  on intent=billing
  transfer queue sales
    if it fails then (say "Nobody is free." then schedule_callback in 2 hours)
end

test "a bill goes to the desk"
  on intent=billing
  expect transfer queue sales
end
"""
PROMISE = """
promise "Nobody is handed over on hold"
  before transfer
  call.on_hold is no
end

on wait_please hold for at most 1 minute
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "house.rules").write_text(HOUSE)
    return folder


def judged(text: str, rules: Path | None = None, name: str = "draft.rules") -> Review:
    return review(lay_over({name: text}, rules), clock=lambda: 0.0)


def told(found: Review) -> str:
    return "\n".join(found.reasons)


def test_a_draft_by_itself_that_nothing_speaks_against_is_ready() -> None:
    found = judged(GOOD)
    assert (found.verdict, found.reasons, found.new) == (Verdict.READY, (), ())
    assert found.tests == 1
    assert found.page is not None
    assert [rule.name for rule in found.page.rules] == ["Bills"]
    assert found.changes is None


def test_over_a_rule_set_the_draft_is_told_and_what_it_changes(rules: Path) -> None:
    found = judged("fact intent is one of sales, billing\n" + GOOD, rules)
    assert found.verdict is Verdict.READY, found.reasons
    assert found.page is not None
    assert [(rule.number, rule.name) for rule in found.page.rules] == [("1", "Bills")]
    assert found.changes is not None
    assert [(one.old_rule, one.new_rule) for one in found.changes.changes] == [(None, "Bills")]


def test_a_new_name_is_told_with_what_may_be_meant(rules: Path) -> None:
    found = judged(GOOD.replace("billing", "saless").replace("queue sales", "queue sale"), rules)
    assert found.verdict is Verdict.TO_LOOK_AT
    assert found.unknown == (
        'The intent "saless" is new: no rule and no declaration of the rule set has it. Did you mean "sales"?',
        'The queue "sale" is new: no rule and no declaration of the rule set has it. Did you mean "sales"?',
    )


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        (
            "on intent=sales transfr queue sales\n",
            Verdict.NOT_READY,
            "The rules have 1 error, so nothing else",
        ),
        (GOOD.replace("expect transfer", "expect not transfer"), Verdict.NOT_READY, "1 test does not pass."),
        (GOOD + PROMISE, Verdict.NOT_READY, 'The promise "Nobody is handed over on hold" is broken'),
        (
            GOOD + "on paying recording_pause\non paid recording_resume\n",
            Verdict.TO_LOOK_AT,
            "the recording is still paused",
        ),
        (
            GOOD.replace("expect transfer queue sales", "expect not hangup"),
            Verdict.TO_LOOK_AT,
            "1 test proves nothing.",
        ),
        (GOOD.split("test")[0], Verdict.TO_LOOK_AT, "There is no test in the draft"),
        ("timezone UTC\n", Verdict.TO_LOOK_AT, "There is no rule in the draft."),
    ],
)
def test_what_speaks_against_a_draft_is_its_reason(text: str, verdict: Verdict, reason: str) -> None:
    found = judged(text)
    assert found.verdict is verdict
    assert reason in told(found)


def test_what_the_rule_set_had_before_is_not_held_against_the_draft(rules: Path) -> None:
    (rules / "old.rules").write_text(
        "on paying recording_pause\non paid recording_resume\n"
        + HOUSE.split("test")[0].replace("sales", "old").replace("Sales", "Old")
    )
    found = judged("fact intent is one of sales, billing, old\n" + GOOD, rules)
    assert any(
        one.code.name == "stays-paused" and one.location.source.path == "old.rules" for one in found.findings
    )
    assert {one.location.source.path for one in found.new} <= {"old.rules", "draft.rules"}
    assert not [one for one in found.new if "Old" in one.message]


def test_a_loss_is_told_as_a_running_engine_tells_it(rules: Path) -> None:
    (rules / "rails.rules").write_text("never transfer when vip is no\n")
    found = judged("# all gone\n", rules, "rails.rules")
    assert found.verdict is Verdict.TO_LOOK_AT
    assert "would lose something" in told(found)


def test_time_that_is_too_short_is_no_reason_to_call_a_draft_ready() -> None:
    ticks = iter(range(10**9))
    found = review(lay_over({"draft.rules": HOUSE + GOOD}), clock=lambda: float(next(ticks)), seconds=0.1)
    assert found.verdict is Verdict.TO_LOOK_AT
    assert "There was time only" in told(found)


def test_the_report_for_programs_holds_all_of_it(rules: Path) -> None:
    data = review_json(judged(GOOD + PROMISE, rules))
    assert data["verdict"] == "not ready"
    assert data["findings"][0]["story"]
    assert data["unknown_names"]
    assert data["changes"]["examples"]
    assert "Bills" in data["explanation"]


def test_a_weak_test_that_was_there_is_not_held_against_the_draft(rules: Path) -> None:
    weak = HOUSE.replace("expect transfer queue sales", "expect not hangup")
    (rules / "house.rules").write_text(weak)
    found = judged("fact intent is one of sales, billing\n" + GOOD, rules)
    assert [one.code.name for one in found.findings] == ["test-proves-nothing"]
    assert (found.verdict, found.new) == (Verdict.READY, ())
