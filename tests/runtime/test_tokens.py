"""Tokens during a call, the end of its WebSocket, and the keys that may step in."""

import asyncio
from typing import Any

import pytest

from flowrules.call.outcome import EventStatus
from flowrules.control.errors import RequestFailed
from flowrules.runtime.calls.frames import Ignored, TokenRefresh
from flowrules.runtime.errors import BadFrame, CallInUse
from flowrules.sandbox import Fault, Sandbox

LONG = "on intent=x hold then unhold then mute then unmute\n"


def told(outcome: Any) -> list[str]:
    return [str(step) for step in outcome.steps]


def refresh_frame(sandbox: Sandbox, call_id: str) -> dict[str, str]:
    return {"type": "token_refresh", "call_id": call_id, "callback_token": sandbox.refresh(call_id)}


async def test_a_refresh_while_a_plan_runs_is_used_by_the_next_verb(
    seat: Any, sandbox: Sandbox, eventually: Any
) -> None:
    table = await seat(LONG)
    sandbox.add_faults(Fault(kind="slow", verb="unhold", seconds=0.3))
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.acted == ["hold", "unhold"])
    assert isinstance(table.call.frame(refresh_frame(sandbox, table.call.call_id)), TokenRefresh)
    await waiting
    assert [entry.token_number for entry in sandbox.ledger(table.call.call_id)] == [1, 1, 2, 2]


async def test_a_token_that_expired_between_decision_and_sending_waits_for_its_successor(
    seat: Any, sandbox: Sandbox, eventually: Any
) -> None:
    table = await seat("on intent=x hold\n")
    sandbox.advance(1900)
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.requests)
    table.call.frame(refresh_frame(sandbox, table.call.call_id))
    assert told(await waiting) == ["hold accepted"]
    assert [status for _, status in table.requests] == [401, 200]


async def test_without_a_refresh_the_step_is_unauthorised_and_its_branch_has_no_luck_either(
    seat: Any, sandbox: Sandbox
) -> None:
    table = await seat(
        'on intent=x hold if it fails because unauthorised then advise "sorry"\n', plan_deadline=0.2
    )
    sandbox.advance(1900)
    outcome = await table.call.event(intent="x")
    assert told(outcome) == ["hold refused because unauthorised"]
    assert outcome.advise == ("sorry",)


@pytest.mark.parametrize("spelling", ["snake", "camel"])
async def test_both_spellings_of_frames(seat: Any, sandbox: Sandbox, spelling: Any) -> None:
    sandbox.configure(frame_keys=spelling)
    table = await seat("on intent=x when caller.name is known hold\n")
    call = sandbox.call(table.call.call_id)
    frame = sandbox.platform.refresh_frame(call, sandbox.platform.issue_token(call))
    assert isinstance(table.call.frame(frame), TokenRefresh)
    await table.call.event(intent="x")
    assert [entry.token_number for entry in sandbox.ledger(call.call_id)] == [2]


async def test_a_token_of_another_call_is_not_taken(seat: Any, sandbox: Sandbox) -> None:
    table = await seat("on intent=x hold\n")
    other = await sandbox.open_call()
    assert isinstance(table.call.frame(refresh_frame(sandbox, other.call_id)), Ignored)
    await table.call.event(intent="x")
    [entry] = sandbox.ledger(table.call.call_id)
    assert (entry.status, entry.token_number) == (200, 1)


async def test_a_frame_that_comes_twice_or_late_changes_nothing(seat: Any, sandbox: Sandbox) -> None:
    table = await seat("on intent=x hold\n")
    frame = refresh_frame(sandbox, table.call.call_id)
    assert isinstance(table.call.frame(frame), TokenRefresh)
    assert isinstance(table.call.frame(frame), Ignored)
    assert isinstance(table.call.frame(table.opened.metadata), Ignored)
    await table.call.event(intent="x")
    assert sandbox.ledger(table.call.call_id)[0].token_number == 2


async def test_keys_that_the_caller_presses_are_events(seat: Any, eventually: Any) -> None:
    table = await seat('on dtmf=1 hold\non dtmf="#" unhold\n')
    table.call.frame('{"event":"dtmf","dtmf":"1","duration":"1600"}')
    table.call.frame(b'{"event":"dtmf","data":{"digit":"#"}}')
    await eventually(lambda: table.acted == ["hold", "unhold"])


