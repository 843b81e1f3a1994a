"""Lengths of time as values: typed, reported as text, given to a test; and how old a call is."""

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.scenarios.suite import run_tests
from flowrules.source import source_from_text


def compiled(text: str) -> RuleSet:
    ruleset = load_rules([source_from_text(text)]).ruleset
    assert ruleset is not None
    return ruleset


RULES = """timezone Asia/Kolkata
on intent=wait when queue_wait is more than 10 minutes say "It takes long."
on intent=wait when queue_wait is between 60 and 5 minutes say "A moment."
on intent=wait when queue_wait is 8 minutes say "Eight."
on intent=wait say "?"
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("12 minutes", "It takes long."),
        ('"12 minutes"', "It takes long."),
        ('"9 minutes 90 seconds"', "It takes long."),
        ('"2 Minutes"', "A moment."),
        ("480", "Eight."),
        ('"8 minutes"', "Eight."),
        ('"a while"', "?"),
        ('"12 minutes or so"', "?"),
    ],
)
def test_a_length_of_time_is_a_value(given: str, said: str) -> None:
    test = f'test "t"\n  given queue_wait is {given}\n  on intent=wait\n  expect say "{said}"\nend\n'
    (case,) = run_tests(compiled(RULES + test)).cases
    assert case.passed, case.shortfalls


OLD = """timezone Asia/Kolkata
after 8 minutes say "Eight minutes."
after 10 minutes say "Ten minutes."
after 30 seconds of silence say "Are you there?"
at 11:55 say "It is late."
on intent=bye when call.elapsed is at least 9 minutes say "It has been a while."
on intent=bye say "Bye."
"""


def test_a_call_that_is_so_old() -> None:
    ruleset = compiled(
        OLD
        + """test "nine minutes"
  given call.elapsed is 9 minutes
  on intent=bye
  expect say "It has been a while."
  expect not say "Eight minutes."
  after 10 minutes
  expect say "Ten minutes."
  expect not say "It is late."
end
test "a new call"
  on intent=bye
  expect say "Bye."
end
test "seconds"
  given call.elapsed is 600
  given time is 2026-03-02 11:50
  on intent=bye
  expect say "It has been a while."
  at 11:55
  expect say "It is late."
end
"""
    )
    assert [(case.label, case.shortfalls) for case in run_tests(ruleset).cases if not case.passed] == []


@pytest.mark.parametrize(
    "line", ["given call.elapsed is long", "on intent=a\n  given call.elapsed is 9 minutes"]
)
def test_what_can_not_be_given(line: str) -> None:
    text = f'on intent=a say "A"\ntest "t"\n  {line}\n  on intent=a\n  expect say\nend\n'
    names = [finding.code.name for finding in load_rules([source_from_text(text)]).findings]
    assert "not-given" in names
