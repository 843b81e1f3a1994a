"""The sandbox in a process of its own, and the hands on it over HTTP."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

_PATIENCE = 60.0
"""Seconds for one steering request: a sandbox that a thousand calls keep busy answers late."""


@asynccontextmanager
async def sandbox_process() -> AsyncIterator[tuple[str, SecretStr]]:
    """`flowrules sandbox` on a free port: its base URL and tenant key. Raises RuntimeError where it does not start."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "flowrules", "sandbox", "--port", "0", "--audio", "none"),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said: dict[str, str] = {}
        while "tenant key" not in said:
            line = (await process.stdout.readline()).decode()
            if not line:
                raise RuntimeError("the sandbox did not start")
            label, _, value = line.partition("  ")
            said[label] = value.strip()
        yield said["base URL"], SecretStr(said["tenant key"])
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class Platform:
    """A sandbox's steering API, as an async context manager. Raises httpx.HTTPError where it does not answer as it
    should."""

    def __init__(self, base_url: str) -> None:
        # The sandbox closes what is idle for five seconds: a request that went out in that moment would be lost.
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=50, keepalive_expiry=1.0)
        self._http = httpx.AsyncClient(
            base_url=f"{base_url}/sandbox", timeout=_PATIENCE, limits=limits, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def configure(self, settings: dict[str, Any]) -> None:
        await self._post("/settings", settings)

    async def set_faults(self, faults: dict[str, Any] | None) -> None:
        """Replace the rate at which requests go wrong; None: all goes well from now on."""
        await self._post("/faults", {"clear": True, "rate": faults})

    async def open_call(self, call_id: str, **fields: Any) -> dict[str, Any]:
        """The reply, metadata frame included."""
        return await self._post("/calls", {"call_id": call_id, **fields})

    async def outcomes(self) -> dict[str, str | None]:
        """Call id → how the call ended; None while it has not."""
        reply = await self._http.get("/calls")
        reply.raise_for_status()
        return {call["call_id"]: call["outcome"] for call in reply.json()["calls"]}

    async def refresh(self, call_id: str) -> dict[str, Any]:
        """Give a call its next token; the frame that brings it."""
        reply = await self._post(f"/calls/{call_id}/refresh", {})
        return {"type": "token_refresh", "call_id": call_id, "callback_token": reply["callback_token"]}

    async def press(self, call_id: str, digit: str) -> None:
        await self._post(f"/calls/{call_id}/frames", {"event": "dtmf", "dtmf": digit, "duration": "1600"})

    async def close(self, call_id: str, how: str = "close") -> None:
        await self._post(f"/calls/{call_id}/close", {"how": how})

    async def wind(self, seconds: float) -> None:
        await self._post("/clock", {"advance_seconds": seconds})

    async def ledger(self) -> bytes:
        """As it came."""
        reply = await self._http.get("/ledger")
        reply.raise_for_status()
        return reply.content

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = await self._http.post(path, json=body)
        reply.raise_for_status()
        answer: dict[str, Any] = reply.json()
        return answer
