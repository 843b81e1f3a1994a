"""Tests in rule files: what passes, what falls short, and what is said of it."""

import pytest

SALES = """\
timezone Asia/Kolkata
hours office
  mon to fri 09:00 to 18:30
end
destination desk by lead.owner
  priya is agent a_1042
  otherwise is queue sales_main
end
rule "Sales"
  on intent=sales
  when during office and balance is at least 500
  once per call
  set_lead_field interest to sales
  transfer to desk
    if it fails because unavailable then (say "All our people are busy, {lead.name}." then schedule_callback in 2 hours)
  set_disposition SALES_XFER
otherwise
  schedule_callback next office
end
"""


def test_case(*lines: str) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f'test "t"\n{body}\nend\n'


test_case.__test__ = False  # type: ignore[attr-defined]  # a builder, not a test

TOO_EARLY = "an earlier one led to it, so put this line below that event"
OPEN = ("given time is 2026-03-02 11:00", "given balance is 900", "on intent=sales")
SHUT = ("given time is 2026-03-01 11:00", "on intent=sales")


@pytest.mark.parametrize(
    "lines",
    [
        (*OPEN, "expect transfer"),
        (*OPEN, "expect set_lead_field then transfer to desk"),
        (*OPEN, "expect set_disposition SALES_XFER then transfer queue sales_main"),
        (*OPEN, "expect not hangup"),
        (*OPEN, 'expect rule "sales"'),
        ("given lead.owner is Priya", *OPEN, "expect transfer agent a_1042"),
        (
            "given transfer fails because unavailable",
            "given lead.name is Asha",
            *OPEN,
            'expect say "All our people are busy, {lead.name}." then schedule_callback in 2 hours',
        ),
        (
            "given time is 2026-03-01 11:00",
            "given balance is 900",
            "on intent=sales",
            "expect schedule_callback",
        ),
        ("given time is 2026-03-02 11:00", "on intent=sales", "expect schedule_callback next office"),
        ("on weather=rain", "expect nothing"),
    ],
)
def test_what_holds_passes(play, lines):
    result = play(SALES + test_case(*lines))
    assert result.passed, result.shortfalls


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*OPEN, "expect hangup"), "expected hangup"),
        ((*OPEN, "expect transfer then set_lead_field"), "expected set_lead_field"),
        ((*OPEN, "expect transfer agent a_1042 then set_disposition"), "expected transfer agent a_1042"),
        ((*OPEN, "expect not transfer"), "expected no transfer"),
        ((*OPEN, "expect nothing"), "expected nothing to happen"),
        (("on weather=rain", 'expect rule "sales"'), 'expected the rule "sales"'),
        (("given time is 2026-03-02 11:00", "on intent=sales", "expect schedule_callback in 2 hours"),
         "expected schedule_callback in 2 hours"),
        # What an earlier event led to meets no expectation of a later one; what is not expected may be nowhere.
        ((*SHUT, "on weather=rain", "expect schedule_callback"), f"expected schedule_callback of the event right above: {TOO_EARLY}"),
        ((*SHUT, "after 8 minutes", "expect schedule_callback"), f"expected schedule_callback of the event right above: {TOO_EARLY}"),
        ((*SHUT, "on weather=rain", 'expect rule "Sales"'),
         f'expected the rule "Sales" to take the event right above: {TOO_EARLY}'),
        ((*SHUT, "on weather=rain", "expect not schedule_callback"), "expected no schedule_callback"),
        ((*SHUT, "on weather=rain", "expect nothing"), "expected nothing to happen"),
    ],
)  # fmt: skip
def test_what_does_not_hold_falls_short_at_its_line(play, lines, expected):
    result = play(SALES + test_case(*lines))
    (shortfall,) = result.shortfalls
    assert shortfall.expected == expected
    assert shortfall.location.source.line(shortfall.location.first.line).strip() == lines[-1]


def test_a_word_alone_expects_any_step_that_begins_with_it(play):
    rules = 'on go advise "Be kind." then wait 2 seconds then remember warned is yes then forget warned\n'
    assert play(rules + test_case("on go", "expect advise then wait then remember then forget")).passed
    assert not play(rules + test_case("on go", "expect forget then remember")).passed
    rules = "on go remember warned is yes\n"
    assert play(
        rules + test_case("on go", "expect not forget", "expect not advise", "expect not wait")
    ).passed
    assert not play(rules + test_case("on go", "expect not remember")).passed


GOODBYE = """\
rule "Goodbye"
  on intent=bye
  once per call
  say "Goodbye, {lead.name}."
  hangup
  set_disposition done
end
on intent=sales say "Fine." then transfer queue sales then set_disposition sold
on hangup_interrupted advise "Listen."
on said contains more advise "There is more."
urgent on person_answered say "Hello?"
on menu wait 2 seconds then send_dtmf "1"
"""


