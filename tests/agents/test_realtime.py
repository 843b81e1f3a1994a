"""Rules beside a Realtime session whose connection breaks: the library websockets, and a scripted server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from openai.types.realtime import RealtimeClientEvent
from pydantic import SecretStr, TypeAdapter
from websockets.asyncio.client import connect

from flowrules import CallSession, Engine, RuleBook, Settings
from flowrules.agents.realtime import RealtimeRules
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox
from tests.held import held

RULES = """
on intent=human 2 times transfer queue people
on intent=billing set_lead_field topic to billing then advise "Ask for the number."
on dtmf=1 say "Your parcel comes on Monday."
"""
CLIENT_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
REPORT_BILLING = [("report", {"intent": ["billing"]})]
REPORT_HUMAN = [("report", {"intent": ["human"]})]
LOOK_UP = {"type": "function", "name": "look_up", "parameters": {"type": "object", "properties": {}}}


class Line:
    """A call, and its sessions with the model, one behind the other."""

    def __init__(self, sandbox: Sandbox, engine: Engine, call: CallSession, server: Any, url: str) -> None:
        self.sandbox, self.engine, self.call, self.server, self.url = sandbox, engine, call, server, url
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.gives_up = False
        self.rules: Any = None
        self.running: asyncio.Task[None] | None = None

    @property
    def acted(self) -> list[str]:
        return self.sandbox.acted(self.call.call_id)

    async def start(self) -> Any:
        self.rules = RealtimeRules(
            self.call,
            ReportTool(self.engine.rules),
            await connect(self.url),
            session={"instructions": "Be brief.", "tools": [LOOK_UP]},
            reopen=self._reopen,
        )
        self.running = asyncio.create_task(self._run())
        return await self.session()

    async def session(self) -> Any:
        session = await asyncio.wait_for(self.server.sessions.get(), 45)
        session.answer = "Fine."
        return session

    async def breaks(self, session: Any) -> None:
        await session.connection.close(1011)

    async def _reopen(self) -> Any:
        await self.may_open.wait()
        return None if self.gives_up else await connect(self.url)

    async def _run(self) -> None:
        async for _ in self.rules:
            pass


@pytest.fixture
async def line(sandbox: Sandbox, examples: Path) -> AsyncIterator[Line]:
    async with opened(sandbox) as line:
        yield line


@asynccontextmanager
async def opened(sandbox: Sandbox) -> AsyncIterator[Line]:
    from scripted_realtime import ScriptedRealtime

    settings = Settings(base_url=sandbox.base_url, watch=False)
    server = ScriptedRealtime()
    async with Engine(RuleBook.from_text(RULES), settings=settings) as engine, server.serving() as url:
        dialled = await sandbox.open_call()
        call = engine.call(dialled.call_id, token=SecretStr(dialled.callback_token))
        line = Line(sandbox, engine, call, server, url)
        yield line
        line.gives_up = True
        line.may_open.set()
        await line.rules._events._connection.close()
        assert line.running is not None
        await asyncio.wait_for(line.running, 45)


def answer(*calls: Any, says: str = "") -> Any:
    from scripted_realtime import Answer

    return Answer(says, calls)


async def test_the_rules_go_on_over_another_connection(line: Line, eventually: Any) -> None:
    first = await line.start()
    await eventually(lambda: first.settings)
    first.script = [answer(*REPORT_HUMAN), answer(says="I am here.")]
    await first.caller_says("Can I talk to somebody?")
    await eventually(lambda: len(first.asked) == 2)
    await asyncio.sleep(0.1)
    line.engine.rules._current = RuleBook.from_text(
        RULES + "on intent=returns transfer queue returns\n"
    ).current
    await line.breaks(first)

    second = await line.session()
    await eventually(lambda: len(second.items) == 4)
    texts = [one["content"][0]["text"] for one in second.items if one["type"] == "message"]
    assert texts == ["Can I talk to somebody?", "I am here."]
    assert [one["type"] for one in second.items[1:3]] == ["function_call", "function_call_output"]
    assert second.settings["instructions"] == "Be brief."
    assert [tool["name"] for tool in second.settings["tools"]] == ["report", "look_up"]
    assert "returns" in json.dumps(second.settings["tools"])
    await asyncio.sleep(0.3)
    assert second.asked == []

    second.script = [answer(*REPORT_HUMAN)]
    await second.caller_says("To somebody who lives, I said.")
    await eventually(lambda: line.acted == ["transfer"])
    for event in (*first.received, *second.received):
        CLIENT_EVENT.validate_python(event)


async def test_a_report_under_way_is_taken_once_and_its_result_told_over_another_connection(
    line: Line, eventually: Any
) -> None:
    first = await line.start()
    await eventually(lambda: first.settings)
    first.script = [answer(*REPORT_BILLING, says="One moment.")]
    with held(line.sandbox, "set_lead_field"):
        await first.caller_says("It is about my bill.")
        await eventually(lambda: line.call.busy)
        await line.breaks(first)
        second = await line.session()
        second.script = [answer(says="What is your number?")]
    await eventually(lambda: len(second.asked) == 1)
    told = [one["type"] for one in second.asked[0].items]
    assert told == ["message", "message", "function_call", "function_call_output"]
    assert json.dumps(second.asked[0].items).count("Ask for the number.") == 1
    await asyncio.sleep(0.3)
    assert (len(second.asked), line.acted) == (1, ["set_lead_field"])


async def test_what_happens_while_there_is_no_connection_is_told_to_the_next(
    line: Line, eventually: Any
) -> None:
    first = await line.start()
    await eventually(lambda: first.settings)
    first.script = [answer(*REPORT_BILLING, ("look_up", {}))]
    with held(line.sandbox, "set_lead_field"):
        await first.caller_says("It is about my bill.")
        await eventually(lambda: line.call.busy)
        line.may_open.clear()
        await line.breaks(first)
    await line.call.event(dtmf="1")
    await line.rules.set_tools({**LOOK_UP, "name": "confirm"})
    await line.rules.typed("Are you there?")
    await eventually(lambda: not line.call.busy)
    await line.rules.answer("call_2", '{"found": 42}')
    await asyncio.sleep(0.1)
    line.may_open.set()

    second = await line.session()
    await eventually(lambda: len(second.asked) == 1)
    told = json.dumps(second.asked[0].items)
    for text in (
        "It is about my bill.",
        "Are you there?",
        "Your parcel comes on Monday.",
        "Ask for the number.",
        "42",
    ):
        assert told.count(text) == 1, text
    assert [tool["name"] for tool in second.asked[0].tools] == ["report", "confirm"]
    await asyncio.sleep(0.3)
    assert len(second.asked) == 1


async def test_an_answer_that_broke_off_is_asked_for_anew(line: Line, eventually: Any) -> None:
    first = await line.start()
    await eventually(lambda: first.settings)
    held = asyncio.Event()

    async def hangs(response: str) -> None:
        await first._send("response.created", response={"id": response, "object": "realtime.response"})
        part = {"response_id": response, "item_id": "item_x", "output_index": 0, "content_index": 0}
        await first._send("response.output_audio_transcript.delta", **part, delta="I shall ")
        await held.wait()

    first._answer = hangs
    await first.caller_says("Where is my parcel?")
    await eventually(lambda: "I shall " in str(line.rules._history.items))
    await line.breaks(first)
    second = await line.session()
    await eventually(lambda: len(second.asked) == 1)
    assert "I shall " in json.dumps(second.asked[0].items)
    held.set()


async def test_a_connection_that_is_not_opened_again_closes_the_call(line: Line, eventually: Any) -> None:
    first = await line.start()
    await eventually(lambda: first.settings)
    line.gives_up = True
    await line.breaks(first)
    await eventually(lambda: line.call.over == "the realtime session has ended")
