"""The plain loop: the conversation of `examples/plain_agent.py`, with a model over HTTP and a voice of one's own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from flowrules import CallSession, Engine
from flowrules.agents.tool import ReportTool
from flowrules.engine.event import Source
from flowrules.sandbox import Sandbox
from tests.conformance.turns.conversation import (
    FOUND,
    LOOK_UP,
    SECONDS_A_LETTER,
    Answer,
    Asked,
    Cannot,
    asked,
    event_that_is_set,
    message,
)


class Plain:
    def __init__(self, sandbox: Sandbox, engine: Engine, call: CallSession, model: Any, client: Any) -> None:
        from plain_agent import Conversation

        self.voice = _voice(call)
        self.sandbox, self.engine, self.call, self.model = sandbox, engine, call, model
        self.tool = ReportTool(engine.rules)
        self.script: list[Answer] = []
        self.looked_up = event_that_is_set()
        self.conversation = Conversation(call, client, self.tool, self.voice)
        self.conversation.functions[LOOK_UP] = _function(LOOK_UP), self._look_up
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def mute(self) -> bool:
        return bool(self.voice.mute)

    @mute.setter
    def mute(self, mute: bool) -> None:
        self.voice.mute = mute

    @property
    def asked(self) -> list[Asked]:
        return [
            asked(body["messages"], [one["function"] for one in body["tools"]]) for body in self.model.asked
        ]

    async def begins(self) -> None:
        self.conversation.speaks()

    async def hears(self, text: str) -> None:
        self.conversation.caller.interim(text)

    async def guesses(self, text: str) -> None:
        raise Cannot("the model is asked when the turn is over")

    async def ends(self, *pieces: str) -> None:
        self.model.script = [*map(message, self.script)] or self.model.script
        self.script = []
        self._keep(self.conversation.answer(*pieces))

    async def types(self, text: str) -> None:
        await self.begins()
        await self.ends(text)

    async def presses(self, keys: str) -> None:
        for key in keys:
            self.call.post(dtmf=key, source=Source.CALLER)

    async def announces(self, text: str) -> None:
        self.voice.fixed = True
        self.voice.say(text)

    def has_a_voice(self) -> None: ...

    async def changes_tools(self) -> None:
        del self.conversation.functions[LOOK_UP]
        self.conversation.functions["confirm"] = _function("confirm"), self._look_up

    async def _look_up(self, arguments: str) -> str:
        await self.looked_up.wait()
        return json.dumps(FOUND)

    def _keep(self, work: Any) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()


def _voice(call: CallSession) -> Any:
    from plain_agent import Voice

    class Scripted(Voice):
        mute = fixed = False

        def interrupt(self) -> None:
            if not self.fixed:
                super().interrupt()

        async def play(self, text: str) -> None:
            await asyncio.sleep(0 if self.mute else len(text) * SECONDS_A_LETTER)
            self.fixed = False

    return Scripted(call)


def _function(name: str) -> dict[str, Any]:
    function = {
        "name": name,
        "description": f"To {name}.",
        "parameters": {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": function}


@asynccontextmanager
async def plain(sandbox: Sandbox, engine: Engine, call: CallSession, patience: float) -> AsyncIterator[Plain]:
    from scripted_model import ScriptedModel

    async with ScriptedModel("Fine.") as model, httpx.AsyncClient(base_url=model.base_url) as client:
        talk = Plain(sandbox, engine, call, model, client)
        talk.conversation.caller._patience = patience
        yield talk
        await talk.aclose()
