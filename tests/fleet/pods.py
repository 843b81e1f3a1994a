"""Hosts of a fleet, each `flowrules run` in a process of its own."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from flowrules.runtime.journal import read_journal
from flowrules.runtime.journal.folders import journals_in
from flowrules.runtime.journal.reader import journal_files
from flowrules.sandbox import Sandbox

PATIENCE = 60
KEY = "events-key"


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)


async def eventually(holds: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


class Pod:
    """One host, with a journal that outlives it. A setting that is None is not made."""

    def __init__(self, sandbox: Sandbox, folder: Path, fleet: str, name: str, **settings: str | None) -> None:
        self.sandbox, self.name = sandbox, name
        self.journal = folder / f"journal-{name}"
        self.rules = folder / "calls.rules"
        self.fleet = fleet
        self.said = ""
        self._settings = {f"FLOWRULES_{key.upper()}": value for key, value in settings.items()}

    async def __aenter__(self) -> "Pod":
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "flowrules", "run", str(self.rules), "--port", "0", "--drain", "0",
            "--base-url", self.sandbox.base_url, "--journal", str(self.journal),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={name: value for name, value in {
                **os.environ, "FLOWRULES_EVENTS_KEY": KEY, "FLOWRULES_CHECK_APART": "false", "FLOWRULES_FLEET": self.fleet,
                "FLOWRULES_TENANT_KEY": self.sandbox.tenant_key, "FLOWRULES_FLEET_NAME": self.name, "FLOWRULES_FLEET_BEAT": "0.2", "FLOWRULES_FLEET_DEAD_AFTER": "2",
                **self._settings,
            }.items() if value is not None},
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read())
        await until(lambda: "rules             revision" in self.said or self._reading.done())
        found = re.search(r"ws://\S+", self.said)
        assert found is not None, self.said
        self.ws_url = found[0]
        self.http = httpx.AsyncClient(
            base_url=self.ws_url.replace("ws:", "http:"),
            headers={"Authorization": f"Bearer {KEY}"},
            trust_env=False,
            timeout=PATIENCE,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), PATIENCE)
            except TimeoutError:
                await self.kill()
                raise
        await self.process.wait()
        await self._reading
        assert "Traceback" not in self.said, self.said

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def report(self, call_id: str, **told: Any) -> tuple[int, dict[str, Any]]:
        reply = await self.http.post("/events", json={"call_id": call_id, **told})
        return reply.status_code, reply.json()

    async def call(self, call_id: str | None = None) -> str:
        named = {} if call_id is None else {"call_id": call_id}
        opened = await self.sandbox.open_call(ws_url=self.ws_url, **named)
        assert opened.websocket == "open"
        await until(lambda: opened.call_id in self.calls())
        return opened.call_id

    def calls(self) -> set[str]:
        return {entry.call for entry in self.entries("call")}

    def entries(self, kind: str) -> list[Any]:
        folders = [folder for folder in journals_in(self.journal) if journal_files(folder)]
        return [entry for folder in folders for entry in read_journal(folder) if entry.kind == kind]

    def notes(self) -> list[str]:
        return [str(entry.fields.get("message")) for entry in self.entries("note")]

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.said += line.decode()