async def test_a_closed_websocket_in_the_middle_of_a_plan(
    seat: Any, sandbox: Sandbox, eventually: Any
) -> None:
    table = await seat(LONG + "on call_ended set_disposition gone then set_lead_field k to v\n")
    sandbox.add_faults(Fault(kind="slow", verb="unhold", seconds=0.2))
    waiting = asyncio.create_task(table.call.event(intent="x"))
    behind = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.acted == ["hold", "unhold"])
    last = await table.call.close()
    outcome = await waiting
    assert outcome.status is EventStatus.ENDED
    assert told(outcome) == ["hold accepted", "unhold accepted", "mute dropped", "unmute dropped"]
    assert (await behind).status is EventStatus.CALL_OVER
    assert told(last) == ["set_disposition accepted", "set_lead_field accepted"]
    assert table.acted == ["hold", "unhold", "set_disposition", "set_lead_field"]
    assert table.engine.calls == {}


async def test_a_close_in_the_same_breath_as_an_event(seat: Any) -> None:
    table = await seat(LONG)
    waiting = table.call.post(intent="x")
    await table.call.close()
    assert told(await waiting) == ["hold dropped", "unhold dropped", "mute dropped", "unmute dropped"]
    assert table.requests == []


async def test_after_the_close_nothing_live_and_nothing_ending_goes_out(seat: Any) -> None:
    table = await seat('on call_ended say "bye" then set_disposition gone then hangup\n')
    last = await table.call.close()
    assert told(last) == ["play_audio dropped", "set_disposition accepted", "hangup dropped"]
    assert table.acted == ["set_disposition"]
    assert (await table.call.event(intent="x")).status is EventStatus.CALL_OVER
    assert await table.call.close() is last


async def test_a_close_ends_the_wait_for_another_attempt(
    seat: Any, sandbox: Sandbox, eventually: Any
) -> None:
    table = await seat("on intent=x hold then unhold\n")
    sandbox.add_faults(Fault(kind="rate_limited", verb="hold", retry_after=20, times=9))
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.requests)
    await asyncio.wait_for(table.call.close(), 45)
    assert told(await waiting) == ["hold refused because limited", "unhold dropped"]
    assert table.requests == [("hold", 429)]


async def test_shutting_down_closes_every_call(seat: Any, eventually: Any) -> None:
    table = await seat(
        "on intent=x hold then wait 60 seconds then unhold\non call_ended set_disposition gone\n"
    )
    waiting = asyncio.create_task(table.call.event(intent="x"))
    await eventually(lambda: table.acted == ["hold"])
    await table.engine.aclose()
    assert told(await waiting) == ["hold accepted", "unhold dropped"]
    assert table.acted == ["hold", "set_disposition"]
    assert table.engine.calls == {}


async def test_a_409_after_the_close_is_an_outcome(seat: Any, sandbox: Sandbox) -> None:
    table = await seat("on call_ended set_disposition gone\non step_failed hold\n")
    sandbox.close(table.call.call_id)
    last = await table.call.close()
    assert told(last) == ["set_disposition refused because ended"]
    assert last.raised == ()


async def test_the_tenant_key_writes_the_record_when_the_token_died_with_the_websocket(
    seat: Any, sandbox: Sandbox
) -> None:
    table = await seat(
        "on call_ended set_disposition gone\n",
        open_call={"token_lifetime": "ws_session"},
        tenant_key=sandbox.tenant_key,
        tenant_key_fallback=True,
    )
    key = TenantRevoker(table)
    await key.revoke_on_the_platform()
    last = await table.call.close()
    assert told(last) == ["set_disposition accepted"]
    assert [
        entry.credential for entry in sandbox.ledger(table.call.call_id) if entry.request == "control"
    ] == [
        "callback_token",
        "tenant_key",
    ]


GOODBYE = (
    'on intent=bye say "Thank you for your call. Goodbye." then hangup then set_disposition DONE then set_lead_field k to v\n'
    "on call_ended when call.disposition is unknown set_disposition LOST\n"
)


