"""The lines of tests: how often, by whom, in which turn, and after how many failures."""

import pytest

from tests.scenarios.conftest import Play


def case(*lines: str) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f'test "t"\n{body}\nend\n'


ABUSE = """\
rule "Second time"
  on abuse=severe 2 times
  say "I am ending this call." then hangup
end
rule "First time"
  on abuse=severe
  say "Please stay polite."
end
"""
VERIFIED = """\
fact verified is yes/no from host
fact ok is yes/no from platform
rule "Dues"
  on intent=dues
  when verified is yes
  say "You owe us 500 rupees."
end
rule "Confirmed"
  on ok=yes
  say "Thank you."
end
"""
BUSY = """\
rule "Sales"
  on intent=sales
  transfer queue sales
    if it fails then (say "They are busy." then schedule_callback in 2 hours)
end
"""
ENDS = "on call_ended when opted_out is yes set_disposition DNC\non call_ended set_disposition other\n"
SILENT = 'after 10 seconds of silence say "Hello?"\non go say "One moment." then wait 5 seconds then log "waited"\n'
MANY = """\
on go say "one" then log "two" then say "three" then request_supervisor urgently because "angry"
on ask request_supervisor because "unsure"
on sum set_lead_field interest to sales then set_disposition SALES note "so" then transfer queue people
on keep remember verified is yes then remember warned is no
"""


@pytest.mark.parametrize(
    ("rules", "lines"),
    [
        (MANY, ("on go", "expect exactly 2 times say", 'expect exactly once say "one"', "expect exactly 0 times hangup")),
        (MANY, ("on go", "on go", "expect exactly 4 times say")),
        (MANY, ("on go", "expect not log then log", 'expect not say "three" then log', "expect not hangup then say")),
        (MANY, ("on go", "expect request_supervisor urgently", 'expect request_supervisor because "angry"')),
        (MANY, ("on ask", "expect request_supervisor", "expect not request_supervisor urgently")),
        (MANY, ("on sum", "expect set_lead_field interest", "expect set_lead_field to sales", "expect set_disposition",
                'expect set_disposition note "so"', "expect transfer queue", "expect not transfer agent")),
        (MANY, ("on keep", "expect remember verified then remember warned", "expect not remember verified then remember verified")),
        # Twice in one turn counts once; twice in two turns twice.
        (ABUSE, ("on abuse=severe and in the same turn abuse=severe", "expect exactly 2 times say", "expect not hangup")),
        (ABUSE, ("on abuse=severe", 'expect say "Please stay polite."', "on abuse=severe", "expect hangup")),
        (ABUSE, ("on abuse=severe and in the same turn abuse=severe", "expect not hangup", "on abuse=severe", "expect hangup")),
        (ABUSE, ('on said="you fool" and in the same turn abuse=severe', "on abuse=severe", "expect not hangup",
                 'on said="fool" and in the same turn abuse=severe', "expect hangup")),
        (ABUSE, ("on abuse=severe", 'expect not rule "Second time"', 'expect rule "First time"')),
        # Who says it.
        (VERIFIED, ("on intent=dues with verified=yes from host", "expect say")),
        (VERIFIED, ("on intent=dues with verified=yes from model", "expect not say")),
        (VERIFIED, ("on intent=dues with verified=yes from caller", "expect nothing")),
        (VERIFIED, ("given verified is yes from host", "on intent=dues", "expect say")),
        (VERIFIED, ("given verified is yes from model", "on intent=dues", "expect not say")),
        (VERIFIED, ("given verified is yes", "on intent=dues", "expect say")),
        (VERIFIED, ("on intent=hello", "given verified is yes from model", "on intent=dues", "expect nothing")),
        (VERIFIED, ("on ok=yes from platform", "expect say")),
        # The first attempts fail.
        (BUSY, ("given transfer fails once because unavailable", "on intent=sales", "expect transfer then say",
                "on intent=sales", "expect transfer", "expect not say")),
        (BUSY, ("given transfer fails 2 times", "on intent=sales", "expect say", "on intent=sales", "expect say",
                "on intent=sales", "expect not say", "expect transfer")),
        (BUSY, ("given transfer fails", "on intent=sales", "expect say", "on intent=sales", "expect say")),
        (BUSY, ("on intent=hello", "given transfer fails 1 time", "on intent=sales", "expect say", "on intent=sales",
                "expect not say")),
        # What is told with the end of the call is known when it is decided.
        (ENDS, ("on call_ended with opted_out=yes", "expect set_disposition DNC", "expect not set_disposition other")),
        (ENDS, ("on call_ended", "expect set_disposition other")),
        # Time passes: for what is said, in a wait, and for the caller's silence while the clock moves on.
        (SILENT, ("after 25 seconds", 'expect exactly once say "Hello?"')),
        (SILENT, ("after 9 seconds", "expect nothing", "after 10 seconds", 'expect say "Hello?"')),
        (SILENT, ('on said="yes"', "after 25 seconds", 'expect say "Hello?"')),
        (SILENT, ("on go", 'expect log "waited"', "after 6 seconds", "expect nothing", "after 25 seconds", "expect say")),
    ],
)  # fmt: skip
def test_what_holds_passes(play: Play, rules: str, lines: tuple[str, ...]) -> None:
    result = play(rules + case(*lines))
    assert result.passed, [(one.expected, one.happened) for one in result.shortfalls]


@pytest.mark.parametrize(
    ("rules", "lines", "expected"),
    [
        (MANY, ("on go", "expect exactly once say"), "expected say once, and it came 2 times"),
        (MANY, ("on go", "expect exactly 2 times log"), "expected log 2 times, and it came once"),
        (MANY, ("on go", "expect exactly once hangup"), "expected hangup once, and it came 0 times"),
        (MANY, ("on go", "expect not say then log then say"), "expected no say then log then say"),
        (MANY, ("on ask", "expect request_supervisor urgently"), "expected request_supervisor urgently"),
        (MANY, ("on sum", "expect transfer agent"), "expected transfer agent"),
        (MANY, ("on sum", "expect set_lead_field name"), "expected set_lead_field name"),
        (MANY, ("on keep", "expect remember other"), "expected remember other"),
        (ABUSE, ("on abuse=severe", 'expect not rule "First time"'), 'expected the rule "First time" not to run'),
        (BUSY, ("given transfer fails once", "on intent=sales", "expect say", "on intent=sales", "expect say"),
         "expected say"),
        (ENDS, ("on call_ended with payment_done", "expect set_disposition other"),
         '"payment_done" was not played: it is an event of its own, and the end of the call comes by itself. Write above: '
         "on payment_done"),
    ],
)  # fmt: skip
def test_what_does_not_hold_falls_short(
    play: Play, rules: str, lines: tuple[str, ...], expected: str
) -> None:
    (shortfall,) = play(rules + case(*lines)).shortfalls
    assert shortfall.expected == expected


@pytest.mark.parametrize(
    "lines",
    [
        ("on ok=yes from host",),
        ("on ok=yes",),
        ("given ok is yes from host", "on intent=hello"),
    ],
)
def test_a_fact_that_was_not_taken_says_why(play: Play, lines: tuple[str, ...]) -> None:
    result = play(VERIFIED + case(*lines, "expect say"))
    assert [note for _, note in result.remarks] == [
        "ok was not taken from the host: only the platform may say it"
    ]
