"""A guard rail that comes to forbid an ending verb after its plan was made: nothing that the verb brings goes out."""

from datetime import UTC, datetime

import pytest

from flowrules.engine.event import make_event
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.scenarios.simulation import Simulation

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
PERSON = """\
never hangup, transfer when person is yes
urgent on picked_up remember person is yes then say "Hello?"
"""


def play(text: str) -> Simulation:
    call = Simulation(RuleBook.from_text(text).current, START)
    call.event(make_event("beep"), make_event("picked_up"))
    return call


def verbs(call: Simulation) -> list[str]:
    return [request.verb for request in call.sent]


@pytest.mark.parametrize(
    "rules",
    [
        'on beep say "Call us back, please." then hangup then set_disposition V then set_lead_status busy\n',
        'on beep say "Call us back, please." then transfer queue q then remember left is yes then set_disposition V\n',
        # What a rail brings before such a record is no more sent than the record.
        'before set_disposition then log "soon"\non beep say "Call us back, please." then hangup then set_disposition V\n',
        'before hangup then log "soon"\non beep say "Call us back, please." then hangup then set_lead_status busy\n',
    ],
)
def test_records_of_an_ending_that_is_forbidden_meanwhile_are_not_sent(rules: str) -> None:
    call = play(PERSON + rules)
    assert verbs(call) == ["play_audio", "play_audio"]
    assert not call.ended
    assert not {"call.disposition", "call.lead_status", "left"} & set(call.state.facts)
    left_out = [
        step.receipt.message
        for outcome in call.outcomes
        for step in outcome.steps
        if step.status == "dropped"
    ]
    assert left_out
    assert all("is forbidden by" in why for why in left_out)


def test_a_pair_stays_open_where_its_ending_is_forbidden_meanwhile() -> None:
    pauses = "recording_pause for at most 60 seconds"
    call = play(f'{PERSON}on beep {pauses} then say "One moment, please." then transfer queue q\n')
    assert verbs(call) == ["recording_pause", "play_audio", "play_audio"]
    assert call.state.caps


def test_what_an_urgent_rule_opens_stays_open_where_it_makes_the_ending_forbidden() -> None:
    urgent = PERSON.replace("then say", "then recording_pause for at most 60 seconds then say")
    call = play(f'{urgent}on beep say "Call us back, please." then hangup\n')
    assert verbs(call) == ["play_audio", "recording_pause", "play_audio"]
    assert call.state.caps


def test_the_failure_branch_of_the_ending_runs_and_the_next_one_records_afresh() -> None:
    call = play(
        PERSON
        + """\
before hangup unless call.disposition is known then set_disposition NONE
rule "Message"
  on beep
  say "Call us back, please."
  hangup
    if it fails because forbidden then advise "A person is on the line."
  set_disposition VOICEMAIL
end
on bye remember person is no then hangup
"""
    )
    assert call.outcomes[-1].advise == ("A person is on the line.",)
    call.event(make_event("bye"))
    assert verbs(call)[2:] == ["set_disposition", "hangup"]
    assert call.sent[2].body["disposition"] == "NONE"


def test_what_an_ending_brings_counts_when_it_is_asked_about() -> None:
    """The rail binds until the record behind the hangup is made, and that goes before it."""
    call = play(
        """\
never hangup when call.disposition is unknown
on beep say "Call us back, please." then hangup then set_disposition X
"""
    )
    assert verbs(call) == ["play_audio", "set_disposition", "hangup"]


def test_records_that_are_written_before_the_ending_stand() -> None:
    call = play(
        f'{PERSON}on beep say "Call us back, please." then wait 1 second then set_disposition V then hangup\n'
    )
    assert verbs(call) == ["play_audio", "play_audio", "set_disposition"]
    assert call.state.facts["call.disposition"] == "V"


def test_the_outcome_says_which_rail_it_was() -> None:
    rail = '"never hangup, transfer when person is yes" (<text>, line 1)'
    call = play(f'{PERSON}on beep say "Call us back, please." then hangup then set_disposition V\n')
    assert call.outcomes[-1].notes[-2:] == (
        f"hangup not sent: forbidden by {rail}",
        "set_disposition left out with hangup",
    )
    call = play(f'{PERSON}on beep say "Call us back, please." then hangup\n')
    assert call.outcomes[-1].notes[-1] == f"hangup not sent: forbidden by {rail}"
