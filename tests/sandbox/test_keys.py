"""Idempotency keys, enforced and ignored."""

import pytest

from flowrules.sandbox import Fault, OpenedCall, Sandbox


async def test_a_replay_gets_the_first_answer_and_does_nothing(control, sandbox: Sandbox, opened: OpenedCall):
    first = await control("conference_add", participant_type="agent", destination="a_1", key="k1")
    sandbox.advance(5)
    second = await control("conference_add", participant_type="agent", destination="a_1", key="k1")
    assert second.json() == first.json()
    assert len(sandbox.call(opened.call_id).state.members) == 1
    assert [(e.acted, e.replay, e.idempotency_key) for e in sandbox.ledger(opened.call_id)] == [
        (True, False, "k1"),
        (False, True, "k1"),
    ]


async def test_other_keys_and_no_keys_act_again(control, sandbox: Sandbox, opened: OpenedCall):
    for key in ("k1", "k2", None, None):
        await control("hold", key=key)
    assert sandbox.acted(opened.call_id) == ["hold"] * 4


async def test_a_key_is_for_one_call(control, sandbox: Sandbox, opened: OpenedCall):
    other = await sandbox.open_call()
    await control("hold", key="k1")
    await control("hold", key="k1", call_id=other.call_id, token=other.callback_token)
    assert sandbox.acted(other.call_id) == ["hold"]


async def test_an_end_can_be_replayed_after_the_end(control, sandbox: Sandbox, opened: OpenedCall):
    first = await control("hangup", key="k1")
    assert (await control("hangup", key="k1")).json() == first.json()
    assert (await control("hangup", key="k2")).status_code == 409
    assert sandbox.acted(opened.call_id) == ["hangup"]


async def test_ignored_keys_act_twice_and_the_ledger_shows_it(control, sandbox: Sandbox, opened: OpenedCall):
    sandbox.configure(enforce_keys=False)
    await control("send_dtmf", digits="1", key="k1")
    await control("send_dtmf", digits="1", key="k1")
    entries = sandbox.ledger(opened.call_id)
    assert [(entry.idempotency_key, entry.acted) for entry in entries] == [("k1", True), ("k1", True)]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_retry_after_a_server_error_acts_once(when, control, sandbox: Sandbox, opened: OpenedCall):
    sandbox.add_faults(Fault(kind="server_error", when=when))
    assert (await control("send_dtmf", digits="1", key="k1")).status_code == 503
    assert (await control("send_dtmf", digits="1", key="k1")).status_code == 200
    assert sandbox.acted(opened.call_id) == ["send_dtmf"]
    assert sandbox.ledger(opened.call_id)[1].replay is (when == "after")


async def test_a_refusal_is_not_kept_under_its_key(control, sandbox: Sandbox, opened: OpenedCall):
    assert (await control("barge", target_call_id="leg", key="k1")).status_code == 403
    await control("monitor_start", target_call_id="leg")
    assert (await control("barge", target_call_id="leg", key="k1")).status_code == 200
