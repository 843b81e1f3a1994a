"""What a plan did not foresee is said: in the outcome of its event. Live it is on record, too."""

from datetime import UTC, datetime

from flowrules.engine.event import make_event
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.scenarios.simulation import Simulation

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
RULES = """\
on bye say "Thank you for calling." then hangup then set_disposition BYE
urgent on joined log "supervisor"
rule "Stop"
  urgent on stop
  hangup now
end
on sales transfer queue q then set_disposition SALES then set_lead_status sold
"""


def play(*events: str, fails: dict[str, str] | None = None) -> Simulation:
    call = Simulation(RuleBook.from_text(RULES).current, START, fails=fails)
    first, *others = events
    call.event(make_event(first), *(make_event(name) for name in others))
    return call


def test_an_urgent_rule_that_runs_before_an_ending_is_named() -> None:
    call = play("bye", "joined")
    told = 'urgent on joined log "supervisor" (<text>, line 2) ran before the ending, for it does not end the call itself'
    assert told in call.outcomes[-1].notes


def test_one_that_ends_the_call_is_no_such_rule() -> None:
    call = play("bye", "stop")
    assert call.outcomes[0].status == "pre-empted"
    assert not any("ran before" in note for note in call.outcomes[0].notes)


def test_what_is_taken_back_is_named() -> None:
    call = play("sales", fails={"transfer": "unavailable"})
    told = "call.disposition, call.lead_status: as before again, for the ending did not come"
    assert told in call.outcomes[-1].notes


def test_where_the_ending_comes_nothing_is_noted() -> None:
    call = play("sales")
    assert call.outcomes[-1].status == "ended"
    assert not any("as before" in note for note in call.outcomes[-1].notes)
