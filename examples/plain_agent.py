"""An agent without a framework, dialled by the sandbox: `python examples/plain_agent.py`.

Its own WebSocket server, an OpenAI-compatible model that is asked with one tool over plain HTTP, and rules: nothing to
install but flowrules. The model is scripted, and what the caller says is written below; your recogniser and your voice
go where the comments say.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
from scripted_model import ScriptedModel
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from flowrules import BadFrame, CallSession, Engine, HostSay, Settings, VoiceAnswer
from flowrules.agents.tool import ReportTool
from flowrules.agents.utterance import Utterances
from flowrules.sandbox import Sandbox

Function = Callable[[str], Awaitable[str]]
"""It takes the arguments as the model wrote them, JSON, and returns what the model is told."""

RULES = Path(__file__).parent / "rules"
PROMPT = {"role": "system", "content": "You answer the phone of a small shop."}


class Conversation:
    """One caller and the model, under rules."""

    def __init__(
        self, call: CallSession, client: httpx.AsyncClient, tool: ReportTool, voice: "Voice | None" = None
    ) -> None:
        self.call, self.client, self.tool = call, client, tool
        self.voice = voice or Voice(call)
        call.speak_with(self.voice.speak)
        self.caller = Utterances(call)
        self.messages: list[dict[str, Any]] = [PROMPT]
        self.functions: dict[str, tuple[dict[str, Any], Function]] = {}
        """Tools of your own, by name: the schema, and what runs it."""
        self._turn = asyncio.Lock()

    def speaks(self) -> None:
        """The caller's voice sets in."""
        self.caller.speaks()
        self.voice.interrupt()

    async def answer(self, *pieces: str) -> None:
        """Answer a turn of the caller's, in as many finals as your recogniser brings."""
        for piece in pieces:
            self.caller.final(piece)  # the rules have the words at once, whatever the model is busy with
        self.caller.ended()
        async with self._turn:  # what is asked of the model is asked in order
            self._tell_said()
            self.messages.append({"role": "user", "content": " ".join(pieces)})
            while await self.caller.may_answer():
                self._tell_said()
                if advice := self.call.take_advice():
                    self.messages.append({"role": "system", "content": "\n".join(advice)})
                message = await self._ask()
                self.messages.append(message)
                if text := message.get("content"):
                    self.voice.say(text)
                if not (asked := message.get("tool_calls")):
                    return
                # Side by side: a slow tool of yours keeps no report waiting.
                self.messages += await asyncio.gather(*map(self._run, asked))

    def _tell_said(self) -> None:
        """What the rules have said is part of the conversation, also where a timer set it off."""
        self.messages += [{"role": "assistant", "content": said.text} for said in self.call.take_said()]

    async def _run(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A tool call's result, as a message."""
        name, arguments = asked["function"]["name"], asked["function"]["arguments"]
        if name == self.tool.name:
            text = (await self.tool.report(self.call, arguments, event_id=asked["id"])).text
        else:
            text = await self.functions[name][1](arguments)
        return {"role": "tool", "tool_call_id": asked["id"], "content": text}

    async def _ask(self) -> dict[str, Any]:
        """The model's next message. Any client of yours does."""
        tools = [self.tool.openai(), *(schema for schema, _ in self.functions.values())]
        reply = await self.client.post(
            "chat/completions",
            json={"model": "scripted", "messages": self.messages, "tools": tools},
        )
        reply.raise_for_status()
        message: dict[str, Any] = reply.json()["choices"][0]["message"]
        return message


class Voice:
    """Your voice goes here. That it speaks, and when it has finished, is for the rules to know: also where it was
    interrupted, or failed."""

    def __init__(self, call: CallSession) -> None:
        self.call = call
        self._speaking: asyncio.Task[None] | None = None

    def say(self, text: str) -> "asyncio.Task[None]":
        """Begin to say something, once what is being said has been played out."""
        self.call.bot_speaking()
        self._speaking = asyncio.create_task(self._say(text, self._speaking))
        return self._speaking

    async def silent(self) -> None:
        """Wait until all is said."""
        if self._speaking is not None:
            await asyncio.wait((self._speaking,))

    def interrupt(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()

    async def speak(self, say: HostSay) -> VoiceAnswer:
        """For `call.speak_with`: what the rules say, where `Settings.say` is `host`."""
        speaking = self.say(say.text)
        await asyncio.wait((speaking,))
        return VoiceAnswer.interrupted() if speaking.cancelled() else VoiceAnswer.spoken()

    async def _say(self, text: str, before: "asyncio.Task[None] | None") -> None:
        try:
            if before is not None:
                await asyncio.wait((before,))
            await self.play(text)
        finally:
            if self._speaking is asyncio.current_task():
                self.call.bot_finished()

    async def play(self, text: str) -> None:
        print(f"bot: {text}")
        await asyncio.sleep(len(text) / 200)


class Agent:
    """Serves the calls that the platform dials."""

    def __init__(self, engine: Engine, client: httpx.AsyncClient) -> None:
        self.engine, self.client = engine, client
        self.tool = ReportTool(engine.rules)
        self.ready: asyncio.Queue[Conversation] = asyncio.Queue()
        """Calls that have just begun."""

    async def serve(self, connection: ServerConnection) -> None:
        """One call, from its first frame to the close of its WebSocket."""
        try:
            call = self.engine.call_from(await connection.recv())
        except BadFrame:
            await connection.close(1008)
            return
        self.ready.put_nowait(Conversation(call, self.client, self.tool))
        try:
            async for message in connection:
                if isinstance(message, str):
                    call.frame(message)  # tokens, keys, what has been played
                # else: 20 ms of the caller's voice, for your recogniser
        finally:
            await call.close()


@contextlib.asynccontextmanager
async def serving(agent: Agent) -> AsyncIterator[str]:
    """The agent on a port of its own; the address that the platform dials."""
    protocols = [Subprotocol("audio.drachtio.org"), Subprotocol("audio.jambonz.org")]
    async with serve(agent.serve, "127.0.0.1", 0, subprotocols=protocols) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"


async def main() -> list[str]:
    """A caller asks about a bill, then wants to buy. Returns what the platform did."""
    async with (
        Sandbox() as sandbox,
        ScriptedModel() as model,
        Engine(RULES, settings=Settings(base_url=sandbox.base_url)) as engine,
        httpx.AsyncClient(base_url=model.base_url) as client,
    ):
        agent = Agent(engine, client)
        async with serving(agent) as address:
            opened = await sandbox.open_call(ws_url=address)
            async with asyncio.timeout(30):
                conversation = await agent.ready.get()
            for said in ("It is about my billing.", "And I would like to talk to sales."):
                print(f"caller: {said}")
                await conversation.answer(said)
                await conversation.voice.silent()
            print(f"call {opened.call_id}: {await sandbox.outcome(opened.call_id)}")
            return sandbox.acted(opened.call_id)


if __name__ == "__main__":
    print(*asyncio.run(main()), sep="\n")