async def test_a_caller_who_hangs_up_in_the_goodbye_leaves_its_records(seat: Any, eventually: Any) -> None:
    table = await seat(GOODBYE)
    waiting = table.call.post(intent="bye")
    await eventually(lambda: table.acted == ["play_audio"] and table.call.ending)
    last = await table.call.close()
    outcome = await waiting
    assert outcome.status is EventStatus.ENDED
    assert told(outcome) == [
        "play_audio accepted",
        "set_disposition accepted",
        "set_lead_field accepted",
        "hangup dropped",
    ]
    assert told(last) == []
    assert table.acted == ["play_audio", "set_disposition", "set_lead_field"]
    assert table.call.state.facts["call.disposition"] == "DONE"


async def test_the_tenant_key_writes_these_too(seat: Any, sandbox: Sandbox, eventually: Any) -> None:
    table = await seat(
        GOODBYE,
        open_call={"token_lifetime": "ws_session"},
        tenant_key=sandbox.tenant_key,
        tenant_key_fallback=True,
    )
    waiting = table.call.post(intent="bye")
    await eventually(lambda: table.acted == ["play_audio"] and table.call.ending)
    await TenantRevoker(table).revoke_on_the_platform()
    await table.call.close()
    assert told(await waiting)[1:3] == ["set_disposition accepted", "set_lead_field accepted"]
    shown = [
        entry.credential for entry in sandbox.ledger(table.call.call_id) if entry.verb == "set_disposition"
    ]
    assert shown == ["callback_token", "tenant_key"]


class TenantRevoker:
    def __init__(self, table: Any) -> None:
        self.table = table

    async def revoke_on_the_platform(self) -> None:
        platform = self.table.sandbox.platform
        token = platform.keyring.find(self.table.opened.callback_token)
        token.revoked = True


async def test_a_revoked_token_is_worthless_on_both_sides(seat: Any, sandbox: Sandbox) -> None:
    table = await seat("on intent=x hold\n", tenant_key=sandbox.tenant_key, plan_deadline=0.2)
    revoked = await table.call.revoke()
    assert revoked.jti
    assert told(await table.call.event(intent="x")) == ["hold refused because unauthorised"]
    assert [entry.request for entry in sandbox.ledger(table.call.call_id)] == ["revoke_token"]


async def test_a_revocation_that_fails_leaves_the_token_in_use(seat: Any) -> None:
    table = await seat("on intent=x hold\n", tenant_key="yt_test_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    with pytest.raises(RequestFailed):
        await table.call.revoke()
    assert told(await table.call.event(intent="x")) == ["hold accepted"]


async def test_a_call_is_made_from_its_metadata_frame_only(seat: Any) -> None:
    table = await seat(LONG)
    for frame in (
        "",
        "null",
        "[]",
        "{}",
        '{"type":"dtmf"}',
        '{"type":"metadata"}',
        "x" * 100_000,
        b"\xff\xfe",
    ):
        with pytest.raises(BadFrame):
            table.engine.call_from(frame)
    with pytest.raises(CallInUse):
        table.engine.call_from(table.opened.metadata)


async def test_metadata_are_facts_of_the_platform(seat: Any) -> None:
    table = await seat(
        'on intent=x when lead.name is "Asha Rao" and campaign.name is sandbox hold\n',
        open_call={"lead": {"name": "Asha Rao", "tags": ["a", "b"], "api_key": "yt_live_zzz"}},
    )
    await table.call.event(intent="x")
    assert table.acted == ["hold"]
    facts = table.call.state.facts
    assert facts["lead.tags"] == ("a", "b")
    assert not any("token" in name or "api_key" in name for name in facts)
    assert not any("yt_" in str(value) for value in facts.values())


@pytest.mark.parametrize("lifetime", ["ws_session", "30min_with_refresh"])
async def test_nobody_waits_for_a_token_that_cannot_come(seat: Any, sandbox: Sandbox, lifetime: str) -> None:
    """None follows one that lasts as long as the WebSocket, and none comes after the WebSocket's close."""
    table = await seat(
        "on intent=x hold\non call_ended set_disposition gone then set_lead_field seen to yes\n",
        open_call={"token_lifetime": lifetime},
        token_lifetime=lifetime,
        plan_deadline=300,
    )
    sandbox.advance(25 * 3600)
    async with asyncio.timeout(60):
        if lifetime == "ws_session":
            assert told(await table.call.event(intent="x")) == ["hold refused because unauthorised"]
        last = await table.call.close()
    assert told(last) == [
        f"{verb} refused because unauthorised" for verb in ("set_disposition", "set_lead_field")
    ]
