"""`flowrules run` as an orchestrator runs it: probed, drained by SIGTERM, killed, and started again on broken files."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flowrules.runtime.journal import read_journal, verify
from flowrules.sandbox import Fault, Sandbox
from flowrules.sandbox import Settings as SandboxSettings
from tests.pod import PATIENCE, Pod, until

RULES = "on dtmf=5 set_lead_field key to yes then set_lead_field more to yes\non call_ended set_disposition done\n"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(audio="none")) as it:
        yield it


async def test_it_is_probed_and_drained_and_what_a_call_has_decided_is_sent(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pod = Pod(sandbox, tmp_path)
    pod.rules.write_text(RULES)
    sandbox.add_faults(Fault(kind="slow", verb="set_lead_field", seconds=1))
    async with pod:
        assert await pod.probe("/livez") == 200
        assert await pod.probe("/readyz") == 200
        call = await pod.call()
        sandbox.press(call, "5")
        await until(lambda: any(entry.kind == "sending" for entry in read_journal(pod.journal)))
        pod.process.terminate()
        await until(lambda: "Shutting down" in pod.said)
        # The orchestrator sees it leave, and does not take it for dead.
        assert await pod.probe("/readyz") == 503
        assert await pod.probe("/livez") == 200
        assert (await sandbox.open_call(ws_url=pod.ws_url)).call_id != call
        await until(lambda: sandbox.acted(call).count("set_lead_field") == 2)
        sandbox.close(call)
        async with asyncio.timeout(PATIENCE):
            assert await pod.process.wait() == 0
    assert sandbox.acted(call) == ["set_lead_field", "set_lead_field"]
    # The record of the call's end was tried, too; the platform takes none after it has hung up.
    last = sandbox.ledger(call)[-1]
    assert (last.verb, last.status) == ("set_disposition", 409)
    assert verify(pod.journal) == ()


async def test_it_is_killed_and_starts_on_its_last_good_rules_though_the_file_is_broken(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pod = Pod(sandbox, tmp_path)
    pod.rules.write_text(RULES)
    async with pod:
        call = await pod.call()
        sandbox.press(call, "5")
        await until(lambda: sandbox.acted(call).count("set_lead_field") == 2)
        await until((pod.journal / "last-good.rules").exists)
        pod.process.kill()
        await pod.process.wait()
    pod.rules.write_text(RULES.replace("set_disposition", "set_dispositoin"))
    again = Pod(sandbox, tmp_path)
    async with again:
        assert "WARNING: the rules in" in again.said
        assert "set_dispositoin" in again.said
        assert "rules.last_good" in again.said
        assert await again.probe("/readyz") == 200
        health = await again.health()
        assert health["ready"] is True
        assert any("the calls run on the last good rules" in one for one in health["warnings"])
        second = await again.call()
        sandbox.press(second, "5")
        await until(lambda: sandbox.acted(second).count("set_lead_field") == 2)
        again.rules.write_text(f"{RULES}on dtmf=6 set_lead_field mended to yes\n")
        async with asyncio.timeout(PATIENCE):
            while (await again.health())["warnings"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        sandbox.press(second, "6")
        await until(lambda: sandbox.ledger(second)[-1].body.get("field") == "mended")
        sandbox.close(second)
        again.process.terminate()
        async with asyncio.timeout(PATIENCE):
            assert await again.process.wait() == 0
    assert verify(again.journal) == ()
    # Each call's decisions are on record once, and each has its end: the killed process's call, too.
    assert sandbox.acted(call) == ["set_lead_field", "set_lead_field"]
    assert [entry.call for entry in read_journal(again.journal) if entry.kind == "call"] == [call, second]


async def test_without_rules_that_were_good_a_broken_file_is_refused_in_words(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    (tmp_path / "a.rules").write_text("on dtmf=5 hodl\n")
    for path, code, words in (
        ("a.rules", 1, "hodl"),
        ("none.rules", 2, "There is no file or folder"),
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flowrules", "run", str(tmp_path / path), "--journal", str(tmp_path / "j"),
            stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, said = await process.communicate()
        assert process.returncode == code
        assert words in said.decode()
        assert "Traceback" not in said.decode()
