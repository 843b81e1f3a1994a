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


RAILS = """\
on intent=sales transfer queue sales
on intent=card recording_pause for at most 3 minutes
on intent=later hold then wait 2 seconds then transfer queue sales
urgent on said contains stop remember closed is yes

rule "Closed"
  never transfer
  when closed is yes
instead
  say "We are closed."
end

rule "Recording comes back"
  before transfer
  when call.recording is paused
  recording_resume
end

test "what is done"
{lines}
end
"""
CLOSED, RECORDING = "Closed", "Recording comes back"


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        (("on intent=sales",), {CLOSED: "did not bind", RECORDING: "did not bind"}),
        (("given closed is yes", "on intent=sales", f'expect rule "{CLOSED}"'), {CLOSED: "bound"}),
        (
            ("on intent=card", "on intent=sales", f'expect rule "{RECORDING}"'),
            {CLOSED: "did not bind", RECORDING: "bound"},
        ),
        (("on intent=card",), {}),
        # It comes to forbid the transfer while the plan waits.
        (("on intent=later meanwhile said=stop", f'expect rule "{CLOSED}"'), {CLOSED: "bound"}),
        (("given transfer fails", "on intent=sales"), {CLOSED: "did not bind", RECORDING: "did not bind"}),
    ],
)
def test_a_guard_rail_with_a_name_is_covered_where_it_acted_and_where_it_let_pass(load, lines, seen):
    result = run_tests(load(RAILS.format(lines="\n".join(lines))))
    assert [case.shortfalls for case in result.cases] == [()]
    assert {one.rule.label: ", ".join(sorted(one.reached)) for one in result.coverage[4:]} == {
        CLOSED: seen.get(CLOSED, ""),
        RECORDING: seen.get(RECORDING, ""),
    }


def test_a_guard_rail_that_did_not_act_is_not_met(load):
    (case,) = run_tests(load(RAILS.format(lines=f'on intent=sales\nexpect rule "{CLOSED}"'))).cases
    assert [one.expected for one in case.shortfalls] == [f'expected the guard rail "{CLOSED}" to act']
