"""What a host, a clock, a peer or a bug of ours may do at the worst moment."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flowrules.call import agenda
from flowrules.call.call import Call
from flowrules.call.handling import MAX_CAUSES
from flowrules.call.inputs import Learned
from flowrules.call.outcome import EventStatus
from flowrules.control.client import ControlClient
from flowrules.control.clock import ManualClock
from flowrules.control.credentials import CallbackToken
from flowrules.engine.event import BadEvent
from flowrules.engine.planning import planner
from flowrules.runtime.journal import read_journal, verify
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Fault

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


class UnsteadyClock(ManualClock):
    """A machine whose time of day is set while it runs."""

    offset = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.offset


# --- ids ---


@pytest.mark.parametrize("name", ["#1", "#2", '"#1"'])
async def test_a_hosts_event_id_is_never_one_of_the_engines_own(seat: Any, name: str) -> None:
    """Two events of one id would share their keys, and the platform would answer the second from its memory."""
    table = await seat("on intent=x hold\n", keys_enforced=True)
    await table.call.event(intent="x")
    await table.call.event(intent="x", event_id=name)
    await table.call.event(intent="x")
    assert (await table.call.event(intent="x", event_id=name)).repeated
    assert table.acted == ["hold"] * 3
    assert len({entry.idempotency_key for entry in table.sandbox.ledger(table.call.call_id)}) == 3


async def test_an_id_without_end_is_no_id(seat: Any) -> None:
    table = await seat("on intent=x hold\n")
    for word in ("event_id", "turn_id"):
        with pytest.raises(BadEvent, match="256 characters"):
            await table.call.event(intent="x", **{word: "e" * 257})
    assert (await table.call.event(intent="x", event_id="e" * 256)).matched


# --- queues ---


async def test_a_flood_of_urgent_events_is_bounded_too(seat: Any, sandbox: Any) -> None:
    table = await seat("event fire, crisis\nurgent on fire hold\nurgent on crisis unhold\n", queue_size=4)
    sandbox.add_faults(Fault(kind="slow", seconds=0.3))
    first = table.call.post("fire")
    flood = [table.call.post("crisis") for _ in range(50)]
    outcomes = [await outcome for outcome in (first, *flood)]
    refused = [outcome for outcome in outcomes if outcome.status is EventStatus.QUEUE_FULL]
    assert len(refused) == 46
    assert outcomes[1].status is EventStatus.DONE


# --- tokens ---


async def test_a_token_that_comes_while_the_old_one_is_revoked_stays(seat: Any, sandbox: Any) -> None:
    table = await seat("on intent=x hold\n", tenant_key=sandbox.tenant_key, plan_deadline=1)
    real = table.call._revoke

    async def slow() -> Any:
        revoked = await real()
        table.call.frame({"type": "token_refresh", "token": sandbox.refresh(table.call.call_id)})
        return revoked

    table.call._revoke = slow
    await table.call.revoke()
    assert [str(step) for step in (await table.call.event(intent="x")).steps] == ["hold accepted"]


async def test_a_key_that_must_wait_is_not_exchanged_for_the_token_that_was_refused(
    seat: Any, sandbox: Any
) -> None:
    table = await seat(
        "on intent=x hold\n", tenant_key=sandbox.tenant_key, tenant_key_fallback=True, plan_deadline=20
    )
    sandbox.platform.keyring.find(table.opened.callback_token).revoked = True
    sandbox.add_faults(Fault(kind="rate_limited", verb="hold", retry_after=0))
    outcome = await table.call.event(intent="x")
    assert [str(step) for step in outcome.steps] == ["hold accepted"]
    assert [status for _, status in table.requests] == [401, 429, 200]


# --- clocks ---


@pytest.mark.parametrize("jump", [timedelta(hours=3), timedelta(hours=-3)])
async def test_a_clock_that_is_set_while_a_call_is_live_moves_no_timer(
    seat: Any, jump: timedelta, eventually: Any
) -> None:
    clock = UnsteadyClock(START)
    table = await seat("after 60 seconds hold\non intent=x not again for 1 minute mute\n", clock=clock)
    await table.call.event(intent="x")
    clock.offset = jump
    await table.call.event(intent="x")
    await clock.advance(30)
    assert table.acted == ["mute"]
    await clock.advance(31)
    await eventually(lambda: "hold" in table.acted)
    await table.call.event(intent="x")
    assert table.acted == ["mute", "hold", "mute"]


async def test_a_token_is_as_old_as_it_is_whatever_the_clock_says(seat: Any, sandbox: Any) -> None:
    clock = UnsteadyClock(START)
    table = await seat(
        "on intent=x hold\n", clock=clock, tenant_key=sandbox.tenant_key, tenant_key_fallback=True
    )
    clock.offset = timedelta(hours=3)
    await table.call.event(intent="x")
    assert [entry.credential for entry in sandbox.ledger(table.call.call_id)] == ["callback_token"]


# --- bugs of ours ---


@pytest.mark.not_replayed
async def test_a_bug_in_one_calls_timer_leaves_the_others_theirs(
    seat: Any, monkeypatch: pytest.MonkeyPatch, eventually: Any, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualClock(START)
    table = await seat("after 60 seconds hold\n", clock=clock)
    other = table.engine.call_from((await table.sandbox.open_call()).metadata)
    broken, due = table.call.call_id, agenda.due

    def buggy(ruleset: Any, state: Any, now: Any) -> Any:
        if state.call_id == broken:
            raise RuntimeError("a bug")
        return due(ruleset, state, now)

    monkeypatch.setattr(agenda, "due", buggy)
    await clock.advance(61)
    await eventually(lambda: table.sandbox.acted(other.call_id) == ["hold"])
    assert table.acted == []
    assert any("a bug" in str(record.exc_info) for record in caplog.records)
    await table.call.close()


@pytest.mark.not_replayed
async def test_a_bug_in_a_plan_is_an_outcome_that_is_on_record(
    seat: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = await seat("on intent=x hold then unhold\non intent=y mute\n")
    received = Call.received

    def buggy(call: Any, ruleset: Any, rule: Any, event_id: Any, step: Any, *more: Any, **named: Any) -> None:
        if step.verb == "hold":
            raise RuntimeError("a bug")
        received(call, ruleset, rule, event_id, step, *more, **named)

    monkeypatch.setattr(Call, "received", buggy)
    outcome = await table.call.event(intent="x", event_id="e1")
    assert outcome.status is EventStatus.BROKEN
    assert (await table.call.event(intent="y")).status is EventStatus.DONE
    await table.call.close()
    await table.engine.aclose()
    closed = {
        entry.event: entry.fields["status"]
        for entry in read_journal(tmp_path / "journal")
        if entry.kind == "closed"
    }
    assert closed["e1"] == "broken"
    steps = [entry for entry in read_journal(tmp_path / "journal") if entry.kind in ("receipt", "step")]
    assert [(entry.fields["verb"], entry.fields["status"]) for entry in steps] == [
        ("hold", "accepted"),
        ("unhold", "dropped"),
        ("mute", "accepted"),
    ]


@pytest.mark.not_replayed
async def test_a_bug_in_planning_is_an_outcome_that_is_on_record(
    seat: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = await seat("on intent=x hold\non intent=y mute\n")

    def buggy(*words: Any) -> Any:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(planner, "_ready", buggy)
        outcome = await table.call.event(intent="x", event_id="e1")
    assert (outcome.status, outcome.notes) == (EventStatus.BROKEN, ("flowrules failed; please report it",))
    assert (await table.call.event(intent="y")).status is EventStatus.DONE
    await table.engine.aclose()
    closed = [entry for entry in read_journal(tmp_path / "journal") if entry.kind == "closed"]
    assert (closed[0].event, closed[0].fields["status"]) == ("e1", "broken")
    assert table.acted == ["mute"]


async def test_a_bug_while_a_verb_is_on_its_way_leaves_it_unknown(
    seat: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = await seat("on intent=x transfer queue q\non intent=y hangup\n")

    async def buggy(*words: Any) -> Any:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(ControlClient, "_exchange", buggy)
        outcome = await table.call.event(intent="x")
    assert outcome.status is EventStatus.BROKEN
    assert [str(step) for step in outcome.steps] == ["transfer unknown because timeout"]
    await table.call.event(intent="y")
    assert [verb for verb, _ in table.requests] == ["get_call_state", "hangup"]
    await table.engine.aclose()
    assert verify(tmp_path / "journal") == ()


async def test_a_token_of_another_call_is_refused_before_sending_whoever_put_it_there(seat: Any) -> None:
    table = await seat("on intent=x hold\n")
    credentials = table.call._credentials
    credentials._token = CallbackToken.received("another", credentials.token.secret, 0.0)
    outcome = await table.call.event(intent="x")
    assert [str(step) for step in outcome.steps] == ["hold refused because unauthorised"]
    assert "can't be used for call" in outcome.steps[0].receipt.message
    assert table.requests == []


async def test_a_rail_that_comes_between_two_attempts_does_not_unsay_the_first(
    seat: Any, sandbox: Any
) -> None:
    clock = ManualClock(START)
    table = await seat("never hold when blocked is yes\non intent=x hold\n", clock=clock, keys_enforced=True)
    sandbox.add_faults(Fault(kind="reset", verb="hold", when="after"))
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await clock.sleeping(at_most=1)
    table.call._driver.feed(Learned({"blocked": True}))
    await clock.advance(1)
    hold, unhold = (await waiting).steps
    assert (hold.status, hold.receipt.may_have_acted) == ("unknown", True)
    assert str(unhold) == "unhold accepted"
    assert table.acted == ["hold", "unhold"]


# --- a caller is not left on hold ---


def test_the_brakes_are_on() -> None:
    assert (Settings().verbs_per_event, Settings().verbs_per_call, MAX_CAUSES) == (20, 200, 3)


@pytest.mark.parametrize("kind", ["reset", "server_error"])
async def test_a_hold_that_may_have_acted_is_taken_back(seat: Any, sandbox: Any, kind: Any) -> None:
    table = await seat("on intent=x hold then mute then unmute then unhold\n")
    sandbox.add_faults(Fault(kind=kind, when="after", verb="hold"))
    outcome = await table.call.event(intent="x")
    assert table.acted == ["hold", "unhold"]
    assert outcome.status is EventStatus.FAILED
    assert not sandbox.call(table.call.call_id).state.on_hold


@pytest.mark.parametrize("brake", [{"verbs_per_event": 3}, {"verbs_per_call": 3}])
async def test_a_brake_does_not_leave_a_caller_on_hold(
    seat: Any, sandbox: Any, brake: dict[str, int]
) -> None:
    rules = 'on intent=x hold then log "1" then log "2" then log "3" if it fails then (log "4") then unhold\n'
    table = await seat(rules.replace(' if it fails then (log "4")', ""), **brake)
    outcome = await table.call.event(intent="x")
    assert table.acted == ["hold", "log", "log", "unhold"]
    assert outcome.status is EventStatus.FAILED
    assert not sandbox.call(table.call.call_id).state.on_hold
    with_branch = await seat(rules, journal=None, **brake)
    await with_branch.call.event(intent="x")
    assert with_branch.acted[:3] == ["hold", "log", "log"]
    assert "3 verbs at most" in outcome.dropped[0].receipt.message
