"""`flowrules run`, `demo` and `revoke` as real processes against the sandbox."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from flowrules.sandbox import Sandbox
from flowrules.sandbox import Settings as SandboxSettings

RULES = "on intent=sales transfer agent sales_q then set_disposition\n"
PATIENCE = 60


class Running:
    """A `flowrules run` process: its output so far, and a way to type into it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.errors: list[str] = []

    async def said(self, word: str) -> str:
        """The line of standard error that begins so."""
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stderr.readline()).decode():
                self.errors.append(line)
                if line.startswith(word):
                    return line.split()[-1]
        raise AssertionError(f"no line {word!r} in {self.errors}")

    async def type(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        await self.process.stdin.drain()

    async def answer(self) -> dict[str, object]:
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            return json.loads(await self.process.stdout.readline())


@asynccontextmanager
async def running(*arguments: str, **environment: str) -> AsyncIterator[Running]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowrules", "run", *arguments, "--port", "0", "--drain", "0",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
    )  # fmt: skip
    one = Running(process)
    try:
        yield one
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(audio="none")) as it:
        yield it


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "desk.rules"
    path.write_text(RULES, "utf-8")
    return path


async def test_a_line_of_standard_input_transfers_the_call(sandbox: Sandbox, rules: Path, tmp_path: Path):
    journal = tmp_path / "journal"
    arguments = (str(rules), "--base-url", sandbox.base_url, "--journal", str(journal))
    async with running(*arguments, FLOWRULES_SPEECH_WAIT="0.2") as process:
        opened = await sandbox.open_call(ws_url=await process.said("agent WebSocket"))
        await process.type("this is no JSON")
        assert "error" in await process.answer()
        await process.type('{"signal": "bot_finished"}')
        await process.type('{"intent": "sales"}')
        outcome = await process.answer()
    assert outcome["call_id"] == opened.call_id
    assert [step["verb"] for step in outcome["steps"]] == ["set_disposition", "transfer"]
    assert sandbox.acted(opened.call_id) == ["set_disposition", "transfer"]
    kept = "".join(path.read_text("utf-8") for path in journal.glob("*.jsonl"))
    assert opened.callback_token not in kept + "".join(process.errors)


async def test_a_line_may_be_typed_as_for_all_other_commands(sandbox: Sandbox, rules: Path):
    async with running(str(rules), "--base-url", sandbox.base_url, "--mode", "dry_run") as process:
        websocket = await process.said("agent WebSocket")
        await process.type("intent=sales")
        assert await process.answer() == {"error": "no call is live"}
        first = await sandbox.open_call(ws_url=websocket)
        await process.type("signal=bot_finished")
        await process.type("sales")
        assert 'no event "sales"' in str(await process.answer())
        await process.type('said="I want to buy" intent=sales')
        outcome = await process.answer()
        assert [step["verb"] for step in outcome["steps"]] == ["set_disposition", "transfer"]
        second = await sandbox.open_call(ws_url=websocket)
        await process.type("intent=sales")
        asked = str((await process.answer())["error"])
        assert asked.startswith("2 calls are live")
        assert first.call_id in asked
        assert second.call_id in asked
        await process.type(f"call_id={second.call_id} intent=sales")
        assert (await process.answer())["call_id"] == second.call_id


async def test_a_line_is_acted_on_while_one_before_it_waits(sandbox: Sandbox, tmp_path: Path):
    """A hangup waits for the bot's last word. The key drops it, and the close waits until all have their outcomes."""
    path = tmp_path / "bye.rules"
    path.write_text(
        'on intent=bye hangup\non hangup_interrupted log "more to say"\non call_ended log "over"\n', "utf-8"
    )
    async with running(str(path), "--base-url", sandbox.base_url) as process:
        opened = await sandbox.open_call(ws_url=await process.said("agent WebSocket"))
        for line in ("signal=bot_speaking", "intent=bye", "dtmf=1", "intent=other", "signal=close"):
            await process.type(line)
        outcomes = [await process.answer() for _ in range(4)]
    assert [outcome["status"] for outcome in outcomes] == ["interrupted", "done", "done", "done"]
    assert sandbox.acted(opened.call_id) == ["log", "log"]


