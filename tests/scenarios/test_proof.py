"""Tests that prove nothing are found, and tests that prove something are left alone."""

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.codes.hygiene import PLAYED_TESTS
from flowrules.diagnostics.diagnostic import Code
from flowrules.scenarios.proof import unproven, unproven_while
from flowrules.scenarios.suite import run_tests
from flowrules.source import source_from_text
from tests.scenarios.conftest import Load

RULES = """\
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:00
end
never transfer when opted_out is yes
before hangup unless call.disposition is known then set_disposition no_outcome
rule "Sales"
  on intent=sales
  when during office and balance is at least 500
  transfer queue sales
    if it fails because unavailable then (say "All our people are busy." then schedule_callback in 2 hours)
end
rule "Abuse"
  on abuse=severe 2 times
  say "I am ending this call."
  hangup
end
rule "Warned"
  on abuse=severe
  once per call
  say "Please stay polite."
end
rule "Bye"
  on intent=bye
  say "Goodbye."
  hangup
end
rule "Large"
  on amount is at least 1000
  request_supervisor because "a large sum"
end
rule "Menu"
  on menu
  if vip is yes then send_dtmf "1" otherwise send_dtmf "2"
end
after 8 minutes say "Still there?"
on said contains price say "It is 499 a month."
on anything say "How can I help?"
"""


def findings(load: Load, *lines: str) -> list[tuple[str, str]]:
    body = "".join(f"  {line}\n" for line in lines)
    ruleset = load(f'{RULES}test "t"\n{body}end\n')
    result = run_tests(ruleset)
    assert result.passed, result.cases[0].shortfalls
    return [(one.message, one.hint) for one in unproven(ruleset, result.cases)]


@pytest.mark.parametrize(
    "lines",
    [
        ("given balance is 900", "on intent=sales", "expect transfer queue sales"),
        ("given balance is 900", "on intent=sales", 'expect rule "Sales"'),
        ("on intent=bye", 'expect say "Goodbye."', "expect not transfer"),
        ("on intent=bye", "expect set_disposition no_outcome then hangup"),
        ("on intent=bye", "expect exactly once hangup"),
        ("on menu", 'expect send_dtmf "2"'),
        ("after 8 minutes", "expect say"),
        ("on hello", "expect say"),
        # What is only forbidden would happen if something were otherwise: a fact, the hour, a failure, what comes
        # meanwhile, a guard, a count, a bound, the guard rail, the rule that takes the event before.
        ("given balance is 499", "on intent=sales", "expect not transfer"),
        ("on intent=sales", "expect not transfer"),
        ("given time is 2026-03-01 11:00", "given balance is 900", "on intent=sales", "expect not transfer"),
        ("given balance is 900", "given transfer fails because late", "on intent=sales", "expect not schedule_callback"),
        ("given balance is 900", "given transfer fails because unavailable", "on intent=sales",
         "expect not transfer then hangup", 'expect say "All our people are busy."'),
        ('on intent=bye meanwhile said="wait"', "expect not hangup"),
        ("on abuse=severe", "expect not hangup"),
        ("on abuse=severe and in the same turn abuse=severe", "expect not hangup"),
        ("on abuse=severe and in the same turn abuse=severe", 'expect not rule "Abuse"'),
        ("on amount=999", "expect not request_supervisor"),
        ("given opted_out is yes", "given balance is 900", "on intent=sales", "expect not transfer"),
        ("given vip is no", "on menu", 'expect not send_dtmf "1"'),
        ('on said="it is pricey"', 'expect not say "It is 499 a month."'),
        ("after 7 minutes", "expect nothing"),
        ("at 12:07", "expect not say"),
        ('on said="price"', 'expect not say "How can I help?"'),
    ],
)  # fmt: skip
def test_a_test_that_misses_its_rule_is_left_alone(load: Load, lines: tuple[str, ...]) -> None:
    assert findings(load, *lines) == []


