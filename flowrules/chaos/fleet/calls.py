"""The calls of a run: each is dialled at some host, and its events arrive at any."""

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from flowrules.chaos.fleet.host import Host
from flowrules.chaos.platform import Platform
from flowrules.chaos.script import Close, Keys, Pause, Refresh, Report, Revoke, Speech, script
from flowrules.chaos.setup import Setup

_TRIES = 100
_LOOK_AGAIN = 0.2
"""Seconds before a report that no host has accepted is repeated."""
_AT_ONCE = 16


@dataclass(slots=True)
class Told:
    """What the reporter was answered: the status of the last answer, by call and event."""

    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    again: int = 0
    """The number of reports that were repeated because a host had died or could not accept them."""


@dataclass(slots=True)
class Calls:
    """Plays all calls of a run. The seed decides which host gets each request."""

    setup: Setup
    platform: Platform
    hosts: list[Host]
    begin_within: float
    """Seconds within which all calls begin."""
    told: Told = field(default_factory=Told)

    async def play(self) -> None:
        opening = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> None:
            chance = random.Random(f"{self.setup.seed}:hosts:{number}")  # noqa: S311 (a test's dice)
            await asyncio.sleep(chance.uniform(0, self.begin_within))
            async with opening:
                call = await self._open(number, chance)
            await self._play(call, number, chance)

        await asyncio.gather(*(one(number) for number in range(self.setup.calls)))

    async def _open(self, number: int, chance: random.Random) -> str:
        """Open a call at some host."""
        for turn in range(_TRIES):
            call = f"chaos-{self.setup.seed}-{number}" + (f"-{turn}" if turn else "")
            host = await self._running(chance)
            opened = await self.platform.open_call(
                call, dial=True, ws_url=host.ws_url, lead={"name": f"Lead {number}"}
            )
            if opened["websocket"] == "open":
                return call
        raise RuntimeError("no host takes calls")

    async def _play(self, call: str, number: int, chance: random.Random) -> None:
        under_way: list[asyncio.Task[None]] = []
        for act in script(self.setup.seed, number, self.setup.events):
            match act:
                case Pause(parts):
                    await asyncio.sleep(parts * self.setup.pause)
                case Report(event_id, facts, source, wait):
                    told = {
                        "call_id": call,
                        "event_id": event_id,
                        "facts": dict(facts),
                        "source": source.name.lower(),
                    }
                    task = asyncio.create_task(self._report(told, chance))
                    under_way.append(task)
                    if wait:
                        await asyncio.wait({task}, timeout=self.setup.pause * 2)
                case Keys(digit):
                    await self._quietly(self.platform.press(call, digit))
                case Refresh():
                    await self._quietly(self.platform.refresh(call))
                case Close(how):
                    await self._quietly(self.platform.close(call, how))
                case Speech() | Revoke():
                    pass
        await asyncio.gather(*under_way)
        await self._quietly(self.platform.close(call))

    async def _report(self, told: dict[str, Any], chance: random.Random) -> None:
        """Report an event, again with the same id until some host answers, as a sender of webhooks does."""
        name = told["call_id"], told["event_id"]
        for turn in range(_TRIES):
            self.told.again += turn > 0
            try:
                status, answer = await (await self._running(chance)).report(told)
            except httpx.HTTPError:
                await asyncio.sleep(_LOOK_AGAIN)
                continue
            if status == 503 or answer.get("status") == "taken":
                await asyncio.sleep(_LOOK_AGAIN)
                continue
            self.told.answers[name] = str(answer.get("status", status))
            return
        self.told.unanswered.append(name)

    async def _running(self, chance: random.Random) -> Host:
        while True:
            if running := [host for host in self.hosts if host.ws_url]:
                return chance.choice(running)
            await asyncio.sleep(_LOOK_AGAIN)

    async def _quietly(self, act: Any) -> None:
        with suppress(httpx.HTTPStatusError):  # The call has ended with its host.
            await act
