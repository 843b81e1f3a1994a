"""An agent without a framework, dialled by the sandbox: `python examples/plain_agent.py`.

Its own WebSocket server, an OpenAI-compatible model that is asked with one tool over plain HTTP, and rules: nothing to
install but flowrules. The model is scripted, and what the caller says is written below; your recogniser and your voice
go where the comments say.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from scripted_model import ScriptedModel
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from flowrules import BadFrame, CallSession, Engine, Settings
from flowrules.agents.hearing import hear
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox

RULES = Path(__file__).parent / "rules"
PROMPT = {"role": "system", "content": "You answer the phone of a small shop."}


class Conversation:
    """One caller and the model, under rules."""

    def __init__(self, call: CallSession, client: httpx.AsyncClient, tool: ReportTool) -> None:
        self.call, self.client, self.tool = call, client, tool
        self.messages: list[dict[str, Any]] = [PROMPT]

    async def answer(self, said: str) -> str:
        """What the bot answers; '' where the rules have ended the call."""
        self.messages.append({"role": "user", "content": said})
        may_answer = await hear(
            self.call, said
        )  # it begins a turn; urgent words act before the model is asked
        while may_answer:
            if advice := self.call.take_advice():
                self.messages.append({"role": "system", "content": "\n".join(advice)})
            message = await self._ask()
            self.messages.append(message)
            if not message.get("tool_calls"):
                return message.get("content") or ""
            for asked in message["tool_calls"]:  # what they report belongs to the turn that goes on
                arguments = asked["function"]["arguments"]
                answer = await self.tool.report(self.call, arguments, event_id=asked["id"])
                self.messages.append({"role": "tool", "tool_call_id": asked["id"], "content": answer.text})
            may_answer = not self.call.over
        return ""

    async def _ask(self) -> dict[str, Any]:
        """The model's next message. Any client of yours does."""
        reply = await self.client.post(
            "chat/completions",
            json={"model": "scripted", "messages": self.messages, "tools": [self.tool.openai()]},
        )
        reply.raise_for_status()
        message: dict[str, Any] = reply.json()["choices"][0]["message"]
        return message


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

    async def say(self, call: CallSession, text: str) -> None:
        """Your voice goes here. That it speaks, and when it has finished, is for the rules to know."""
        call.bot_speaking()
        print(f"bot: {text}")
        await asyncio.sleep(len(text) / 200)
        call.bot_finished()


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
            conversation = await asyncio.wait_for(agent.ready.get(), 30)
            for said in ("It is about my billing.", "And I would like to talk to sales."):
                print(f"caller: {said}")
                if text := await conversation.answer(said):
                    await agent.say(conversation.call, text)
            print(f"call {opened.call_id}: {await sandbox.outcome(opened.call_id)}")
            return sandbox.acted(opened.call_id)


if __name__ == "__main__":
    print(*asyncio.run(main()), sep="\n")
