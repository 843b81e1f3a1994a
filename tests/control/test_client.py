"""Verbs sent to the sandbox: each documented answer as a typed outcome, and what is sent again."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.call.receipt import Reason, Status
from flowrules.call.request import VerbRequest
from flowrules.control.client import ControlClient
from flowrules.control.clock import SystemClock
from flowrules.control.credentials import CallCredentials, TenantKey
from flowrules.control.errors import RequestFailed, UnsafeAddress, WrongCall
from flowrules.sandbox import Fault, Sandbox


async def test_a_verb_is_accepted_and_stands_in_the_ledger(line: Any, sandbox: Sandbox) -> None:
    receipt = await line.send("conference_add", participant_type="supervisor", destination="lead_1")
    assert receipt.status is Status.ACCEPTED
    assert receipt.reason is None
    assert receipt.result["member_id"].startswith("mem_")
    [entry] = sandbox.ledger(line.call_id)
    assert entry.body == {
        "event": "conference_add",
        "participant_type": "supervisor",
        "destination": "lead_1",
    }
    assert entry.credential == "callback_token"
    assert entry.idempotency_key is not None


async def test_a_read_carries_no_key(line: Any, sandbox: Sandbox) -> None:
    until = SystemClock().monotonic() + 5
    request = VerbRequest(line.call_id, {"event": "get_call_state"}, None)
    receipt = await line.client.send(request, line.credentials, until=until)
    assert receipt.result["status"] == "active"
    assert sandbox.ledger(line.call_id)[0].idempotency_key is None


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (400, Reason.REFUSED),
        (403, Reason.NOT_ALLOWED),
        (404, Reason.NOT_FOUND),
        (409, Reason.ENDED),
        (418, Reason.REFUSED),
        (424, Reason.NOT_CONFIGURED),
    ],
)
async def test_a_4xx_is_an_answer_and_is_not_repeated(
    line: Any, sandbox: Sandbox, status: int, reason: Reason
) -> None:
    sandbox.add_faults(Fault(kind="refused", status=status))
    receipt = await line.send()
    assert (receipt.status, receipt.reason, receipt.http_status) == (Status.REFUSED, reason, status)
    assert receipt.may_have_acted is False
    assert len(sandbox.ledger(line.call_id)) == 1


async def test_a_refused_field_is_named(line: Any) -> None:
    receipt = await line.send("transfer", destination_type="nowhere", destination="x")
    assert receipt.reason is Reason.REFUSED
    assert "destination_type" in receipt.message


async def test_an_ended_session_says_so(line: Any) -> None:
    assert (await line.send("hangup")).status is Status.ACCEPTED
    receipt = await line.send("mute")
    assert (receipt.reason, receipt.code) == (Reason.ENDED, "ai_session_terminated")


async def test_a_429_is_repeated_with_the_same_key(line: Any, sandbox: Sandbox) -> None:
    sandbox.add_faults(Fault(kind="rate_limited", retry_after=0, times=2))
    receipt = await line.send()
    assert (receipt.status, receipt.attempts) == (Status.ACCEPTED, 3)
    entries = sandbox.ledger(line.call_id)
    assert [entry.acted for entry in entries] == [False, False, True]
    assert len({entry.idempotency_key for entry in entries}) == 1


async def test_a_429_that_outlasts_the_deadline_is_given_up_at_once(line: Any, sandbox: Sandbox) -> None:
    sandbox.add_faults(
        Fault(kind="rate_limited", retry_after=3600), Fault(kind="max_concurrent", retry_after=3600)
    )
    assert (await line.send()).reason is Reason.LIMITED
    assert (await line.send()).reason is Reason.AT_CAPACITY
    assert len(sandbox.ledger(line.call_id)) == 2


async def test_a_5xx_is_not_repeated_because_it_may_have_acted(line: Any, sandbox: Sandbox) -> None:
    sandbox.add_faults(Fault(kind="server_error", when="after"))
    receipt = await line.send()
    assert (receipt.status, receipt.reason) == (Status.UNKNOWN, Reason.UNAVAILABLE)
    assert receipt.may_have_acted
    assert len(sandbox.ledger(line.call_id)) == 1


async def test_with_keys_enforced_a_5xx_is_repeated_and_acts_once(make_line: Any, sandbox: Sandbox) -> None:
    line = await make_line(keys_enforced=True)
    sandbox.add_faults(Fault(kind="server_error", when="after", times=2))
    receipt = await line.send()
    assert receipt.status is Status.ACCEPTED
    entries = sandbox.ledger(line.call_id)
    assert [entry.acted for entry in entries] == [True, False, False]
    assert [entry.replay for entry in entries] == [False, False, True] or entries[1].replay


@pytest.mark.parametrize("kind", ["timeout", "reset"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_silence_is_unknown_and_the_verb_is_not_repeated(
    line: Any, sandbox: Sandbox, kind: Any, when: Any
) -> None:
    sandbox.add_faults(Fault(kind=kind, when=when))
    receipt = await line.send("transfer", destination_type="agent", destination="a_1")
    assert (receipt.status, receipt.reason) == (Status.UNKNOWN, Reason.TIMEOUT)
    assert receipt.may_have_acted
    assert len(sandbox.ledger(line.call_id)) == 1


@pytest.mark.parametrize("kind", ["timeout", "reset"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_with_keys_enforced_silence_is_repeated_with_the_same_key(
    make_line: Any, sandbox: Sandbox, kind: Any, when: Any
) -> None:
    line = await make_line(keys_enforced=True)
    sandbox.add_faults(Fault(kind=kind, when=when))
    receipt = await line.send("transfer", destination_type="agent", destination="a_1")
    assert receipt.status is Status.ACCEPTED
    entries = sandbox.ledger(line.call_id)
    assert sum(entry.acted for entry in entries) == 1
    assert len({entry.idempotency_key for entry in entries}) == 1


async def test_a_log_is_never_repeated_after_silence(make_line: Any, sandbox: Sandbox) -> None:
    line = await make_line(keys_enforced=True)
    sandbox.add_faults(Fault(kind="reset", when="after"))
    request = VerbRequest(line.call_id, {"event": "log", "metadata": {"message": "x"}}, None)
    until = SystemClock().monotonic() + 5
    receipt = await line.client.send(request, line.credentials, until=until)
    assert receipt.status is Status.UNKNOWN
    assert len(sandbox.ledger(line.call_id)) == 1


async def test_what_was_unknown_stays_so_when_the_second_attempt_says_nothing(
    make_line: Any, sandbox: Sandbox
) -> None:
    line = await make_line(keys_enforced=True)
    sandbox.add_faults(Fault(kind="reset", when="after"), Fault(kind="rate_limited", retry_after=3600))
    receipt = await line.send()
    assert (receipt.status, receipt.reason) == (Status.UNKNOWN, Reason.TIMEOUT)


@pytest.mark.parametrize("kind", ["truncated", "malformed"])
async def test_a_2xx_that_is_not_the_platforms_envelope_is_unknown(
    line: Any, sandbox: Sandbox, kind: Any
) -> None:
    sandbox.add_faults(Fault(kind=kind))
    receipt = await line.send()
    assert (receipt.status, receipt.reason) == (Status.UNKNOWN, Reason.TIMEOUT)
    assert receipt.result == {}


async def test_a_token_never_serves_another_call(line: Any, sandbox: Sandbox) -> None:
    other = await sandbox.open_call()
    request = VerbRequest(other.call_id, {"event": "mute"}, "k")
    with pytest.raises(WrongCall):
        await line.client.send(request, line.credentials, until=SystemClock().monotonic() + 5)
    assert not sandbox.ledger()


async def test_a_401_waits_for_the_refresh_and_sends_once_more(
    line: Any, sandbox: Sandbox, new_token: Any, eventually: Any
) -> None:
    sandbox.advance(1801)
    sending = asyncio.create_task(line.send())
    await eventually(lambda: sandbox.ledger(line.call_id))
    assert not sending.done()
    line.credentials.renew(new_token(line.call_id, sandbox.refresh(line.call_id)))
    assert (await sending).status is Status.ACCEPTED
    assert [(entry.status, entry.token_number) for entry in sandbox.ledger(line.call_id)] == [
        (401, 1),
        (200, 2),
    ]


async def test_a_401_without_a_refresh_is_unauthorised(line: Any, sandbox: Sandbox) -> None:
    sandbox.advance(1801)
    assert (await line.send(seconds=0.3)).reason is Reason.UNAUTHORISED
    assert len(sandbox.ledger(line.call_id)) == 1


async def test_a_second_401_is_the_end(line: Any, sandbox: Sandbox, new_token: Any, eventually: Any) -> None:
    sandbox.advance(1801)
    sending = asyncio.create_task(line.send())
    await eventually(lambda: sandbox.ledger(line.call_id))
    line.credentials.renew(new_token(line.call_id, "yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV"))
    assert (await sending).reason is Reason.UNAUTHORISED
    assert len(sandbox.ledger(line.call_id)) == 2


async def test_the_tenant_key_steps_in_where_it_may(line: Any, sandbox: Sandbox, new_token: Any) -> None:
    call = await sandbox.open_call()
    first = new_token(call.call_id, call.callback_token)
    key = TenantKey(SecretStr(sandbox.tenant_key))
    credentials = CallCredentials(call.call_id, SystemClock(), first, key)
    sandbox.advance(1801)
    receipt = await line.client.send(
        VerbRequest(call.call_id, {"event": "mute"}, "k"), credentials, until=SystemClock().monotonic() + 5
    )
    assert receipt.status is Status.ACCEPTED
    assert [entry.credential for entry in sandbox.ledger(call.call_id)] == ["callback_token", "tenant_key"]


async def test_without_any_credential_nothing_goes_out(line: Any, sandbox: Sandbox) -> None:
    credentials = CallCredentials(line.call_id, SystemClock())
    until = SystemClock().monotonic() + 0.1
    receipt = await line.client.send(line.request(), credentials, until=until)
    assert (receipt.status, receipt.reason) == (Status.REFUSED, Reason.UNAUTHORISED)
    assert not sandbox.ledger()


async def test_before_is_asked_before_each_attempt(line: Any, sandbox: Sandbox) -> None:
    asked = []

    async def before() -> bool:
        asked.append(len(sandbox.ledger(line.call_id)))
        return len(asked) < 2

    sandbox.add_faults(Fault(kind="rate_limited", retry_after=0, times=5))
    until = SystemClock().monotonic() + 5
    receipt = await line.client.send(line.request(), line.credentials, until=until, before=before)
    assert asked == [0, 1]
    assert receipt.reason is Reason.LIMITED


async def test_what_goes_out_is_made_before_the_last_look(line: Any, sandbox: Sandbox) -> None:
    """What takes long comes before the look: between the look and the first byte little can change."""
    request = line.request("set_lead_field", field="wish", value="sales")

    async def before() -> bool:
        request.body["value"] = "changed while it was looked at"
        return True

    until = SystemClock().monotonic() + 5
    receipt = await line.client.send(request, line.credentials, until=until, before=before)
    assert receipt.status is Status.ACCEPTED
    assert [entry.body["value"] for entry in sandbox.ledger(line.call_id)] == ["sales"]


async def test_what_is_called_off_while_it_is_looked_at_is_not_sent(line: Any, sandbox: Sandbox) -> None:
    called_off = asyncio.Event()

    async def before() -> bool:
        called_off.set()
        return True

    until = SystemClock().monotonic() + 5
    receipt = await line.client.send(
        line.request(), line.credentials, until=until, before=before, called_off=called_off
    )
    assert (receipt.status, receipt.attempts) == (Status.DROPPED, 0)
    assert not sandbox.ledger(line.call_id)


async def test_what_is_called_off_stops_waiting_and_is_not_sent_again(
    line: Any, sandbox: Sandbox, eventually: Any
) -> None:
    sandbox.add_faults(Fault(kind="rate_limited", retry_after=15, times=5))
    called_off = asyncio.Event()
    until = SystemClock().monotonic() + 30
    sending = asyncio.create_task(
        line.client.send(line.request(), line.credentials, until=until, called_off=called_off)
    )
    await eventually(lambda: sandbox.ledger(line.call_id))
    called_off.set()
    assert (await asyncio.wait_for(sending, 45)).reason is Reason.LIMITED
    assert len(sandbox.ledger(line.call_id)) == 1
    late = await line.client.send(line.request(), line.credentials, until=until, called_off=called_off)
    assert late.status is Status.DROPPED


async def test_a_token_is_revoked_with_the_tenant_key(line: Any, sandbox: Sandbox) -> None:
    key = TenantKey(SecretStr(sandbox.tenant_key))
    revoked = await line.client.revoke_token(line.call_id, line.credentials.token.secret, key)
    assert revoked.jti
    assert revoked.until > datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    assert (await line.send(seconds=0.2)).reason is Reason.UNAUTHORISED


async def test_a_revocation_that_is_refused_is_an_error_without_the_token(
    line: Any, sandbox: Sandbox
) -> None:
    other = await sandbox.open_call()
    key = TenantKey(SecretStr(sandbox.tenant_key))
    with pytest.raises(RequestFailed) as raised:
        await line.client.revoke_token(line.call_id, SecretStr(other.callback_token), key)
    assert raised.value.status == 403
    assert other.callback_token not in f"{raised.value!r}"


async def test_sessions_are_read_with_the_tenant_key(line: Any, sandbox: Sandbox) -> None:
    key = TenantKey(SecretStr(sandbox.tenant_key))
    assert (await line.client.call(line.call_id, key))["call_id"] == line.call_id
    assert [row["call_id"] for row in await line.client.calls(key, limit=5)] == [line.call_id]
    with pytest.raises(RequestFailed) as raised:
        await line.client.call("no-such-call", key)
    assert raised.value.status == 404


@pytest.mark.parametrize(
    "address",
    [
        "http://api.yotel.in",
        "ftp://api.yotel.in",
        "https://user:secret@api.yotel.in",
        "https://api.yotel.in?x=1",
        "https://",
        "api.yotel.in",
        "http://127.0.0.1.example.com",
        "https://[::1",
    ],
)
def test_tokens_go_to_safe_addresses_only(address: str) -> None:
    with pytest.raises(UnsafeAddress) as raised:
        ControlClient(address)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "address", ["https://api.yotel.in/", "http://127.0.0.1:8080", "http://[::1]:1", "http://localhost:1"]
)
async def test_https_and_loopback_are_safe(address: str) -> None:
    async with ControlClient(address) as client:
        assert address.rstrip("/") in repr(client)


@pytest.mark.parametrize("call_id", ["", ".", "..", "a b", "a\nb", "x" * 257])
async def test_a_call_id_is_one_segment_of_a_path(line: Any, call_id: str) -> None:
    credentials = CallCredentials(call_id, SystemClock(), None, TenantKey(SecretStr("yt_test_x")))
    with pytest.raises(ValueError, match="call id"):
        await line.client.send(
            VerbRequest(call_id, {"event": "mute"}, "k"), credentials, until=SystemClock().monotonic() + 5
        )


async def test_a_call_id_cannot_climb_out_of_its_path(line: Any, sandbox: Sandbox) -> None:
    call_id = "../../v1/ai-sessions/other"
    credentials = CallCredentials(call_id, SystemClock(), None, TenantKey(SecretStr(sandbox.tenant_key)))
    receipt = await line.client.send(
        VerbRequest(call_id, {"event": "mute"}, "k"), credentials, until=SystemClock().monotonic() + 5
    )
    assert receipt.reason is Reason.NOT_FOUND
    assert all(entry.verb != "mute" or not entry.acted for entry in sandbox.ledger())
