"""What playing calls shows of rules that are edited: what an edit can't touch stays, and what it can is played."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.codes.hygiene import TEST_PROVES_NOTHING
from flowrules.editor import stories
from flowrules.editor.documents import Change
from flowrules.editor.features.fixes import fixes
from flowrules.editor.features.testing import lenses
from flowrules.editor.near import near
from flowrules.editor.played import FAILING_TEST, Played
from flowrules.editor.positions import Place
from flowrules.editor.reach import reach_of
from flowrules.editor.stories import Player
from flowrules.editor.workspace import Workspace
from flowrules.language.nodes import Test as ATest
from flowrules.scenarios.suite import run_tests
from flowrules.source import source_from_text

RULES = """on paying then recording_pause because "card number"
on paid then recording_resume
on intent=human then transfer queue people
rule "Hello"
  on intent=hello
  say "Hello."
end
promise "people are greeted" never transfer when vip is yes
test "people"
  on intent=human
  expect transfer queue people
end
test "hello"
  on intent=hello
  expect rule "Hello"
end
test "nothing"
  on intent=hello
end
"""
OTHERS = (
    'on intent=more then say "More."\n',
    "on call_ended then log \"over\"\n",
    "never transfer when vip is yes\n",
    'test "more"\n  on intent=human\n  expect not hangup\nend\n',
    "fact vip is yes/no\n",
    "# A comment.\n\n",
    'rule "Early"\n  on intent=human\n  say "One moment."\n  transfer queue people\nend\n',
    'on intent=hello then say "Hi."\n',
)  # fmt: skip


def seconds() -> Iterator[float]:
    """A clock of which each look takes a hundredth: equal rules are played alike on every machine."""
    return itertools.count(0.0, 0.01)


def player() -> Player:
    return Player(seconds().__next__)


def play(one: Player, text: str, time: float = 1.0) -> list[Played]:
    return list(one.play([source_from_text(text, "a.rules")], time))


def named(played: Played) -> set[tuple[str, int]]:
    return {(one.code.name, one.location.first.line) for one in played.findings}


def compiled(text: str, before: object = None) -> RuleSet:
    loaded = load_rules([source_from_text(text, "a.rules")], previous=before)  # type: ignore[arg-type]
    assert loaded.ruleset is not None, loaded.findings
    return loaded.ruleset


def test_tests_come_first_then_stories_each_as_it_is_found() -> None:
    first, *_, last = play(player(), RULES)
    assert named(first) == {("test-proves-nothing", 17)}
    assert [(one.label, one.passed) for one in first.tests] == [
        ("people", True),
        ("hello", True),
        ("nothing", True),
    ]
    assert not first.last
    assert last.last
    assert named(last) == {
        ("test-proves-nothing", 17),
        ("stays-paused", 1),
        ("broken-promise", 8),
    }
    paused = next(one for one in last.findings if one.code.name == "stays-paused")
    assert paused.story
    assert paused.test.startswith("test ")
    assert "Played" in last.looked[0]


def test_what_changes_no_call_is_told_again_at_once_where_it_stands_now() -> None:
    one = player()
    before = play(one, RULES)[-1]
    (after,) = play(one, f"# A comment.\n\n{RULES}")
    assert after.last
    assert named(after) == {(name, line + 2) for name, line in named(before)}
    answered = RULES.replace("on paying", "# meant: stays-paused, the host resumes it\non paying")
    (after,) = play(one, answered)
    assert {one.code.name: one.answered for one in after.findings if one.answered} == {
        "stays-paused": "the host resumes it"
    }
    (after,) = play(one, RULES)
    assert not any(one.answered for one in after.findings)


def test_a_story_that_was_found_is_played_first_after_an_edit() -> None:
    one = player()
    play(one, RULES)
    first, *_ = play(one, RULES.replace('say "Hello."', 'say "Hello to you."'))
    assert ("stays-paused", 1) in named(first)
    mended = RULES.replace("on intent=human then", "on intent=human then recording_resume then")
    first, *_, last = play(one, mended)
    assert "stays-paused" not in {name for name, _ in named(first) | named(last)}


def test_an_edit_in_a_large_rule_set_is_played_around_its_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """So little time that the whole comes to nothing: what the edit has brought is found all the same."""
    many = "".join(f"on intent=other{number} then transfer queue q{number}\n" for number in range(60))
    one = player()
    play(one, f"{many}on paid then recording_resume\n", 0.3)
    edited = f'{many}on paid then recording_resume\non paying then recording_pause because "card"\n'
    edited = edited.replace("on intent=other7 then", "on intent=other7 when paying is yes then")
    monkeypatch.setattr(stories, "OF_AN_EDIT", 0.9)
    found = play(one, edited, 1.0)[-1]
    assert ("stays-paused", 62) in named(found)


def test_a_failing_test_is_an_error_at_its_line() -> None:
    workspace = Workspace()
    workspace.put("a.rules", RULES.replace("expect transfer queue people", "expect hangup"))
    workspace.settle()
    wanted = workspace.to_play()
    assert wanted is not None
    first = next(iter(player().play(wanted.sources, 0)))
    assert first.last
    seen = workspace.hear(wanted, first)
    wrong = [one for one in seen.findings["a.rules"] if one.code is FAILING_TEST]
    assert [one.location.first.line for one in wrong] == [11]
    assert "expected hangup. Happened: " in wrong[0].message
    titles = [one.title for one in lenses(workspace, "a.rules") if one.test]
    assert titles == ["Run this test (it does not pass)", *["Run this test (it passes)"] * 2]
    workspace.edit("a.rules", [Change("# x\n", Place(0, 0), Place(0, 0))])
    assert [one.title for one in lenses(workspace, "a.rules") if one.test] == ["Run this test"] * 3
    moved = [one for one in workspace.findings["a.rules"] if one.code is FAILING_TEST]
    assert [one.location.first.line for one in moved] == [12]


def test_what_was_played_of_other_texts_counts_for_nothing() -> None:
    workspace = Workspace()
    workspace.put("a.rules", RULES)
    workspace.settle()
    wanted = workspace.to_play()
    assert wanted is not None
    workspace.put("a.rules", f"{RULES}\n# x\n")
    workspace.settle()
    assert workspace.hear(wanted, next(iter(player().play(wanted.sources, 0)))).findings == {}
    workspace.put("a.rules", "on")
    workspace.settle()
    assert workspace.to_play() is None
    assert list(player().play([source_from_text("on", "a.rules")])) == []


def test_the_story_of_a_finding_becomes_a_test_of_its_own_name() -> None:
    workspace = Workspace()
    workspace.put("a.rules", RULES)
    workspace.settle()
    wanted = workspace.to_play()
    assert wanted is not None
    workspace.hear(wanted, list(player().play(wanted.sources, 1.0))[-1])
    for count in (1, 2):
        file, found = workspace.files["a.rules"], workspace.findings["a.rules"]
        paused = next(one for one in found if one.code.name == "stays-paused")
        fix = next(
            one
            for one in fixes(file, found, paused.location.start, paused.location.end, workspace.index)
            if one.title == "Write this story as a test"
        )
        workspace.put("a.rules", workspace.documents["a.rules"].with_edits(fix.edits))
        assert workspace.settle().settled
        assert workspace.ruleset is not None, workspace.findings
        names = [str(block.item.label.value) for block in workspace.ruleset.checked.tests]  # type: ignore[union-attr]
        assert names[3:] == ["stays-paused, line 1", "stays-paused, line 1 (2)"][:count]
        failed = [case.label for case in run_tests(workspace.ruleset).cases if not case.passed]
        assert failed == names[3:], "it expects what is right, so it fails until the rules are mended"


def test_exploring_one_rule_tells_what_goes_wrong_with_it_first() -> None:
    source = source_from_text(RULES, "a.rules")
    explored = player().explore([source], "a.rules", RULES.index("paying"), 1.0)
    assert explored is not None
    assert explored.rule.startswith("on paying")
    assert explored.findings[0].code.name == "stays-paused"
    assert explored.looked
    assert player().explore([source], "a.rules", RULES.index("promise"), 1.0) is None
    assert player().explore([source], "b.rules", 0, 1.0) is None


def test_near_a_rule_are_those_that_have_to_do_with_it() -> None:
    rules = compiled(
        'on a then remember seen is yes\non b when seen is yes then say "b"\non c then hold\n'
        'on d when c is yes then say "d"\non e then unhold\n'
        + "".join(f"on f{number} then hangup\n" for number in range(4))
    )
    ids = [rule.id for rule in rules.rules]
    ends = set(ids[5:7])
    assert near(rules, {ids[0]}) == {*ids[:2], *ends}
    assert near(rules, {ids[1]}) == {*ids[:2], *ends}
    assert near(rules, {ids[2]}) == {*ids[2:5], *ends}
    assert near(rules, {ids[4]}) == {ids[2], ids[4], *ends}


@pytest.mark.parametrize(
    ("edit", "touched"),
    [
        ('on intent=more then say "More."\n', ["people", "hello", "nothing"]),
        ('on other then say "More."\n', []),
        ("on call_ended then log \"over\"\n", ["people", "hello", "nothing"]),
        ("fact other is yes/no\n", ["people", "hello", "nothing"]),
        ('promise "p" never hangup when vip is yes\n', []),
    ],
)  # fmt: skip
def test_which_tests_an_edit_can_touch(edit: str, touched: list[str]) -> None:
    before = load_rules([source_from_text(RULES, "a.rules")])
    assert before.ruleset is not None
    after = compiled(f"{RULES}{edit}", before)
    reach = reach_of(before.ruleset, after)
    tests = [block.item for block in before.ruleset.checked.tests]
    assert [str(one.label.value) for one in tests if isinstance(one, ATest) and reach.touches(one)] == touched


def test_rules_in_another_order_can_touch_everything() -> None:
    one, two = "on intent=a then hangup\n", 'on intent=b then say "b"\n'
    before = load_rules([source_from_text(one + two, "a.rules")])
    assert before.ruleset is not None
    assert reach_of(before.ruleset, compiled(two + one, before)).events is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(range(len(OTHERS))), st.booleans()), min_size=1, max_size=6))
def test_tests_go_as_if_they_were_all_played_anew(edits: list[tuple[int, bool]]) -> None:
    """Warm against cold: which tests pass, which fail and which prove nothing, after any edits."""
    warm, here = player(), set[int]()
    for number, on_top in edits:
        here ^= {number}
        texts = [OTHERS[at] for at in sorted(here)]
        text = "".join([*texts, RULES] if on_top else [RULES, *texts])
        if load_rules([source_from_text(text, "a.rules")]).ruleset is None:
            continue
        (known,), (anew,) = play(warm, text, 0), play(player(), text, 0)
        assert known.tests == anew.tests
        of_tests = (FAILING_TEST, TEST_PROVES_NOTHING)
        assert [one for one in known.findings if one.code in of_tests] == [
            one for one in anew.findings if one.code in of_tests
        ]