async def test_a_script_that_is_read_faster_than_it_is_played_is_played_whole(
    sandbox: Sandbox, tmp_path: Path
):
    path = tmp_path / "slow.rules"
    path.write_text('on intent=a log "a"\n', "utf-8")
    async with running(str(path), "--base-url", sandbox.base_url, "--mode", "dry_run") as process:
        await sandbox.open_call(ws_url=await process.said("agent WebSocket"))
        for _ in range(200):
            await process.type("intent=a")
        outcomes = [await process.answer() for _ in range(200)]
    assert {outcome["status"] for outcome in outcomes} == {"done"}


async def test_a_slip_in_a_typed_line_is_remarked(sandbox: Sandbox, rules: Path):
    """It is taken all the same: the agent's program may report what no rule asks for."""
    async with running(str(rules), "--base-url", sandbox.base_url, "--mode", "dry_run") as process:
        await sandbox.open_call(ws_url=await process.said("agent WebSocket"))
        for line in ("intnet=sales", "intent=salse", '{"intent": "salse"}'):
            await process.type(line)
            assert (await process.answer())["steps"] == []
            await process.said("note:")
            assert "sales" in process.errors[-1] or "intent" in process.errors[-1]


async def test_events_come_over_http_with_a_key(sandbox: Sandbox, rules: Path):
    arguments = (str(rules), "--base-url", sandbox.base_url, "--events-key", "k" * 20)
    async with running(*arguments) as process:
        websocket = await process.said("agent WebSocket")
        opened = await sandbox.open_call(ws_url=websocket)
        url = (await process.said("events")).strip()
        async with httpx.AsyncClient(headers={"Authorization": "Bearer " + "k" * 20}) as http:
            await http.post(url, json={"signal": "bot_finished"})
            reply = await http.post(url, json={"intent": "sales"})
    assert reply.json()["status"] == "ended"
    assert sandbox.acted(opened.call_id) == ["set_disposition", "transfer"]


async def test_a_shadow_run_decides_and_sends_nothing(sandbox: Sandbox, rules: Path):
    async with running(str(rules), "--base-url", sandbox.base_url, "--mode", "dry_run") as process:
        opened = await sandbox.open_call(ws_url=await process.said("agent WebSocket"))
        await process.type('{"intent": "sales"}')
        outcome = await process.answer()
    assert {step["status"] for step in outcome["steps"]} == {"withheld"}
    assert not sandbox.ledger(opened.call_id)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [("on intent=sales tranfer agent a\n", 1, "unknown-verb"), (None, 2, "There is no file or folder")],
)
async def test_rules_that_cant_run_end_it_at_once(tmp_path: Path, text: str | None, code: int, words: str):
    path = tmp_path / "r.rules"
    if text is not None:
        path.write_text(text, "utf-8")
    async with running(str(path)) as process:
        assert process.process.stderr is not None
        errors = (await process.process.stderr.read()).decode()
        # To signal a process that is just ending would take its exit code away from asyncio.
        await process.process.wait()
    assert process.process.returncode == code
    assert words in errors
    assert "Traceback" not in errors


async def test_a_revoked_token_is_worthless(sandbox: Sandbox):
    opened = await sandbox.open_call()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowrules", "revoke", opened.call_id, "--base-url", sandbox.base_url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "FLOWRULES_TENANT_KEY": sandbox.tenant_key},
    )  # fmt: skip
    output, errors = await process.communicate(opened.callback_token.encode())
    assert process.returncode == 0, errors
    assert opened.callback_token.encode() not in output + errors
    async with httpx.AsyncClient(base_url=sandbox.base_url) as http:
        reply = await http.post(
            f"/api/v1/ai-sessions/{opened.call_id}/control",
            json={"event": "hangup"},
            headers={"Authorization": f"Bearer {opened.callback_token}"},
        )
    assert reply.status_code == 401


async def test_it_has_no_voice_of_its_own(rules: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "flowrules", "run", str(rules),
        stderr=asyncio.subprocess.PIPE, env={**os.environ, "FLOWRULES_SAY": "host"},
    )  # fmt: skip
    _, errors = await process.communicate()
    assert process.returncode != 0
    assert errors.decode().startswith("FLOWRULES_SAY is host, and this command has no voice")
