"""What is not sent any more: after a close, after an urgent rule took the call, after the platform said it is over. And
what a request that never left does not use up."""

import asyncio
import socket
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.call.fact_limits import MAX_FACTS
from flowrules.call.outcome import EventStatus
from flowrules.control.clock import ManualClock
from flowrules.engine.event import BadEvent
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import JournalError
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.sandbox import Fault

TWO_FAIL = 'also on intent=x mute\non intent=x say "a"\n'
"""Two parts that fail: `step_failed` is raised twice."""


def fail_both(sandbox: Any) -> None:
    sandbox.add_faults(Fault(kind="refused", verb="mute"), Fault(kind="refused", verb="play_audio"))


async def test_nothing_live_is_sent_after_the_close_whatever_failed_before(
    seat: Any, sandbox: Any, eventually: Any
) -> None:
    table = await seat(TWO_FAIL + 'on step_failed hold then hangup now\non call_ended log "end"\n')
    fail_both(sandbox)
    sandbox.add_faults(Fault(kind="slow", verb="hold", seconds=0.3))
    waiting = table.call.post(intent="x")
    await eventually(lambda: "hold" in [entry.verb for entry in sandbox.ledger(table.call.call_id)])
    await table.call.close()
    outcome = await waiting
    assert table.acted == ["hold", "log"]
    assert [raised.status for raised in outcome.raised] == [EventStatus.ENDED]
    assert table.call.over == "the WebSocket has closed"


async def test_nor_by_what_a_failure_of_a_failure_raised(seat: Any, sandbox: Any, eventually: Any) -> None:
    table = await seat(
        TWO_FAIL
        + 'on step_failed when failed_verb is "unhold" send_dtmf 1 then unmute\non step_failed unhold\n'
    )
    fail_both(sandbox)
    sandbox.add_faults(
        Fault(kind="refused", verb="unhold"), Fault(kind="slow", verb="send_dtmf", seconds=0.3)
    )
    waiting = table.call.post(intent="x")
    await eventually(lambda: "send_dtmf" in [entry.verb for entry in sandbox.ledger(table.call.call_id)])
    await table.call.close()
    await waiting
    verbs = [entry.verb for entry in sandbox.ledger(table.call.call_id)]
    assert verbs == ["mute", "play_audio", "unhold", "send_dtmf"]


@pytest.mark.parametrize("deep", [False, True])
async def test_an_urgent_rule_has_the_call_to_itself(
    seat: Any, sandbox: Any, eventually: Any, deep: bool
) -> None:
    rules = (
        TWO_FAIL
        + 'urgent on intent=dnc set_disposition dnc then hangup now\non step_failed unhold then say "An offer."\n'
    )
    if deep:
        rules = (
            TWO_FAIL
            + "urgent on intent=dnc set_disposition dnc then hangup now\n"
            + 'on step_failed when failed_verb is "unmute" unhold then say "An offer."\n'
            + "on step_failed unmute\n"
        )
        sandbox.add_faults(Fault(kind="refused", verb="unmute"))
    table = await seat(rules)
    fail_both(sandbox)
    sandbox.add_faults(Fault(kind="slow", verb="unhold", seconds=0.3))
    first = table.call.post(intent="x")
    await eventually(lambda: "unhold" in [entry.verb for entry in sandbox.ledger(table.call.call_id)])
    urgent = await table.call.event(intent="dnc")
    await first
    assert urgent.status is EventStatus.ENDED
    verbs = [entry.verb for entry in sandbox.ledger(table.call.call_id)]
    assert verbs[verbs.index("unhold") :] == ["unhold", "set_disposition", "hangup"]


async def test_nothing_follows_when_the_platform_says_that_it_is_over(seat: Any, sandbox: Any) -> None:
    table = await seat(
        'also on intent=x hold\nalso on intent=x mute\non intent=x say "a"\non step_failed unhold then unmute\n'
        'after 1 second log "late"\n'
    )
    sandbox.add_faults(Fault(kind="refused", verb="hold"), Fault(kind="refused", verb="mute", status=409))
    outcome = await table.call.event(intent="x")
    assert outcome.status is EventStatus.ENDED
    assert [entry.verb for entry in sandbox.ledger(table.call.call_id)] == ["hold", "mute"]
    assert (await table.call.event(intent="x")).status is EventStatus.CALL_OVER


