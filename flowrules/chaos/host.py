"""The host of a run: an engine and an agent server as any other, and calls that play their scripts on them."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from flowrules.call.outcome import EventOutcome
from flowrules.chaos.platform import Platform
from flowrules.chaos.rules import broken_rules, rules
from flowrules.chaos.script import Act, Close, Keys, Pause, Refresh, Report, Revoke, Speech, script
from flowrules.chaos.setup import Ground, Setup, host_settings
from flowrules.control.errors import RequestFailed
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.http.server import AgentServer

_AT_ONCE = 32
"""Calls that are opened side by side."""
_WITHOUT_SOCKET = 4
"""One call in so many has no WebSocket of ours: a program that holds it embeds the engine, and hands it the frames."""
_TOKENS_LIVE = 31 * 60
"""Seconds after which a token that was not refreshed is too old."""


@dataclass(slots=True)
class Played:
    """What the host saw: every report must have been answered."""

    reported: list[tuple[str, str]] = field(default_factory=list)
    """Call and event."""
    answered: int = 0
    edits: int = 0


@dataclass(slots=True)
class _Host:
    setup: Setup
    platform: Platform
    engine: Engine
    server: AgentServer
    played: Played = field(default_factory=Played)

    async def open(self, number: int, outcomes: dict[str, str | None]) -> CallSession | None:
        """A live call of this number. One that the process before us had is taken over, if it still lives."""
        call_id = f"chaos-{self.setup.seed}-{number}"
        if call_id in outcomes:
            if outcomes[call_id] is None:
                frame = await self.platform.refresh(call_id)
                return self.engine.call_from({**frame, "type": "metadata"})
            call_id += "-again"
        embedded = number % _WITHOUT_SOCKET == 0
        opened = await self.platform.open_call(
            call_id,
            dial=not embedded,
            ws_url=None if embedded else self.server.ws_url,
            lead={"name": f"Lead {number}"},
            faults=_frame_faults(number),
        )
        if embedded:
            return self.engine.call_from(opened["metadata"])
        async with asyncio.timeout(10):
            while (session := self.engine.calls.get(call_id)) is None:
                if opened["websocket"] != "open":
                    return None
                await asyncio.sleep(0.01)
        return session

    async def play(self, call: CallSession, acts: Iterable[Act]) -> None:
        """One call, until it is over."""
        waiting: list[Awaitable[EventOutcome]] = []
        for act in acts:
            match act:
                case Pause(parts):
                    await asyncio.sleep(parts * self.setup.pause)
                case Report(event_id, facts, source, wait):
                    self.played.reported.append((call.call_id, event_id))
                    outcome = call.post(facts=facts, source=source, event_id=event_id)
                    waiting.append(outcome)
                    if wait:
                        await asyncio.shield(outcome)
                case Speech(signal):
                    getattr(call, signal)()
                case Refresh():
                    await self.refresh(call)
                case Revoke():
                    with suppress(RequestFailed, RuntimeError):
                        await call.revoke()
                case Keys(digit):
                    await self.platform.press(call.call_id, digit)
                case Close(how):
                    await self.platform.close(call.call_id, how)
        await asyncio.gather(*waiting)
        self.played.answered += len(waiting)
        # Whoever holds the WebSocket closes it last: the records of `call_ended` still find a live session.
        await call.close("the host has nothing more to do")
        await self.platform.close(call.call_id)

    async def refresh(self, call: CallSession) -> None:
        """The platform sends the next token; where the WebSocket is not ours, whoever holds it hands the frame on."""
        call.frame(await self.platform.refresh(call.call_id))

    async def edit(self) -> None:
        """Rewrite the rules again and again; every third edit is a slip."""
        path = self.engine.rules.path
        assert path is not None
        for edition in itertools.count(1):
            text = broken_rules(self.setup.seed) if edition % 3 == 0 else rules(self.setup.seed, edition)
            (path / "calls.rules").write_text(text, "utf-8")
            self.played.edits += 1
            await asyncio.sleep(1 + self.setup.pause)

    async def age(self) -> None:
        """Wind the platform's clock twice past every token's end. Those who hold their own WebSocket get the refresh
        a moment late, and later ones too: faults make that clock jump, and the platform would refresh until the end."""
        for turn in itertools.count():
            await asyncio.sleep(self.setup.pause * self.setup.events / 2)
            if turn < 2:
                await self.platform.wind(_TOKENS_LIVE)
            for number in range(0, self.setup.calls, _WITHOUT_SOCKET):
                for call_id in (
                    f"chaos-{self.setup.seed}-{number}",
                    f"chaos-{self.setup.seed}-{number}-again",
                ):
                    if (call := self.engine.calls.get(call_id)) is not None:
                        await self.refresh(call)


async def play_calls(setup: Setup, ground: Ground) -> Played:
    """Play all calls of a run at the same time, from the first frame to the close."""
    ground.rules.mkdir(parents=True, exist_ok=True)
    (ground.rules / "calls.rules").write_text(rules(setup.seed), "utf-8")
    async with (
        Platform(ground.base_url) as platform,
        Engine(ground.rules, settings=host_settings(setup, ground)) as engine,
        AgentServer(engine) as server,
    ):
        host = _Host(setup, platform, engine, server)
        outcomes = await platform.outcomes()
        opening = asyncio.Semaphore(_AT_ONCE)

        async def open_one(number: int) -> CallSession | None:
            async with opening:
                return await host.open(number, outcomes)

        calls = await asyncio.gather(*(open_one(number) for number in range(setup.calls)))
        async with asyncio.TaskGroup() as beside:
            background = [beside.create_task(host.edit()), beside.create_task(host.age())]
            await asyncio.gather(
                *(
                    host.play(call, script(setup.seed, number, setup.events))
                    for number, call in enumerate(calls)
                    if call is not None
                )
            )
            for task in background:
                task.cancel()
        # However short the run was, its last edit counts.
        await engine.rules.reload()
    ground.reported.write_text(json.dumps(host.played.reported), "utf-8")
    return host.played


def _frame_faults(number: int) -> list[dict[str, Any]]:
    """Some calls get a refresh twice, late, or not at all."""
    kind = {3: "duplicate", 7: "late", 11: "lost"}.get(number % 40)
    return [{"kind": kind, "frame": "token_refresh", "seconds": 0.05}] if kind else []