@pytest.mark.parametrize(
    "lines",
    [
        ("on intent=bye", "expect say then set_disposition then hangup"),
        (
            'on intent=bye meanwhile said="one thing more"',
            'expect say then advise "Listen." then advise "There is more."',
            "expect not hangup",
            "expect not set_disposition",
            "on intent=bye",
            "expect nothing",
        ),
        ('on intent=sales meanwhile said="more"', "expect transfer", "expect not advise"),
        ("on intent=bye meanwhile intent=sales", "expect hangup", "expect not transfer"),
        (
            "on machine_answered",
            'on intent=bye meanwhile said="one more"',
            "expect hangup",
            "expect not advise",
        ),
        (
            "on machine_answered",
            "on intent=bye meanwhile person_answered",
            'expect say "Goodbye, {lead.name}." then say "Hello?" then hangup',
            "expect not advise",
        ),
        ("on intent=bye meanwhile call_ended", "expect say", "expect not hangup"),
        ("on menu meanwhile person_answered", 'expect say "Hello?"', "expect not send_dtmf"),
        ('on menu meanwhile said="more"', 'expect send_dtmf then advise "There is more."'),
    ],
)
def test_an_event_may_come_while_a_plan_waits(play, lines):
    result = play(GOODBYE + test_case(*lines))
    assert result.passed, result.shortfalls


def test_a_shortfall_says_what_happened_instead(play):
    result = play(SALES + test_case(*OPEN, "expect hangup"))
    assert result.shortfalls[0].happened == (
        "set_lead_field interest sales, then set_disposition SALES_XFER, then transfer agent_queue sales_main"
    )


def test_a_refused_transfer_without_a_branch_raises_step_failed(play):
    rules = 'on go transfer queue q\non step_failed when failed_verb is "transfer" say "Sorry."\n'
    assert play(rules + test_case("given transfer fails because late", "on go", 'expect say "Sorry."')).passed


def test_a_failed_plan_takes_the_caller_off_hold(play):
    rules = "on go hold then transfer queue q\n"
    assert play(rules + test_case("given transfer fails", "on go", "expect hold then unhold")).passed


def test_a_rail_that_opens_what_is_to_be_closed_comes_to_an_end(play):
    rules = "before unhold hold\non go hold then transfer queue q\n"
    failing = ("given transfer fails", "given unhold fails", "on go", "expect hold then unhold")
    assert play(rules + test_case(*failing)).passed


def test_a_rule_that_fails_again_and_again_ends(play):
    rules = "on go transfer queue q\non step_failed transfer queue q\n"
    result = play(rules + test_case("given transfer fails", "on go", "expect transfer"))
    assert len(result.turns) == 3


def test_the_clock_runs_timers_and_caps_on_its_way(play):
    rules = (
        "on go hold for at most 45 seconds\n"
        'after 8 minutes say "Still there?"\n'
        'after 10 seconds of silence say "Hello?"\n'
    )
    assert play(rules + test_case("on go", "expect hold", "after 1 minutes", "expect unhold")).passed
    assert play(rules + test_case("after 8 minutes", 'expect say "Still there?"')).passed
    assert play(rules + test_case("after 10 seconds of silence", 'expect say "Hello?"')).passed
    assert not play(rules + test_case("after 9 seconds of silence", 'expect say "Hello?"')).passed


def test_an_evening_rule_runs_at_its_time(play):
    rules = 'timezone Asia/Kolkata\nat 21:00 say "We close."\n'
    assert play(
        rules + test_case("given time is 2026-03-02 20:55", "at 21:00", 'expect say "We close."')
    ).passed
    assert play(rules + test_case("given time is 2026-03-02 20:55", "at 20:59", "expect nothing")).passed


def test_a_conversation_remembers(play):
    rules = (
        "on not_understood 3 times in a row transfer queue people\n"
        'on said contains "no recording" remember recording_refused is yes\n'
        "on paid unless recording_refused is yes recording_resume\n"
    )
    again = ["on not_understood"] * 3
    assert play(rules + test_case(*again, "expect transfer queue people")).passed
    broken = ["on not_understood", "on not_understood", "on intent=x", "on not_understood"]
    assert play(rules + test_case(*broken, "expect nothing")).passed
    refused = [
        'on said="No recording please"',
        "expect remember recording_refused is yes",
        "on paid",
        "expect nothing",
    ]
    result = play(rules + test_case(*refused))
    assert result.passed or "unless" in str(result.shortfalls)


def test_after_an_end_nothing_more_is_sent(play):
    rules = 'on bye hangup\non go say "Hi."\n'
    result = play(rules + test_case("on bye", "expect hangup", "after 2 minutes", "on go", "expect not say"))
    (shortfall,) = result.shortfalls
    assert shortfall.expected == (
        '"go" was not played. By then the call was over: hangup ended the AI\'s session. After the end only "on call_ended" '
        "is played: what comes before it stands above that event."
    )
    assert shortfall.location.first.line == 7


def test_when_the_call_has_ended_only_records_are_sent(play):
    assert play('on call_ended log "over"\n' + test_case("on call_ended", 'expect log "over"')).passed
    assert not play('on call_ended say "Bye."\n' + test_case("on call_ended", "expect say")).passed


def test_no_ending_follows_one_that_may_have_acted_not_even_by_step_failed(play):
    rules = 'on go transfer queue q\non step_failed when failed_verb is "transfer" transfer queue backup\n'
    backup = ("on go", "expect transfer queue q then transfer queue backup")
    assert play(
        rules + test_case("given transfer fails because timeout", "on go", "expect not transfer queue backup")
    ).passed
    assert play(rules + test_case("given transfer fails because limited", *backup)).passed
