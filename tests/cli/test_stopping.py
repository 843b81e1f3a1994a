"""How a command that runs on is ended: SIGTERM does what Ctrl-C does."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from flowrules.runtime.journal import read_journal, verify
from flowrules.sandbox import Fault, Sandbox
from flowrules.sandbox import Settings as SandboxSettings

RULES = "on intent=sales hold\non call_ended set_disposition done\n"
PATIENCE = 60


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(audio="none")) as it:
        yield it


def child_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def _heed_all_signals() -> None:
    """Whoever ignores a signal hands that on to what it starts, and these tests may be run with nohup."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Served:
    """`flowrules run` with a call of the sandbox in it."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.journal = folder / "journal"
        self.rules = folder / "a.rules"
        self.rules.write_text(RULES)
        self.errors = ""

    async def start(self, *options: str, before: tuple[str, ...] = ()) -> None:
        command = (
            *before, sys.executable, "-m", "flowrules", "run", str(self.rules), "--port", "0",
            "--base-url", self.sandbox.base_url, "--journal", str(self.journal), *options,
        )  # fmt: skip
        self.process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            preexec_fn=_heed_all_signals,
        )
        self.url = (await self.told("agent WebSocket")).split()[-1]

    async def told(self, words: str) -> str:
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self.process.stderr.readline()).decode():
                self.errors += line
                if words in line:
                    return line
        raise AssertionError(self.errors)

    async def call(self) -> str:
        opened = await self.sandbox.open_call(ws_url=self.url)
        assert opened.websocket == "open"
        async with asyncio.timeout(PATIENCE):
            while not any(entry.kind == "call" for entry in read_journal(self.journal)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return opened.call_id

    async def end(self) -> int:
        async with asyncio.timeout(PATIENCE):
            _, rest = await self.process.communicate()
        self.errors += rest.decode()
        assert "Traceback" not in self.errors
        assert verify(self.journal) == ()
        assert self.process.returncode is not None
        return self.process.returncode

    @property
    def ended(self) -> list[Any]:
        return [entry.call for entry in read_journal(self.journal) if entry.kind == "ended"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_signal_takes_no_new_calls_and_lets_the_old_ones_end(
    sandbox: Sandbox, tmp_path: Path, number: signal.Signals
) -> None:
    served = Served(sandbox, tmp_path)
    await served.start("--drain", "60")
    call = await served.call()
    served.process.send_signal(number)
    assert "1 live" in await served.told("Shutting down")
    second = await sandbox.open_call(ws_url=served.url)
    assert served.process.returncode is None
    sandbox.close(call)
    assert await served.end() == 0
    assert "Stopped." in served.errors
    assert sandbox.acted(second.call_id) == []
    assert served.ended == [call]


async def test_calls_that_do_not_end_in_time_are_closed(sandbox: Sandbox, tmp_path: Path) -> None:
    served = Served(sandbox, tmp_path)
    await served.start("--drain", "0.2")
    call = await served.call()
    served.process.terminate()
    assert await served.end() == 0
    assert sandbox.acted(call) == ["set_disposition"]
    assert served.ended == [call]


async def test_a_second_signal_closes_them_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    served = Served(sandbox, tmp_path)
    await served.start("--drain", "3600")
    call = await served.call()
    served.process.terminate()
    await served.told("Shutting down")
    served.process.terminate()
    assert await served.end() == 0
    assert sandbox.acted(call) == ["set_disposition"]
    assert served.ended == [call]


async def test_a_platform_that_never_answers_holds_nobody_up_after_the_second(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.add_faults(Fault(kind="slow", verb="set_disposition", seconds=3600))
    served = Served(sandbox, tmp_path)
    await served.start("--drain", "3600")
    await served.call()
    served.process.terminate()
    await served.told("Shutting down")
    served.process.terminate()
    async with asyncio.timeout(PATIENCE):
        await served.process.wait()


@pytest.mark.skipif(
    shutil.which("unshare") is None or os.geteuid() != 0, reason="a PID namespace takes root and unshare"
)
async def test_as_the_first_process_of_a_container_it_is_ended_too(sandbox: Sandbox, tmp_path: Path) -> None:
    served = Served(sandbox, tmp_path)
    await served.start("--drain", "0", before=("unshare", "--pid", "--fork", "--kill-child"))
    call = await served.call()
    # unshare itself passes no signal on: its child is PID 1 there.
    os.kill(child_of(served.process.pid), signal.SIGTERM)
    assert await served.end() == 0
    assert sandbox.acted(call) == ["set_disposition"]


async def test_who_is_started_to_outlive_its_terminal_does(sandbox: Sandbox, tmp_path: Path) -> None:
    served = Served(sandbox, tmp_path)
    await served.start("--drain", "60", before=("nohup",))
    call = await served.call()
    served.process.send_signal(signal.SIGHUP)
    sandbox.close(call)
    await served.told("call.ended")
    assert served.process.returncode is None
    served.process.terminate()
    assert await served.end() == 0


async def test_whoever_does_not_read_what_it_prints_holds_up_no_call(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A pipe takes 64 KB, and asyncio 128 KB: after that a program that prints waits for its reader."""
    served = Served(sandbox, tmp_path)
    served.rules.write_text("on dtmf=5 set_lead_field key to yes\n")
    await served.start("--drain", "0")
    call = await served.call()
    for _ in range(2_000):
        sandbox.press(call, "5")
    async with asyncio.timeout(PATIENCE * 2):
        while sandbox.acted(call).count("set_lead_field") < 12:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    served.process.terminate()
    assert await served.end() == 0


