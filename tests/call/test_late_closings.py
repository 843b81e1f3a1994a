"""Pairs with a cap that are opened after a plan was made are closed before its ending all the same."""

from datetime import UTC, datetime

import pytest

from flowrules.engine.event import make_event
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.scenarios.simulation import Simulation

RULES = """\
on intent=bye say "Goodbye now, and thank you." then transfer queue q
urgent on pay recording_pause for at most 60 seconds
"""


@pytest.mark.parametrize(
    ("rail", "sent"),
    [
        ("", ["play_audio", "recording_pause", "recording_resume", "transfer"]),
        (
            "never recording_resume when call.recording is paused\n",
            ["play_audio", "recording_pause", "transfer"],
        ),
    ],
)
def test_what_an_urgent_rule_opens_is_closed_before_the_ending_it_ran_before(
    rail: str, sent: list[str]
) -> None:
    call = Simulation(RuleBook.from_text(rail + RULES).current, datetime(2026, 1, 5, 12, tzinfo=UTC))
    call.event(make_event(facts={"intent": "bye"}), make_event("pay"))
    assert [request.verb for request in call.sent] == sent
    assert call.outcomes[-1].status == "ended"
    assert call.state.caps == ()
