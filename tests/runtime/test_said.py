"""What the rules say aloud reaches the host: in the outcome, and as it is said, in order, each once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flowrules import Mode, Said
from flowrules.agents.tool import ReportTool
from flowrules.control.clock import ManualClock
from flowrules.runtime.reports import outcome_json
from flowrules.sandbox import Fault

RULES = """
# The caller asks about a bill.
on intent=billing say "One moment, {name or there}." then set_lead_field interest to billing then say "I have it here."
on broken say "Never heard." then say "Heard all the same." then transfer queue desk_q
on paid log with password "{code}", card_token "abc", step "done"
urgent on crisis say "I get somebody." in voice "en-IN-A"
after 5 seconds of silence say "Are you there?"
"""


async def test_an_outcome_carries_what_was_sent_and_said(seat: Any) -> None:
    table = await seat(RULES)
    outcome = await table.call.event(intent="billing", name="Asha")
    said, field, _ = outcome.steps
    assert said.body == {"event": "play_audio", "tts_text": "One moment, Asha."}
    assert (said.said, field.said) == ("One moment, Asha.", "")
    assert field.body == {"event": "set_lead_field", "field": "interest", "value": "billing"}
    assert outcome.said == ("One moment, Asha.", "I have it here.")


@pytest.mark.parametrize("kind", ["refused", "timeout", "reset", "server_error"])
async def test_what_was_not_accepted_was_not_said(seat: Any, kind: str) -> None:
    table = await seat(RULES, step_patience=2)
    table.sandbox.add_faults(Fault.model_validate({"kind": kind, "verb": "play_audio"}))
    outcome = await table.call.event("broken")
    assert outcome.said == ("Heard all the same.",)
    assert [said.text for said in table.call.take_said()] == ["Heard all the same."]


async def test_no_secret_is_shown(seat: Any) -> None:
    table = await seat(RULES)
    [step] = (await table.call.event("paid", code="hunter2")).steps
    told = step.body["metadata"]
    assert told["password"] == told["card_token"] == "[redacted]"
    assert told["step"] == "done"
    assert "hunter2" not in repr(step)


async def test_a_timer_and_an_urgent_rule_are_heard_in_order_and_once(seat: Any) -> None:
    clock = ManualClock(datetime(2026, 3, 2, 5, 30, tzinfo=UTC))
    table = await seat(RULES, clock=clock)
    heard: list[Said] = []
    await table.call.event(intent="billing")
    assert not table.call.said_is_heard
    stop = table.call.on_said(heard.append)
    assert [said.text for said in heard] == ["One moment, there.", "I have it here."]
    await clock.advance(5)
    while len(heard) < 3:
        await clock.advance(0.01)
    await table.call.event("crisis")
    assert [(said.text, said.voice) for said in heard[2:]] == [
        ("Are you there?", ""),
        ("I get somebody.", "en-IN-A"),
    ]
    keys = [
        entry.idempotency_key
        for entry in table.sandbox.ledger(table.call.call_id)
        if entry.verb == "play_audio"
    ]
    assert [said.step for said in heard] == keys
    assert table.call.take_said() == ()
    stop()
    await table.call.event(intent="billing", turn_id="t2")
    assert len(heard) == 4
    assert len(table.call.take_said()) == 2


async def test_a_listener_that_raises_keeps_nobody_from_hearing(seat: Any) -> None:
    table = await seat(RULES)
    heard: list[str] = []

    def broken(said: Said) -> None:
        raise RuntimeError(said.step)

    table.call.on_said(broken)
    table.call.on_said(lambda said: heard.append(said.text))
    assert (await table.call.event(intent="billing")).status == "done"
    assert heard == ["One moment, there.", "I have it here."]
    assert table.engine.health().counters["listeners_broken"] == 2


async def test_a_run_that_sends_nothing_says_nothing(seat: Any) -> None:
    table = await seat(RULES, mode=Mode.DRY_RUN)
    outcome = await table.call.event(intent="billing")
    assert outcome.said == () == table.call.take_said()
    assert outcome.withheld[0].body["tts_text"] == "One moment, there."


async def test_the_model_is_told_once(seat: Any) -> None:
    table = await seat(RULES)
    tool = ReportTool(table.engine.rules)
    await table.call.event("crisis")
    answer = await tool.report(table.call, {"intent": ["billing"]}, event_id="c1")
    assert answer.said == ("I get somebody.", "One moment, there.", "I have it here.")
    assert '"said": ["I get somebody.", "One moment, there.", "I have it here."]' in answer.text
    again = await tool.report(table.call, {"intent": ["billing"]}, event_id="c1")
    assert again.repeated
    assert '"said"' not in again.text


async def test_beside_a_listener_the_model_is_told_of_its_own_report(seat: Any) -> None:
    table = await seat(RULES)
    tool, heard = ReportTool(table.engine.rules), list[Said]()
    table.call.on_said(heard.append)
    await table.call.event("crisis")
    answer = await tool.report(table.call, {"intent": ["billing"]}, event_id="c1")
    assert answer.said == ("One moment, there.", "I have it here.")
    assert len(heard) == 3


async def test_whoever_gets_outcomes_as_json_is_told(seat: Any) -> None:
    table = await seat(RULES)
    told = outcome_json("c1", await table.call.event(intent="billing"))
    assert [step.get("said") for step in told["steps"]] == ["One moment, there.", None, "I have it here."]
