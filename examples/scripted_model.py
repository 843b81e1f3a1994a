"""A language model for examples and tests: an OpenAI-compatible endpoint on this machine that needs no network.

It "understands" by looking for the values of the tool's `intent` in the caller's last words, reports those that it
finds, and otherwise answers with a fixed sentence. What it can report is therefore what the rules ask for.
"""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Any, Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from uvicorn import Config, Server

Message = dict[str, Any]
_LAST = {"connection": "close"}
"""No connection is kept, so that none is left over where a client is never closed."""


class ScriptedModel:
    """Use as an async context manager; `base_url` is what a client is given. `asked` holds every request. What is in
    `script` is answered first."""

    def __init__(self, answer: str = "Let me see what I can do for you.") -> None:
        self.answer = answer
        self.script: list[Message] = []
        self.asked: list[dict[str, Any]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        routes = [Route("/v1/chat/completions", self._complete, methods=["POST"])]
        config = Config(Starlette(routes=routes), lifespan="off", log_config=None, access_log=False)
        self._server = _QuietServer(config)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        await self._serving

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        message = self._next(body)
        if body.get("stream"):
            return StreamingResponse(_stream(message), headers=_LAST, media_type="text/event-stream")
        reason = "tool_calls" if "tool_calls" in message else "stop"
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return JSONResponse(_completion("chat.completion", [choice]), headers=_LAST)

    def _next(self, body: dict[str, Any]) -> Message:
        if self.script:
            return self.script.pop(0)
        return reply(body["messages"], body.get("tools", []), self.answer, len(self.asked))


def reply(messages: list[Message], tools: list[dict[str, Any]], answer: str, number: int) -> Message:
    """The model's next message."""
    last = messages[-1]
    report = next((tool["function"] for tool in tools if tool["function"]["name"] == "report"), None)
    if report is not None and last["role"] != "tool":
        said = next(
            (str(message["content"]) for message in reversed(messages) if message["role"] == "user"), ""
        )
        intent = report["parameters"]["properties"].get("intent", {"items": {"enum": []}})
        found = [value for value in intent["items"]["enum"] if value.replace("_", " ") in said.lower()]
        if found:
            function = {"name": "report", "arguments": json.dumps({"intent": found})}
            call = {"id": f"call_{number}", "type": "function", "function": function}
            return {"role": "assistant", "content": None, "tool_calls": [call]}
    return {"role": "assistant", "content": answer}


async def _stream(message: Message) -> AsyncIterator[str]:
    """The message as server-sent events."""
    for part in _parts(message):
        yield f"data: {json.dumps(_completion('chat.completion.chunk', [part]))}\n\n"
    yield "data: [DONE]\n\n"


def _parts(message: Message) -> Iterator[dict[str, Any]]:
    delta = {key: value for key, value in message.items() if value is not None}
    if "tool_calls" in delta:
        delta["tool_calls"] = [{"index": index, **call} for index, call in enumerate(delta["tool_calls"])]
    yield {"index": 0, "delta": delta, "finish_reason": None}
    yield {"index": 0, "delta": {}, "finish_reason": "tool_calls" if "tool_calls" in delta else "stop"}


def _completion(kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
    return {"id": "scripted", "object": kind, "created": 0, "model": "scripted", "choices": choices}


class _QuietServer(Server):
    """Part of somebody else's program: it leaves the signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
