"""A webhook of the platform that arrives at a host which does not have the call."""

import hashlib
import hmac
import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from flowrules import Engine, Settings
from flowrules.fleet import Fleet, FleetOptions
from flowrules.sandbox import Sandbox
from tests.fleet.pods import Pod, until
from tests.fleet.test_hosts_that_die import sent

SECRET = "whsec_1"
RULES = 'on ai_session.recorded when ai_session.seconds is 5 log "recorded"\n'


def delivery(call: str, kind: str, number: int) -> tuple[bytes, dict[str, str]]:
    data = {"call_id": call, "seconds": 5}
    body = json.dumps({"id": f"ev_{number}", "type": kind, "created_at": "…", "data": data}).encode()
    stamp = str(int(time.time()))
    signature = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return body, {"X-Yotel-Signature": f"t={stamp},v0={signature}"}


@pytest.mark.parametrize("fleet", ["sqlite"], indirect=True)
async def test_a_webhook_that_arrives_anywhere_is_taken_once(
    sandbox: Sandbox, tmp_path: Path, fleet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "examples"))
    sys.modules.pop("webhooks", None)
    from webhooks import Receiver

    (tmp_path / "calls.rules").write_text(RULES, "utf-8")
    settings = Settings(
        base_url=sandbox.base_url, journal=tmp_path / "journal-a", watch=False, check_apart=False
    )
    here = Fleet(FleetOptions(SecretStr(fleet), "a"))
    async with (
        Engine(tmp_path / "calls.rules", settings=settings, fleet=here) as engine,
        Pod(sandbox, tmp_path, fleet, "b") as b,
    ):
        call = await b.call()
        app = httpx.ASGITransport(app=Receiver(engine, SecretStr(SECRET)).app)

        async def deliver(kind: str, number: int, call: str = call) -> Any:
            body, headers = delivery(call, f"ai_session.{kind}", number)
            async with httpx.AsyncClient(transport=app, base_url="http://receiver", timeout=None) as http:
                reply = await http.post("/webhooks", content=body, headers=headers)
            assert reply.status_code == 200, reply.text
            return reply.json()

        for _ in range(3):  # They are delivered at least once.
            assert await deliver("recorded", 1) == {"ok": True, "taken": True}
        assert [verb for verb, _, _ in sent(sandbox, call)] == ["log"]
        assert await deliver("recorded", 2, "no-such-call") == {"ok": True, "taken": False}
        assert await deliver("ended", 3) == {"ok": True, "taken": True}
        await until(lambda: b.entries("ended"))
        assert (await deliver("recorded", 4))["taken"] is False  # It is late.
        assert [verb for verb, _, _ in sent(sandbox, call)] == ["log"]
