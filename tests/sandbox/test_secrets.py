"""Tokens go to whom they belong, and nowhere else."""

import json
import logging
import re

import httpx
import pytest

from flowrules.sandbox import OpenedCall, Sandbox

TOKEN = re.compile(r"yt_(cb|live|test)_[0-9A-Za-z]")


async def test_neither_ledger_nor_log_nor_repr_holds_a_token(
    agent, dialling: Sandbox, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    opened = await dialling.open_call()
    newer = dialling.refresh(opened.call_id)
    async with httpx.AsyncClient(base_url=dialling.base_url) as http:
        path = f"/api/v1/ai-sessions/{opened.call_id}"
        for token in (opened.callback_token, newer, dialling.tenant_key, "yt_cb_bad"):
            await http.post(
                f"{path}/control",
                # A careless client: its credentials are in its body, its key and its field names too.
                json={"event": "log", "metadata": {"token": token, token: 1}},
                headers={"Authorization": f"Bearer {token}", "Idempotency-Key": token},
            )
        escaped = json.dumps({"event": "set_disposition", "disposition": newer}).replace("y", "\\u0079")
        headers = {"Authorization": f"Bearer {newer}"}
        await http.post(f"{path}/control", content=escaped, headers=headers)
        state = await http.post(f"{path}/control", json={"event": "get_call_state"}, headers=headers)
        await http.post(
            f"{path}/revoke_token",
            json={"token": newer},
            headers={"Authorization": f"Bearer {dialling.tenant_key}"},
        )
        shown = await http.get(f"/sandbox/calls/{opened.call_id}")
    assert len(shown.json()["ledger"]) == 7
    assert shown.json()["ledger"][0]["body"]["metadata"]["token"] == "yt_cb_[redacted]"
    assert state.json()["result"]["disposition"] == "yt_cb_[redacted]"
    texts = [shown.text, state.text, caplog.text, repr(opened), repr(dialling), str(vars(dialling.platform))]
    texts += [repr(dialling.call(opened.call_id)), repr(list(dialling.ledger()))]
    secrets = [opened.callback_token, newer, dialling.tenant_key]
    for text in texts:
        assert not any(secret in text for secret in secrets)
        assert TOKEN.search(text) is None


async def test_a_refusal_does_not_repeat_a_token(control, opened: OpenedCall):
    reply = await control("hold", **{opened.callback_token: opened.callback_token})
    assert reply.status_code == 422
    assert opened.callback_token not in reply.text