async def test_records_behind_an_ending_stop_at_the_first_that_comes_too_late(
    seat: Any, sandbox: Any
) -> None:
    table = await seat(
        'order as written\nrule "r"\n  on intent=x\n  hangup now\n  set_disposition a\n  set_lead_status b\nend\n'
    )
    outcome = await table.call.event(intent="x")
    assert [entry.verb for entry in sandbox.ledger(table.call.call_id)] == ["hangup", "set_disposition"]
    assert [str(step) for step in outcome.steps][-1] == "set_lead_status dropped"


async def test_a_wait_does_not_hold_up_the_close(seat: Any) -> None:
    table = await seat('rule "e"\n  on call_ended\n  wait 60 seconds\n  log "x"\n  wait 60 seconds\nend\n')
    began = time.monotonic()
    await table.call.close()
    assert table.acted == ["log"]
    assert time.monotonic() - began < 30


# --- limits ---

ONCE = (
    'rule "once"\n  on intent=go\n  once per call\n  transfer now queue sales\nend\n'
    'on intent=go say "fallback"\nurgent on intent=stop set_disposition stopped then hangup now\n'
)


async def test_a_platform_that_cannot_be_reached_uses_up_no_limit() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    settings = Settings(
        base_url=f"http://127.0.0.1:{port}",
        watch=False,
        plan_deadline=1,
        connect_timeout=0.3,
        step_patience=0.5,
    )
    async with Engine(RuleBook.from_text(ONCE), settings=settings) as engine:
        call = engine.call("call-1", token=SecretStr("yt_cb_01HZX3V9Q8W7E6R5T4Y3U2T1S0"))
        for _ in range(2):
            outcome = await call.event(intent="go")
            assert [rule.label for rule, _ in outcome.rules] == ["once"]
            assert outcome.steps[0].receipt.attempts == 0
        assert call.state.uses == {}


