"""An agent over the OpenAI Realtime events, dialled by the sandbox: `python examples/realtime_agent.py`.

The platform speaks G.711 A-law, and so does the model here: the audio passes through as it is. The model is scripted;
yours is at `wss://api.openai.com/v1/realtime?model=…`, with your key in the header `Authorization`.
"""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

from scripted_realtime import ScriptedRealtime
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from flowrules import BadFrame, CallSession, Engine, Settings
from flowrules.agents.realtime import RealtimeRules
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox

RULES = Path(__file__).parent / "rules"
SESSION = {
    "instructions": "You answer the phone of a small shop.",
    "audio": {"input": {"format": {"type": "audio/pcma"}}, "output": {"format": {"type": "audio/pcma"}}},
}


class Agent:
    """Serves the calls that the platform dials: two WebSockets a call, and the rules between them."""

    def __init__(self, engine: Engine, model_url: str) -> None:
        self.engine, self.model_url = engine, model_url
        self.tool = ReportTool(engine.rules)

    async def serve(self, line: ServerConnection) -> None:
        try:
            call = self.engine.call_from(await line.recv())
        except BadFrame:
            await line.close(1008)
            return
        async with connect(self.model_url) as model:
            listening = asyncio.create_task(self._listen(line, call, model))
            async for event in RealtimeRules(call, self.tool, model, session=SESSION):
                match event["type"]:
                    case "response.output_audio.delta":
                        await line.send(base64.b64decode(event["delta"]))
                    case (
                        "input_audio_buffer.speech_started"
                    ):  # What is buffered at the caller's end is not played.
                        await line.send(json.dumps({"type": "killAudio"}))
            await listening

    async def _listen(self, line: ServerConnection, call: CallSession, model: ClientConnection) -> None:
        """The caller's voice to the model, and the platform's frames to the call, until the platform hangs up."""
        async for message in line:
            if isinstance(message, str):
                call.frame(message)
            else:
                audio = base64.b64encode(message).decode()
                await model.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        await call.close()
        await model.close()


@contextlib.asynccontextmanager
async def serving(agent: Agent) -> AsyncIterator[str]:
    """The agent on a port of its own; the address that the platform dials."""
    protocols = [Subprotocol("audio.drachtio.org"), Subprotocol("audio.jambonz.org")]
    async with serve(agent.serve, "127.0.0.1", 0, subprotocols=protocols) as server:
        yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"


async def main() -> list[str]:
    """A caller asks about a bill, then wants to buy. Returns what the platform did."""
    model = ScriptedRealtime()
    async with (
        Sandbox() as sandbox,
        model.serving() as model_url,
        Engine(RULES, settings=Settings(base_url=sandbox.base_url)) as engine,
        serving(Agent(engine, model_url)) as address,
    ):
        opened = await sandbox.open_call(ws_url=address)
        async with asyncio.timeout(30):
            session = await model.sessions.get()
        for said in ("It is about my billing.", "And I would like to talk to sales."):
            print(f"caller: {said}")
            await session.caller_says(said)
            await asyncio.sleep(1)
        async with asyncio.timeout(30):
            print(f"call {opened.call_id}: {await sandbox.outcome(opened.call_id)}")
        return sandbox.acted(opened.call_id)


if __name__ == "__main__":
    print(*asyncio.run(main()), sep="\n")
