"""Before rules go live: their tests pass, no short story breaks a promise, and what is hazardous is a warning."""

from pathlib import Path

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import Severity
from flowrules.exploration.short import changed_rules
from flowrules.runtime.rules.loads import LoadStatus
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.rules.story_gate import stories_and_tests
from flowrules.source import source_from_text

SAFE = 'on intent=hello advise "Be kind."\n'
HAZARDOUS = """\
on intent=card recording_pause because "card"
on intent=paid recording_resume
on intent=human transfer queue q
"""
BROKEN = 'promise "Recorded" before transfer call.recording is on\n' + HAZARDOUS


def ruleset_of(text: str) -> RuleSet:
    ruleset = load_rules([source_from_text(text)]).ruleset
    assert ruleset is not None
    return ruleset


def test_what_is_hazardous_is_a_warning() -> None:
    judged = stories_and_tests(ruleset_of(HAZARDOUS), 5.0)
    assert judged.objection == ""
    assert "stays-paused" in {finding.code.name for finding in judged.findings}
    assert {finding.code.severity for finding in judged.findings} == {Severity.WARNING}
    assert stories_and_tests(ruleset_of(HAZARDOUS), 0).findings == ()


def test_a_test_that_fails_is_told_before_anything_is_played() -> None:
    judged = stories_and_tests(
        ruleset_of(f'{HAZARDOUS}test "x"\n  on intent=card\n  expect hold\nend\n'), 5.0
    )
    assert 'the test "x"' in judged.objection
    assert judged.findings == ()


def test_a_broken_promise_keeps_an_edit_out_as_an_error_does() -> None:
    judged = stories_and_tests(ruleset_of(BROKEN), 5.0)
    assert "Recorded" in judged.objection
    assert "intent=human" in judged.objection


async def test_an_edit_goes_live_with_its_warnings_and_stays_out_with_a_broken_promise(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.rules"
    file.write_text(SAFE)
    book = RuleBook.load(tmp_path, gate=stories_and_tests, hold_shrunken=False)
    file.write_text(HAZARDOUS)
    outcome = await book.reload()
    assert outcome.status is LoadStatus.LIVE
    assert "stays-paused" in {finding.code.name for finding in outcome.findings}
    live = book.revision
    file.write_text(BROKEN)
    assert (await book.reload()).status is LoadStatus.REFUSED
    assert book.revision == live


def test_what_an_edit_changes_is_known_by_its_rules() -> None:
    old, new = ruleset_of(SAFE + HAZARDOUS), ruleset_of(SAFE + HAZARDOUS.replace('"card"', '"number"'))
    assert [new.ref(rule).line for rule in new.rules if rule.id in changed_rules(old, new)] == [2]
    assert changed_rules(old, old) == frozenset()
