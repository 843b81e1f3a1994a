"""The OpenAI Realtime event shape: the adapter over OpenAI's own client, on a WebSocket to a scripted server."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from openai import AsyncOpenAI
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import TypeAdapter

from flowrules import CallSession, Engine
from flowrules.agents.realtime import RealtimeRules
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox
from tests.conformance.turns.conversation import (
    FOUND,
    LOOK_UP,
    Answer,
    Asked,
    Cannot,
    asked,
    event_that_is_set,
    until,
)

SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
CLIENT_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)


class Realtime:
    def __init__(
        self, sandbox: Sandbox, engine: Engine, call: CallSession, connection: Any, patience: float
    ) -> None:
        self.sandbox, self.engine, self.call = sandbox, engine, call
        self.tool = ReportTool(engine.rules)
        self.script: list[Answer] = []
        self.mute = False
        self.looked_up = event_that_is_set()
        self.rules = RealtimeRules(
            call, self.tool, connection, session={"tools": [_function(LOOK_UP)]}, patience=patience
        )
        self.session: Any = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def asked(self) -> list[Asked]:
        return [asked(one.items, one.tools) for one in self.session.asked]

    async def begins(self) -> None:
        self._item = await self.session.caller_begins()

    async def hears(self, text: str) -> None:
        raise Cannot("the server transcribes a turn when it is over")

    async def guesses(self, text: str) -> None:
        raise Cannot("the model is asked when the turn is over")

    async def ends(self, *pieces: str) -> None:
        self._prepare()
        item = self._item
        for number, piece in enumerate(pieces):
            if number:
                item = await self.session.caller_begins()
            await self.session.caller_ends(item, piece)

    async def types(self, text: str) -> None:
        self._prepare()
        await self.rules.typed(text)

    async def presses(self, keys: str) -> None:
        for key in keys:
            await self.session.caller_presses(key)

    async def announces(self, text: str) -> None:
        """The model's voice is the only one; that it is not interrupted is a setting of the session."""
        self.rules._session["audio"]["input"]["turn_detection"]["interrupt_response"] = False
        await self.rules._events.send({"type": "session.update", "session": self.rules._session})
        self._prepare(Answer(text))
        await self.rules._events.send({"type": "response.create"})
        await until(lambda: self.call._driver.machine.speech.busy)

    def has_a_voice(self) -> None:
        raise Cannot("the model's voice reads nothing out: give the call one of yours (`call.speak_with`)")

    async def changes_tools(self) -> None:
        await self.rules.set_tools(_function("confirm"))

    async def run(self) -> None:
        async for event in self.rules:
            if event["type"] == "response.function_call_arguments.done" and event["name"] == LOOK_UP:
                task = asyncio.create_task(self._look_up(event["call_id"]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _prepare(self, *first: Answer) -> None:
        from scripted_realtime import Answer as Scripted

        self.session.script += [
            Scripted(one.says, one.calls, voiced=not self.mute) for one in (*first, *self.script)
        ]
        self.script = []

    async def _look_up(self, call_id: str) -> None:
        await self.looked_up.wait()
        await self.rules.answer(call_id, json.dumps(FOUND))


def _function(name: str) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {}}
    return {"type": "function", "name": name, "description": f"To {name}.", "parameters": parameters}


@asynccontextmanager
async def realtime(
    sandbox: Sandbox, engine: Engine, call: CallSession, patience: float
) -> AsyncIterator[Realtime]:
    from scripted_realtime import ScriptedRealtime

    server = ScriptedRealtime()
    async with server.serving() as url:
        client = AsyncOpenAI(api_key="none", base_url=url.replace("ws", "http", 1), websocket_base_url=url)
        async with client.realtime.connect(model="gpt-realtime-2") as connection:
            talk = Realtime(sandbox, engine, call, connection, patience)
            running = asyncio.create_task(talk.run())
            talk.session = await asyncio.wait_for(server.sessions.get(), 45)
            talk.session.answer = "Fine."
            await until(lambda: talk.session.settings)
            yield talk
        await asyncio.wait_for(running, 45)
        await client.close()
    for event in talk.session.received:
        CLIENT_EVENT.validate_python(event)
    for event in talk.session.sent:
        SERVER_EVENT.validate_python(event)
