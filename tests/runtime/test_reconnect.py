"""A call that comes again under its id, over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from flowrules.control.clock import ManualClock
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import CallInUse
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.journal import verify
from flowrules.runtime.journal.replaying.replay import replay
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings
from flowrules.sandbox import OpenedCall, Sandbox

AGENT = SecretStr("agent-bearer")
RULES = (
    "on intent=human 2 times transfer queue people\n"
    'on intent=bill once per call remember billed is yes then log "bill"\n'
    'on intent=ask when billed is yes log "known"\n'
    'on intent=slow wait 1 second then log "slow"\n'
    'on call_ended log "over"\n'
)
Eventually = Callable[[Callable[[], object]], Awaitable[None]]


@asynccontextmanager
async def serving(sandbox: Sandbox, folder: Path, within: float) -> AsyncIterator[AgentServer]:
    settings = Settings(
        base_url=sandbox.base_url, journal=folder, journal_fsync="never", reconnect_within=within
    )
    async with (
        Engine(RuleBook.from_text(RULES), settings=settings) as engine,
        AgentServer(engine, agent_token=AGENT) as server,
    ):
        server.engine = engine  # type: ignore[attr-defined]
        yield server


async def dial(server: AgentServer, opened: OpenedCall) -> ClientConnection:
    headers = {"Authorization": f"Bearer {AGENT.get_secret_value()}"}
    socket = await connect(server.ws_url, additional_headers=headers)
    await socket.send(json.dumps(opened.metadata))
    return socket


def call_of(server: Any, opened: OpenedCall) -> CallSession | None:
    found: CallSession | None = server.engine.calls.get(opened.call_id)
    return found


async def taken(server: Any, opened: OpenedCall, eventually: Eventually, times: int = 0) -> CallSession:
    await eventually(lambda: call_of(server, opened) and server.engine.counters["reconnects"] == times)
    call = call_of(server, opened)
    assert call is not None
    return call


@pytest.mark.parametrize("hangs", [False, True], ids=["the old socket is closed", "the old socket hangs"])
async def test_a_call_that_comes_again_keeps_memory_counts_and_limits(
    hangs: bool, sandbox: Sandbox, tmp_path: Path, eventually: Eventually
) -> None:
    folder = tmp_path / "journal"
    async with serving(sandbox, folder, 30) as server:
        opened = await sandbox.open_call()
        old = await dial(server, opened)
        before = await taken(server, opened, eventually)
        await before.event(intent="bill", turn_id="t1")
        await before.event(intent="human", turn_id="t2")
        if not hangs:
            await old.close()
        new = await dial(server, opened)
        call = await taken(server, opened, eventually, 1)
        assert call is not before
        assert before.is_taken_over
        assert not call.is_taken_over
        if hangs:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(old.recv(), 45)
        await call.event(intent="bill", turn_id="t3")
        await call.event(intent="ask", turn_id="t4")
        outcome = await call.event(intent="human", turn_id="t5")
        assert outcome.status == "ended"
        assert sandbox.acted(opened.call_id) == ["log", "log", "transfer"]
        await new.close()
        await eventually(lambda: call_of(server, opened) is None)
    assert verify(folder) == ()
    assert [played.is_equal for played in replay(folder)] == [True]
    written = "".join(path.read_text() for path in folder.glob("*.jsonl"))
    assert "the call has come again, and goes on" in written
    assert written.count('"kind":"call"') == 1


async def test_after_the_bound_it_is_another_call(
    sandbox: Sandbox, tmp_path: Path, eventually: Eventually
) -> None:
    async with serving(sandbox, tmp_path / "journal", 0.2) as server:
        opened = await sandbox.open_call()
        old = await dial(server, opened)
        before = await taken(server, opened, eventually)
        await before.event(intent="bill", turn_id="t1")
        await old.close()
        await eventually(lambda: call_of(server, opened) is None)
        await dial(server, opened)
        call = await taken(server, opened, eventually)
        assert not call.state.facts.get("billed")
        await call.event(intent="ask", turn_id="t2")
        assert sandbox.acted(opened.call_id) == ["log", "log"], "the bill, and that it was over"


async def test_what_is_under_way_is_done_once(
    sandbox: Sandbox, tmp_path: Path, eventually: Eventually
) -> None:
    """A wait ends while there is no connection: nothing is sent before there is one."""
    folder = tmp_path / "journal"
    async with serving(sandbox, folder, 30) as server:
        opened = await sandbox.open_call()
        old = await dial(server, opened)
        before = await taken(server, opened, eventually)
        waiting = before.post(intent="slow", event_id="e1")
        await old.close()
        await asyncio.sleep(1.3)
        assert sandbox.acted(opened.call_id) == []
        await dial(server, opened)
        call = await taken(server, opened, eventually, 1)
        assert (await waiting).status == "done"
        assert (await call.event(intent="slow", event_id="e1")).repeated
        assert sandbox.acted(opened.call_id) == ["log"]
    assert [played.is_equal for played in replay(folder)] == [True]


async def test_without_the_setting_a_live_call_is_in_use() -> None:
    async with Engine(RuleBook.from_text(RULES), settings=Settings(mode=Mode.DRY_RUN)) as engine:
        call = engine.call("c1")
        with pytest.raises(CallInUse):
            engine.call("c1")
        assert (await call.close()).status == "done"
        assert not engine.calls


async def test_the_old_one_closes_nothing_and_hears_no_frames() -> None:
    settings = Settings(mode=Mode.DRY_RUN, reconnect_within=10)
    told: list[str] = []
    async with Engine(RuleBook.from_text(RULES), settings=settings) as engine:
        old = engine.call("c1")
        old.on_taken_over(lambda: told.append("taken over"))
        new = engine.call("c1")
        assert told == ["taken over"]
        assert (await old.close()).notes == ("another connection has taken the call over",)
        assert "another connection" in str(old.frame({"event": "dtmf", "dtmf": "1"}))
        assert engine.calls == {"c1": new}
        outcomes = [await one.event(intent="ask", turn_id=f"t{n}") for n, one in enumerate((old, new, old))]
        assert [outcome.status for outcome in outcomes] == ["done"] * 3


async def test_the_pause_is_no_silence_of_the_caller() -> None:
    clock = ManualClock(datetime(2026, 3, 2, 11, tzinfo=UTC))
    settings = Settings(mode=Mode.SHADOW, reconnect_within=60)
    rules = RuleBook.from_text('after 20 seconds of silence log "silent"\n')
    async with Engine(rules, settings=settings, clock=clock) as engine:
        told: list[str] = []
        engine.subscribe(lambda _, outcome: told.extend(str(step) for step in outcome.steps))
        old = engine.call("c1")
        await clock.advance(5)
        closing = asyncio.create_task(old.close())
        await clock.advance(14)
        call = engine.call("c1")
        assert (await closing).notes
        await clock.advance(19)
        assert told == []
        await clock.advance(2)
        assert len(told) == 1
        assert await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(_closed(engine, call))), 45)


async def _closed(engine: Engine, call: CallSession) -> bool:
    closing = asyncio.create_task(call.close())
    await asyncio.sleep(0)
    call.comes_no_more()
    await closing
    return not engine.calls


async def test_an_engine_that_ends_waits_for_no_call_to_come_again() -> None:
    settings = Settings(mode=Mode.DRY_RUN, reconnect_within=3600)
    engine = Engine(RuleBook.from_text(RULES), settings=settings)
    await engine.__aenter__()
    call = engine.call("c1")
    closing = asyncio.create_task(call.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    await asyncio.wait_for(engine.aclose(), 45)
    assert (await closing).status == "done"
