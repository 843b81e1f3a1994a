"""A FastAPI service whose calls are ruled, and two hundred calls at once: `python examples/fastapi_service.py`.

The platform dials `/agent`; `/health` tells how the engine is. Calls, model and voice are those of `plain_agent.py`.
When all calls are over, what the callers wanted, what the engine has on its counters and what the platform did are
held against each other: whatever is missing, or there too often, is a number other than 0.
"""

import asyncio
import contextlib
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, WebSocket
from plain_agent import Conversation, Voice
from scripted_model import ScriptedModel
from starlette.websockets import WebSocketDisconnect

from flowrules import BadFrame, CallSession, Engine, Settings
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox

RULES = Path(__file__).parent / "rules"
CALLS = 200
WISHES = ("I would like to talk to sales.", "Please stop calling me!", "Get me my lawyer.")
"""What callers say, in turns."""
WANTED = (
    ("set_lead_field", "set_disposition", "transfer"),
    ("set_lead_status", "set_disposition", "hangup"),
    ("transfer",),
)
"""What the rules make of each."""


class Quiet(Voice):
    async def play(self, text: str) -> None:
        await asyncio.sleep(len(text) / 200)


def service(engine: Engine, client: httpx.AsyncClient, ready: "asyncio.Queue[Conversation]") -> FastAPI:
    """`ready` gets the conversation of each call as soon as it is up: your recogniser feeds it."""
    app = FastAPI()
    tool = ReportTool(engine.rules)  # one for all calls

    @app.websocket("/agent")
    async def agent(websocket: WebSocket) -> None:
        await websocket.accept(websocket.scope["subprotocols"][0])
        try:
            call = engine.call_from(await websocket.receive_text())
        except BadFrame:
            await websocket.close(1008)
            return
        ready.put_nowait(Conversation(call, client, tool, Quiet(call)))
        await listen(websocket, call)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        found = engine.health()
        told = {"problems": found.problems, "warnings": found.warnings}
        return {"calls": found.calls, "revision": found.revision, **told}

    return app


async def listen(websocket: WebSocket, call: CallSession) -> None:
    """One call, to the close of its WebSocket."""
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is not None:
                call.frame(message["text"])
    except WebSocketDisconnect:
        pass
    finally:
        await call.close()


@contextlib.asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """The service on a port of its own; its host and port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=2 * CALLS)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def main(calls: int = CALLS) -> dict[str, int]:
    """All calls at once. Returns what does not add up: nothing but zeros."""
    ready: asyncio.Queue[Conversation] = asyncio.Queue()
    async with (
        Sandbox() as sandbox,
        ScriptedModel() as model,
        httpx.AsyncClient(base_url=model.base_url, timeout=60) as client,
        Engine(RULES, settings=Settings(base_url=sandbox.base_url)) as engine,
        serving(service(engine, client, ready)) as address,
    ):
        opened = [await sandbox.open_call(ws_url=f"ws://{address}/agent") for _ in range(calls)]
        number = {one.call_id: index % len(WISHES) for index, one in enumerate(opened)}
        async with asyncio.timeout(60):
            talks = [await ready.get() for _ in opened]
        async with httpx.AsyncClient(base_url=f"http://{address}") as operator:
            print("live:", (await operator.get("/health")).json()["calls"])
        await asyncio.gather(*(talk.answer(WISHES[number[talk.call.call_id]]) for talk in talks))
        await asyncio.gather(*(sandbox.outcome(one.call_id) for one in opened))
        await engine.drain(30)
        acted = {one.call_id: tuple(sandbox.acted(one.call_id)) for one in opened}
        wanted = {call_id: WANTED[wish] for call_id, wish in number.items()}
        missing = sum((Counter(wanted[one]) - Counter(acted[one])).total() for one in wanted)
        too_many = sum((Counter(acted[one]) - Counter(wanted[one])).total() for one in wanted)
        counted = engine.counters
        return {
            "calls that were not dialled": calls - len(talks),
            "calls that are still open": len(engine.calls),
            "verbs that are missing": missing,
            "verbs that nobody wanted": too_many,
            "verbs in another order": sum(acted[one] != wanted[one] for one in wanted),
            "accepted here, not done there": counted["verbs_accepted"] - sum(map(len, acted.values())),
            "refused": counted["verbs_refused"],
            "unknown": counted["verbs_unknown"],
            "dropped": counted["verbs_dropped"],
        }


if __name__ == "__main__":
    for what, how_many in asyncio.run(main()).items():
        print(f"{what}: {how_many}")