@pytest.mark.parametrize("closed", [0, 1, 2])
async def test_a_stream_that_is_closed_is_done_without(sandbox: Sandbox, tmp_path: Path, closed: int) -> None:
    rules = tmp_path / "a.rules"
    rules.write_text("on dtmf=5 set_lead_field key to yes\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path / "errors").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flowrules", "run", str(rules), "--port", str(port), "--drain", "0",
            "--base-url", sandbox.base_url,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=errors,
            preexec_fn=lambda: os.close(closed),
        )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        while (opened := await sandbox.open_call(ws_url=f"ws://127.0.0.1:{port}/")).websocket != "open":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        sandbox.press(opened.call_id, "5")
        while sandbox.acted(opened.call_id) != ["set_lead_field"]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        process.terminate()
        assert await process.wait() == 0
    assert b"Traceback" not in (tmp_path / "errors").read_bytes()


@pytest.mark.parametrize("later", [0.0, 1.5])
@pytest.mark.parametrize(
    ("command", "code"),
    [
        # It shows its tenant key to whoever starts it.
        pytest.param(("sandbox", "--port", "0"), 0, marks=pytest.mark.hands_out_tokens),
        (("demo",), 130),
        (("chaos", "--calls", "50"), 130),
    ],
)
def test_other_commands_clean_up_too(
    command: tuple[str, ...], code: int, later: float, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "flowrules", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        # As in a script's background, where Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert process.stdout is not None
    if command[0] == "chaos":
        while not list(tmp_path.glob("flowrules-chaos-*/*")):
            assert process.poll() is None
    else:
        process.stdout.readline()
    time.sleep(later)
    process.terminate()
    _, errors = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors
    assert process.returncode == code
    assert list(tmp_path.iterdir()) == []


def test_the_server_of_an_mcp_client_leaves_though_the_client_is_silent(tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_text(RULES)
    process = subprocess.Popen(
        [sys.executable, "-m", "flowrules.agents.mcp", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdin, process.stdout, process.stderr:
        process.stdin.write(
            '{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", '
            '"capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}\n'
        )
        process.stdin.flush()
        assert process.stdout.readline()
        process.terminate()
        assert process.wait(PATIENCE) == 0
        assert process.stderr.read() == ""