@pytest.mark.not_replayed
@pytest.mark.parametrize("error", [JournalError("the disk is full"), OSError("gone"), ValueError("a bug")])
async def test_a_journal_that_refuses_uses_up_no_limit(
    seat: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    table = await seat(ONCE)
    real = Journal.commit_json

    async def broken(self: Journal, kind: str, *rest: Any, **more: Any) -> None:
        raise error

    monkeypatch.setattr(Journal, "commit_json", broken)
    await table.call.event(intent="go")
    monkeypatch.setattr(Journal, "commit_json", real)
    assert (table.requests, dict(table.call.state.uses)) == ([], {})
    outcome = await table.call.event(intent="go")
    assert [str(step) for step in outcome.steps] == ["transfer accepted"]


async def test_what_an_urgent_rule_keeps_from_leaving_uses_up_no_limit(
    seat: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = await seat(ONCE)
    real = Journal.commit_json
    waits, goes_on = asyncio.Event(), asyncio.Event()

    async def slow(self: Journal, kind: str, *rest: Any, **more: Any) -> None:
        await real(self, kind, *rest, **more)
        waits.set()
        await goes_on.wait()

    monkeypatch.setattr(Journal, "commit_json", slow)
    first = table.call.post(intent="go")
    await waits.wait()
    urgent = table.call.post(intent="stop")
    goes_on.set()
    assert (await first).status is EventStatus.PREEMPTED
    await urgent
    assert "once" not in table.call.state.uses
    assert table.acted == ["set_disposition", "hangup"]


async def test_a_refused_request_uses_up_a_limit_and_so_does_a_rule_without_verbs(
    seat: Any, sandbox: Any
) -> None:
    table = await seat(ONCE + 'rule "note"\n  on intent=note\n  once per call\n  remember seen is yes\nend\n')
    sandbox.add_faults(Fault(kind="refused", verb="transfer"))
    await table.call.event(intent="go")
    await table.call.event(intent="note")
    assert {rule: use.times for rule, use in table.call.state.uses.items()} == {"once": 1, "note": 1}


async def test_the_clean_up_of_another_rule_uses_up_no_limit(seat: Any, sandbox: Any) -> None:
    table = await seat(
        "also on intent=x hold\n"
        'rule "b"\n  on intent=x\n  once per call\n  whisper to agent_call "hello"\nend\n'
        "never whisper when n is 1\n"
    )
    await table.call.event(agent_call="other", n=1)
    await table.call.event(intent="x")
    assert table.acted == ["hold", "unhold"]
    assert "b" not in table.call.state.uses


# --- what is kept ---


async def test_a_call_keeps_no_more_facts_than_it_has_room_for() -> None:
    settings = Settings(mode=Mode.DRY_RUN, watch=False)
    rules = 'on order.total is known log "{order.total}"\non seq2005=b hold\non intent=x when verified is yes mute\n'
    async with Engine(RuleBook.from_text(rules), settings=settings) as engine:
        call = engine.call("call-1", facts={"lead": {"name": "Asha"}})
        await call.event(verified=True)
        for number in range(2000):
            call.post(facts={f"seq{number}": "v"})
        assert len(call.state.facts) < MAX_FACTS + 20
        assert engine.counters["facts_not_kept"] == 1000
        assert (await call.event(facts={"seq2005": "b"})).matched
        assert call.state.facts["lead.name"] == "Asha"
        assert (await call.event(order={"total": 5})).matched
        assert call.state.facts["order.total"] == 5, "a rule asks for it"
        assert (await call.event(intent="x")).matched
        await call.event(facts={"seq7": "other"})
        assert call.state.facts["seq7"] == "other", "it is known already"


async def test_large_facts_are_not_kept_and_not_out_of_date() -> None:
    settings = Settings(mode=Mode.DRY_RUN, watch=False)
    async with Engine(RuleBook.from_text('on anything log "{a.b}"\n'), settings=settings) as engine:
        call = engine.call("call-1")
        for number in range(100):
            await call.event(facts={f"seq{number}": "v" * 16_000})
        assert sum(len(str(value)) for value in call.state.facts.values()) < 300_000
        await call.event(small="1")
        assert call.state.facts["small"] == "1"
        await call.event(small="2" * 16_000)
        assert "small" not in call.state.facts, "what is known would be out of date"


@pytest.mark.parametrize(
    "facts",
    [{"n" * 300: 1}, {"items": ["x"] * 2000}, {"items": ["x" * 16_000] * 2}],
    ids=["name", "many", "long"],
)
async def test_what_is_too_large_for_a_fact_is_no_event(facts: dict[str, Any]) -> None:
    settings = Settings(mode=Mode.DRY_RUN, watch=False)
    async with Engine(RuleBook.from_text("on anything hold\n"), settings=settings) as engine:
        with pytest.raises(BadEvent):
            engine.call("call-1").post(facts=facts)


# --- listeners ---


async def test_a_listener_that_raises_cancelled_error_leaves_no_call_stuck(
    seat: Any, eventually: Any
) -> None:
    table = await seat("on intent=x hold\non intent=y unhold\n")

    def broken(call: Any, outcome: Any) -> None:
        raise asyncio.CancelledError

    table.engine.subscribe(broken)
    assert (await table.call.event(intent="x")).status is EventStatus.DONE
    assert (await asyncio.wait_for(table.call.event(intent="y"), 45)).status is EventStatus.DONE
    await eventually(lambda: not table.call.busy)
    await table.call.close()
    assert table.acted == ["hold", "unhold"]


async def test_timers_of_one_name_have_outcomes_of_their_own() -> None:
    clock = ManualClock(datetime(2026, 3, 2, 5, 30, tzinfo=UTC))
    settings = Settings(mode=Mode.DRY_RUN, watch=False)
    rules = RuleBook.from_text('after 10 seconds of silence log "quiet"\n')
    async with Engine(rules, settings=settings, clock=clock) as engine:
        names: list[str] = []
        engine.subscribe(lambda call, outcome: names.append(outcome.event_id))
        call = engine.call("call-1")
        for _ in range(3):
            await clock.advance(10)
            call.caller_speaking()
        assert len(names) == len(set(names)) == 3
