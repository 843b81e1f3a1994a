"""What a record told for an ending is taken back where the ending does not come, and nothing else is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.engine.event import Source
from flowrules.engine.planning.plan import PlannedVerb, RememberStep
from flowrules.engine.planning.provisional import NOTHING, noted, taken_back
from flowrules.engine.planning.receipts import apply_receipt
from flowrules.engine.state import CallState, forget, remember, start_call, with_facts
from flowrules.language.values import Scalar
from flowrules.verbs import Effect

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
START = start_call("c1", NOW, {"lead": {"name": "Asha", "interest": "none"}})

Step = PlannedVerb | RememberStep


def record(verb: str, **fields: str) -> PlannedVerb:
    return PlannedVerb("2", verb, {"event": verb, **fields}, Effect.RECORD, provisional=True)


def carried_out(state: CallState, step: Step, now: datetime) -> CallState:
    if isinstance(step, PlannedVerb):
        return apply_receipt(state, step.verb, step.body, {}, now, source=step.source)
    if step.value is None:
        return forget(state, step.fact)
    return remember(state, step.fact, step.value, now)


def after(state: CallState, *steps: Step) -> tuple[CallState, CallState]:
    """The call after these steps, and what it is where the ending behind them does not come."""
    provisional = NOTHING
    for step in steps:
        before, state = state, carried_out(state, step, LATER)
        provisional = noted(provisional, step, before, state)
    return state, taken_back(provisional, state)


def test_every_record_of_the_call_is_taken_back() -> None:
    told, back = after(
        START,
        record("set_disposition", disposition="SALES"),
        record("set_lead_status", status="callback"),
        record("set_lead_field", field="interest", value="loans"),
        record("schedule_callback", scheduled_at="2026-03-03T10:00:00+05:30"),
    )
    assert told.facts["call.disposition"] == "SALES"
    assert told.facts["lead.interest"] == "loans"
    assert back == START


def test_what_was_written_twice_is_as_it_was_before_the_first() -> None:
    earlier = carried_out(
        START, replace(record("set_disposition", disposition="OPEN"), provisional=False), NOW
    )
    _, back = after(
        earlier,
        record("set_disposition", disposition="SALES"),
        record("set_disposition", disposition="SALES_XFER"),
    )
    assert back == earlier
    assert back.facts["call.disposition"] == "OPEN"


def test_a_source_is_as_it_was() -> None:
    said = with_facts(START, {"lead.interest": "cards"}, NOW, {"lead.interest": Source.CALLER})
    told, back = after(said, record("set_lead_field", field="interest", value="loans"))
    assert told.sources["lead.interest"] is Source.PLATFORM
    assert back.sources["lead.interest"] is Source.CALLER
    assert back == said


def test_since_when_a_fact_is_yes_and_its_timers_are_as_they_were() -> None:
    waiting = remember(START, "waiting", True, NOW)._replace(
        timers_fired=frozenset({"waiting/r1", "other/r2"})
    )
    told, back = after(
        waiting,
        RememberStep("2", "waiting", False, provisional=True),
        RememberStep("3", "done", True, provisional=True),
    )
    assert "waiting" not in told.since
    assert told.timers_fired == {"other/r2"}
    assert back == waiting
    _, back = after(waiting, RememberStep("2", "waiting", None, provisional=True))
    assert back == waiting


def test_ordinary_steps_stay() -> None:
    told, back = after(
        START,
        replace(record("set_disposition", disposition="SALES"), provisional=False),
        RememberStep("3", "done", True),
    )
    assert back == told


def test_what_somebody_has_told_otherwise_since_stays() -> None:
    step = record("set_lead_field", field="interest", value="loans")
    state = carried_out(START, step, LATER)
    provisional = noted(NOTHING, step, START, state)
    state = with_facts(state, {"lead.interest": "houses"}, LATER, {})
    assert taken_back(provisional, state) == state


def test_other_facts_that_came_meanwhile_stay() -> None:
    step = record("set_disposition", disposition="SALES")
    state = carried_out(START, step, LATER)
    provisional = noted(NOTHING, step, START, state)
    back = taken_back(provisional, remember(state, "angry", True, LATER))
    assert back.facts["angry"] is True
    assert "call.disposition" not in back.facts


FACTS = st.sampled_from(["a", "b", "lead.a"])
VALUES: st.SearchStrategy[Scalar | None] = st.sampled_from([None, True, False, "x", 3])
STEPS = st.builds(RememberStep, st.just("1"), FACTS, VALUES, st.just(True)) | st.builds(
    lambda name, value: record("set_lead_field", field=name, value=value),
    st.sampled_from(["a", "b"]),
    st.sampled_from(["x", "yes", "no"]),
)


@given(st.dictionaries(FACTS, st.sampled_from([True, False, "x", "yes", 3])), st.lists(STEPS, max_size=6))
@settings(deadline=None)
def test_whatever_was_told_the_call_is_what_it_was(known: dict[str, Scalar], steps: list[Step]) -> None:
    start = with_facts(START, known, NOW, dict.fromkeys(known, Source.MODEL))
    assert after(start, *steps)[1] == start
