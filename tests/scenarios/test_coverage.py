"""Which failure branches the tests of a file have reached."""

import pytest

from flowrules.scenarios.suite import run_tests

RULE = """\
rule "Note it, then put them through"
  on intent=sales
  log "wants to buy"
    if it fails {branch}
  say "One moment."
end

test "the note"
  given {what} fails because unavailable
  on intent=sales
  expect log
end
"""


@pytest.mark.parametrize(
    ("branch", "what", "missing"),
    [
        ("then go on", "log", ()),
        ("then go on", "say", ("failure branch",)),
        ("because refused then go on", "log", ("failure branch",)),
        ('then say "No note."', "log", ()),
        ('then say "No note."', "say", ("failure branch",)),
    ],
)
def test_a_branch_is_reached_where_its_step_fails_for_its_reason(load, branch, what, missing):
    (rule,) = run_tests(load(RULE.format(branch=branch, what=what))).coverage
    assert tuple(str(one) for one in rule.missing) == missing
