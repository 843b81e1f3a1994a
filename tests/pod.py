"""`flowrules run` as a process of its own, as an orchestrator starts it."""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from flowrules.runtime.journal import read_journal
from flowrules.runtime.journal.folders import journals_in
from flowrules.runtime.journal.reader import Entry, journal_files
from flowrules.sandbox import Sandbox

PATIENCE = 100
KEY = "events-key"


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


class Pod:
    """One run of the process, with a rule file and a journal that outlive it. `arguments` stand in the place of the
    rule file; `before` is a command that starts the process, in place of nothing."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        arguments: Sequence[str] | None = None,
        *,
        before: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.sandbox = sandbox
        self.journal = folder / "journal"
        self.rules = folder / "a.rules"
        self.said = ""
        self._arguments = [str(self.rules)] if arguments is None else [*arguments]
        self._before = before
        self._environment = environment or {}

    async def __aenter__(self) -> "Pod":
        self.process = await asyncio.create_subprocess_exec(
            *self._before, sys.executable, "-m", "flowrules", "run", *self._arguments, "--port", "0", "--drain", "30",
            "--base-url", self.sandbox.base_url, "--journal", str(self.journal),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            env={
                **os.environ, "FLOWRULES_EVENTS_KEY": KEY, "FLOWRULES_CHECK_APART": "false", **self._environment,
            },
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read())
        await until(lambda: "rules             revision" in self.said or self._reading.done())
        found = re.search(r"ws://\S+", self.said)
        assert found is not None, self.said
        self.ws_url = found[0]
        self.http = httpx.AsyncClient(
            base_url=self.ws_url.replace("ws:", "http:"),
            trust_env=False,
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=30,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await self._reading
        assert "Traceback" not in self.said

    async def _read(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.said += line.decode()

    async def probe(self, path: str) -> int:
        """What an orchestrator is answered, which shows no key."""
        async with httpx.AsyncClient(base_url=self.http.base_url, trust_env=False, timeout=30) as client:
            return (await client.get(path)).status_code

    async def health(self) -> dict[str, Any]:
        return (await self.http.get("/health")).json()

    async def until_health(self, holds: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while not holds(found := await self.health()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        return found

    async def until_probe(self, path: str, status: int) -> None:
        """What one process tells of another takes a moment to reach it."""
        async with asyncio.timeout(PATIENCE):
            while await self.probe(path) != status:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def call(self, call_id: str | None = None) -> str:
        """A call that the platform has dialled, and that stands in the journal."""
        opened = await self.sandbox.open_call(ws_url=self.ws_url, call_id=call_id)
        assert opened.websocket == "open"
        await until(lambda: any(entry.call == opened.call_id for entry in self.entries()))
        return opened.call_id

    def entries(self) -> list[Entry]:
        """Of all journals in the folder."""
        folders = (folder for folder in journals_in(self.journal) if journal_files(folder))
        return [entry for folder in folders for entry in read_journal(folder)]

    async def terminated(self) -> int:
        self.process.terminate()
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()
