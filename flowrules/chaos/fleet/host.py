"""A host of a run: `flowrules run` in a process of its own, which can be killed, and begins again with its journal."""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import httpx

from flowrules.runtime.settings import PREFIX

_STARTS = 20
_PATIENCE = 90.0
"""Seconds for one report: a plan may take that long on a busy machine."""


class Host:
    """`ws_url` is where the platform dials it, '' while it does not run."""

    def __init__(self, name: str, rules: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self._rules = rules
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._http: httpx.AsyncClient | None = None
        self._reading: asyncio.Task[None] | None = None
        self.ws_url = ""
        self.said: list[str] = []

    async def start(self) -> None:
        """Raises RuntimeError where it does not start."""
        others = {name: value for name, value in os.environ.items() if not name.upper().startswith(PREFIX)}
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "flowrules", "run", self._rules),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**others, **self._environment},
        )
        ws_url = ""
        assert self._process.stderr is not None
        while line := (await self._process.stderr.readline()).decode():
            self.said.append(line)
            if line.startswith("agent WebSocket"):
                ws_url = line.split()[-1]
            if line.startswith("rules "):
                break
        else:
            await self._process.wait()
            raise RuntimeError(f"host {self.name} did not start:\n{''.join(self.said[-20:])}")
        self._reading = asyncio.create_task(self._read(self._process.stderr))
        self._http = httpx.AsyncClient(
            base_url=ws_url.replace("ws:", "http:", 1),
            headers={"Authorization": f"Bearer {self._environment[f'{PREFIX}EVENTS_KEY']}"},
            timeout=_PATIENCE,
            trust_env=False,
            limits=httpx.Limits(max_connections=500),
        )
        self.ws_url = ws_url

    async def start_again(self) -> None:
        """As an orchestrator would: until it starts, for it may be cut off from its database. Raises RuntimeError."""
        for _ in range(_STARTS):
            with suppress(RuntimeError):
                await self.start()
                return
        await self.start()

    async def report(self, told: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """The answer's status and body. Raises httpx.HTTPError where none comes."""
        if self._http is None:
            raise httpx.ConnectError("the host does not run")
        reply = await self._http.post("/events", json=dict(told))
        return reply.status_code, reply.json()

    async def kill(self) -> None:
        await self._end(lambda process: process.kill())

    async def stop(self) -> None:
        """In good order."""
        await self._end(lambda process: process.terminate())

    # --- inside ---

    async def _end(self, end: Any) -> None:
        self.ws_url = ""
        http, self._http = self._http, None
        process = self._process
        if process is not None and process.returncode is None:
            end(process)
            await process.wait()
        if self._reading is not None:
            await self._reading
        if http is not None:
            await http.aclose()

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := (await stream.readline()).decode():
            self.said.append(line)
