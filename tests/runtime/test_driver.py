"""What comes between the effects of a call: the host's own code, a failure of ours, another input."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from flowrules.call.outcome import EventStatus
from flowrules.control.clock import ManualClock
from flowrules.runtime.calls.recorder import Recorder
from flowrules.sandbox import Fault

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


# --- an urgent rule, and an ending on the wire ---


async def test_an_urgent_rule_that_comes_while_the_transfer_is_on_the_wire_sends_nothing_after_it(
    seat: Any, sandbox: Any, eventually: Any
) -> None:
    table = await seat("event agent, alarm\non agent transfer queue support\nurgent on alarm hold\n")
    sandbox.add_faults(Fault(kind="slow", seconds=0.2))
    transfer = table.call.post("agent")
    await eventually(lambda: sandbox.ledger(table.call.call_id) or table.call._driver._send is None)
    await asyncio.sleep(0.1)
    alarm = await table.call.event("alarm")
    assert (await transfer).status is EventStatus.ENDED
    assert alarm.status is EventStatus.CALL_OVER
    assert table.requests == [("transfer", 200)]


# --- what a listener does ---


async def test_a_listener_that_reports_an_event_loses_no_timer(seat: Any, eventually: Any) -> None:
    clock = ManualClock(START)
    table = await seat(
        "event a, b\non a remember slow is yes\non b remember quick is yes\n"
        "after 60 seconds of slow mute\nafter 10 seconds of quick hold\n",
        clock=clock,
    )
    reported: list[str] = []

    def listener(call: Any, outcome: Any) -> None:
        if not reported:
            reported.append("b")
            call.post("b")

    table.engine.subscribe(listener)
    await table.call.event("a")
    await clock.advance(11)
    await eventually(lambda: table.acted == ["hold"])


async def test_what_a_listener_reports_at_the_end_of_a_call_is_on_record_behind_it(seat: Any) -> None:
    """The journal is played again when the test is over."""
    table = await seat('on call_ended log "end"\non intent=x hold\n')
    later: list[Any] = []

    def listener(call: Any, outcome: Any) -> None:
        if len(later) < 3:
            later.append(call.post(intent="x"))

    table.engine.subscribe(listener)
    await table.call.close()
    assert [(await one).status for one in later] == [EventStatus.CALL_OVER] * 3
    assert table.acted == ["log"]


# --- bugs of ours ---


@pytest.mark.not_replayed
async def test_a_record_that_fails_while_a_transfer_is_on_the_wire_does_not_lose_its_outcome(
    seat: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = await seat(
        "event agent, again\non agent transfer queue support\non again transfer queue sales\n",
        queue_size=1,
    )
    sandbox.add_faults(Fault(kind="slow", seconds=0.3))
    transfer = table.call.post("agent")
    await asyncio.sleep(0.15)
    write = Recorder.write

    def broken(self: Recorder, entry: Any) -> None:
        raise RuntimeError("a bug")

    table.call.post("again")
    monkeypatch.setattr(Recorder, "write", broken)
    table.call.post("again")  # The queue is full: that is put on record.
    monkeypatch.setattr(Recorder, "write", write)
    outcome = await transfer
    assert [str(step) for step in outcome.steps] == ["transfer accepted"]
    await asyncio.sleep(0.3)
    assert table.call.over
    assert table.requests == [("transfer", 200)]


@pytest.mark.not_replayed
async def test_a_record_that_fails_before_a_plan_is_made_leaves_the_call_alive(
    seat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = await seat("on intent=x hold\n")
    for number in range(5):
        await table.call.event("x", facts={f"f{number}_{n}": n for n in range(200)})
    write, failed = Recorder.write, []

    def broken(self: Recorder, entry: Any) -> None:
        if not failed:
            failed.append(entry)
            raise RuntimeError("a bug")
        write(self, entry)

    monkeypatch.setattr(Recorder, "write", broken)
    first = await asyncio.wait_for(table.call.event(intent="x", facts={"too_many": 1}), 45)
    assert failed
    assert first.status is EventStatus.BROKEN
    second = await asyncio.wait_for(table.call.event(intent="x"), 45)
    assert second.status is EventStatus.DONE


@pytest.mark.not_replayed
async def test_a_worker_that_fails_is_not_missed(seat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    table = await seat("on intent=x hold\n")
    took, failed = Recorder.took, []

    def broken(self: Recorder, received: Any, now: Any, timing: Any) -> None:
        if type(received).__name__ == "Answered" and not failed:
            failed.append(received)
            raise RuntimeError("a bug")
        took(self, received, now, timing)

    monkeypatch.setattr(Recorder, "took", broken)
    await asyncio.wait_for(table.call.event(intent="x"), 45)
    assert failed
    assert (await asyncio.wait_for(table.call.event(intent="x"), 45)).status is EventStatus.DONE
    await asyncio.wait_for(table.call.close(), 45)


# --- caps ---


@pytest.mark.parametrize("urgent", ['log "fire"', "transfer queue crisis"])
async def test_an_urgent_rule_that_drops_what_a_cap_closes_leaves_nothing_open_for_good(
    seat: Any, sandbox: Any, eventually: Any, urgent: str
) -> None:
    table = await seat(
        f"event card, fire\non card recording_pause for at most 1 seconds\nurgent on fire {urgent}\n"
    )
    await table.call.event("card")
    sandbox.add_faults(Fault(kind="rate_limited", verb="recording_resume", retry_after=2))
    await eventually(lambda: ("recording_resume", 429) in table.requests)
    await table.call.event("fire")
    await eventually(lambda: "recording_resume" in table.acted)
    assert table.acted == (
        ["recording_pause", "recording_resume", "transfer"]
        if "transfer" in urgent
        else ["recording_pause", "log", "recording_resume"]
    )