@pytest.mark.parametrize(
    ("lines", "message", "hint"),
    [
        (
            ("on intent=bye", "expect say"),
            'This test also passes without the rule "Bye", for "on anything say "How can I help?"" (line 38) does what it '
            "expects.",
            'Say which rule is to answer: expect rule "Bye"',
        ),
        (
            ('on said="what is the price?"', "expect say"),
            'This test also passes without "on said contains price say "It is 499 a month."" (line 37), for "on anything '
            'say "How can I help?"" (line 38) does what it expects.',
            'Write out what only this rule does: expect say "It is 499 a month."',
        ),
        (
            ("on intnet=sales", "expect not transfer"),
            "This test passes whatever the rules say: what this test plays sets off no rule that does what it forbids, "
            "not even with its conditions taken out.",
            "Look whether the names are those of the rules, or expect something.",
        ),
        (
            ("given balance is 900", "on intent=sales", "expect not whisper"),
            "This test passes whatever the rules say: what this test plays sets off no rule that does what it forbids, "
            "not even with its conditions taken out.",
            "Look whether the names are those of the rules, or expect something.",
        ),
        (
            ("on intent=bye",),
            "This test expects nothing, so it always passes.",
            "Say what is to happen: expect …",
        ),
    ],
)  # fmt: skip
def test_a_test_that_does_not_miss_its_rule_is_found(
    load: Load, lines: tuple[str, ...], message: str, hint: str
) -> None:
    assert findings(load, *lines) == [(message, hint)]
    # What the hint says makes it right.
    if hint.rpartition(": ")[2].startswith("expect ") and "…" not in hint:
        assert findings(load, *lines, hint.rpartition(": ")[2]) == []


def test_two_rules_that_do_the_very_same_are_to_be_named(load: Load) -> None:
    ruleset = load('on a=1 say "Hi."\non anything say "Hi."\ntest "t"\n  on a=1\n  expect say "Hi."\nend\n')
    (finding,) = unproven(ruleset, run_tests(ruleset).cases)
    assert (
        finding.hint
        == 'Give the rule a name (rule "…" above it, end below it), and expect it: expect rule "…"'
    )


def test_a_guard_rail_that_is_not_missed_is_found(load: Load) -> None:
    rules = 'before transfer then log "moving"\non go transfer queue q if it fails then log "failed"\n'
    case = 'test "t"\n  given transfer fails\n  on go\n  expect {}\nend\n'
    weak, sound = load(rules + case.format("log")), load(rules + case.format('log "moving"'))
    (finding,) = unproven(weak, run_tests(weak).cases)
    assert finding.message == (
        'This test also passes without the guard rail "before transfer then log "moving"" (test.rules, line 1).'
    )
    assert unproven(sound, run_tests(sound).cases) == ()


def test_a_guard_rail_of_another_file_is_not_what_a_rule_s_own_test_is_for() -> None:
    """The support desk is used without the house rules, too, and then its failure branch books the callback."""
    house = "timezone Asia/Kolkata\nnever transfer when closed is yes instead schedule_callback in 2 hours\n"
    desk = "on go transfer queue q if it fails then schedule_callback in 2 hours\n"
    case = (
        'test "t"\n  given closed is yes\n  given transfer fails\n  on go\n  expect schedule_callback\nend\n'
    )
    together = ((house, desk + case), 0), ((house + case, desk), 1), ((house + desk + case,), 1)
    for texts, found in together:
        files = [source_from_text(text, f"{at}.rules") for at, text in enumerate(texts)]
        ruleset = load_rules(files).ruleset
        assert ruleset is not None
        assert len(unproven(ruleset, run_tests(ruleset).cases)) == found, texts


def test_an_answer_is_taken_and_one_to_nothing_is_found(load: Load) -> None:
    weak = 'test "t"\n  on hello\n  expect not say\nend\n'
    rule = "on intent=bye hangup\n"
    answered = load(f"{rule}# allow FR620: nothing is to come of it\n{weak}")
    (finding,) = unproven(answered, run_tests(answered).cases)
    assert finding.answered == "nothing is to come of it"
    idle = load(
        f'{rule}# allow FR620: nothing is to come of it\ntest "t"\n  on intent=bye\n  expect hangup\nend\n'
    )
    (finding,) = unproven(idle, run_tests(idle).cases)
    assert finding.code.name == "answers-nothing"


def test_what_there_is_no_time_for_is_not_judged(load: Load) -> None:
    ruleset = load(RULES + 'test "t"\n  on intent=bye\n  expect say\nend\n')
    assert unproven_while(ruleset, lambda: False) == ((), False)
    found, whole = unproven_while(ruleset, lambda: True)
    assert (len(found), whole) == (1, True)


@pytest.mark.parametrize("code", PLAYED_TESTS, ids=lambda code: code.name)
def test_what_to_avoid_raises_this_and_what_to_prefer_is_clean(load: Load, code: Code) -> None:
    for text, found in ((code.avoid, [code]), (code.prefer, [])):
        ruleset = load(text)
        assert [one.code for one in unproven(ruleset, run_tests(ruleset).cases)] == found
