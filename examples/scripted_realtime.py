"""A speech-to-speech model for examples and tests: a WebSocket on this machine that speaks OpenAI's Realtime events.

It detects no speech and recognises none: the caller says what `caller_says` is told. The model answers with what is in
`script`, then as `scripted_model` does; its voice is silence, as long as its words.
"""

import asyncio
import base64
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scripted_model import reply
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

BYTES_A_SECOND = {"audio/pcm": 48_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
SECONDS_A_LETTER = 0.04 / 3
Event = dict[str, Any]
ToolCall = tuple[str, dict[str, Any]]
"""A function's name, and its arguments."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says, and the functions that it calls. `voiced`: there is audio of what it says; `cut`: the
    arguments break off, as those of an answer that is cancelled."""

    says: str = ""
    calls: Sequence[ToolCall] = ()
    voiced: bool = True
    cut: bool = False


@dataclass
class Asked:
    """What the model knew when it was asked."""

    items: list[Event]
    tools: list[dict[str, Any]]


@dataclass
class Session:
    """One connection."""

    connection: ServerConnection
    answer: str = "Let me see what I can do for you."
    script: list[Answer] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    items: list[Event] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    received: list[Event] = field(default_factory=list)
    sent: list[Event] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _answering: "asyncio.Task[None] | None" = None
    _speaking: "asyncio.Task[None] | None" = None

    # --- the caller ---

    async def caller_begins(self) -> str:
        """The caller's voice sets in. Returns the id of what they say."""
        item = f"item_{next(self.numbers)}"
        await self._send("input_audio_buffer.speech_started", audio_start_ms=0, item_id=item)
        if self._detection.get("interrupt_response", True):
            self._break_off()
        return item

    async def caller_ends(self, item: str, text: str) -> None:
        """The turn is over; what was said is known a moment later."""
        await self._send("input_audio_buffer.speech_stopped", audio_end_ms=1000, item_id=item)
        await self._send("input_audio_buffer.committed", item_id=item, previous_item_id=None)
        content = {"type": "input_audio", "transcript": text}
        await self._add({"id": item, "type": "message", "role": "user", "content": [content]})
        if self.settings.get("audio", {}).get("input", {}).get("transcription"):
            kind = "conversation.item.input_audio_transcription"
            await self._send(f"{kind}.delta", item_id=item, content_index=0, delta=text[: len(text) // 2])
            usage = {"type": "duration", "seconds": 1.0}
            await self._send(f"{kind}.completed", item_id=item, content_index=0, transcript=text, usage=usage)
        if self._detection.get("create_response", True):
            await self._create({})

    async def caller_says(self, text: str) -> None:
        await self.caller_ends(await self.caller_begins(), text)

    async def caller_presses(self, key: str) -> None:
        await self._send("input_audio_buffer.dtmf_event_received", event=key, received_at=0)

    # --- the client's events ---

    async def serve(self) -> None:
        await self._send("session.created", session={"type": "realtime"})
        with contextlib.suppress(ConnectionClosed):
            async for text in self.connection:
                event = json.loads(text)
                self.received.append(event)
                await self._take(event)
        if self._answering is not None:
            self._answering.cancel()
        self._break_off()

    async def _take(self, event: Event) -> None:
        match event["type"]:
            case "session.update":
                self.settings |= event["session"]
                await self._send("session.updated", session=self.settings)
            case "conversation.item.create":
                await self._add({"id": f"item_{next(self.numbers)}", **event["item"]})
            case "response.create":
                await self._create(event)
            case "response.cancel":
                self._break_off()

    async def _create(self, event: Event) -> None:
        if self._answering is not None and not self._answering.done():
            code = "conversation_already_has_active_response"
            error = {"type": "invalid_request_error", "code": code, "message": code}
            await self._send("error", error={**error, "event_id": event.get("event_id")})
            return
        self._answering = asyncio.create_task(self._answer(f"resp_{next(self.numbers)}"))

    # --- the model ---

    async def _answer(self, response: str) -> None:
        """Whoever asks is told of a beginning and an end, however early the answer is broken off."""
        self.asked.append(Asked(list(self.items), list(self.settings.get("tools", []))))
        answer = self.script.pop(0) if self.script else self._reply()
        await self._send("response.created", response=_response(response, "in_progress", []))
        output = list[Event]()
        self._speaking = asyncio.create_task(self._speak(response, answer, output))
        await asyncio.wait((self._speaking,))
        status = "cancelled" if self._speaking.cancelled() else "completed"
        await self._send("response.done", response=_response(response, status, output))

    def _break_off(self) -> None:
        if self._speaking is not None:
            self._speaking.cancel()

    async def _speak(self, response: str, answer: Answer, output: list[Event]) -> None:
        if answer.says:
            output.append(await self._says(response, answer))
        for number, call in enumerate(answer.calls):
            output.append(await self._calls(response, number, call, answer.cut))

    async def _says(self, response: str, answer: Answer) -> Event:
        part = {"response_id": response, "item_id": f"item_{next(self.numbers)}", "output_index": 0}
        part |= {"content_index": 0}
        if not answer.voiced:
            await self._send("response.output_text.delta", **part, delta=answer.says)
            await self._send("response.output_text.done", **part, text=answer.says)
        else:
            await self._send("response.output_audio_transcript.delta", **part, delta=answer.says)
            audio = base64.b64encode(bytes(int(len(answer.says) * SECONDS_A_LETTER * self._rate)))
            await self._send("response.output_audio.delta", **part, delta=audio.decode())
            await self._send("response.output_audio.done", **part)
        kind = {"type": "output_audio", "transcript": answer.says}
        content = kind if answer.voiced else {"type": "output_text", "text": answer.says}
        item = {"id": part["item_id"], "type": "message", "role": "assistant", "content": [content]}
        await self._add(item)
        return item

    async def _calls(self, response: str, number: int, call: ToolCall, cut: bool) -> Event:
        """Its calls are numbered anew in each answer."""
        arguments = json.dumps(call[1])
        item = {
            "id": f"item_{next(self.numbers)}",
            "type": "function_call",
            "status": "incomplete" if cut else "completed",
            "call_id": f"call_{number + 1}",
            "name": call[0],
            "arguments": arguments[: len(arguments) // 2] if cut else arguments,
        }
        done = {"response_id": response, "output_index": number}
        told = {key: item[key] for key in ("call_id", "name", "arguments")}
        await self._send("response.function_call_arguments.done", **done, **told, item_id=item["id"])
        await self._send("response.output_item.done", **done, item=item)
        await self._add(item)
        return item

    def _reply(self) -> Answer:
        tools = [{"function": tool} for tool in self.settings.get("tools", [])]
        message = reply([_message(item) for item in self.items], tools, self.answer, len(self.asked))
        if "tool_calls" not in message:
            return Answer(message["content"])
        functions = [call["function"] for call in message["tool_calls"]]
        return Answer(calls=[(one["name"], json.loads(one["arguments"])) for one in functions])

    # --- inside ---

    @property
    def _rate(self) -> int:
        """Bytes a second of its voice."""
        spoken = self.settings.get("audio", {}).get("output", {}).get("format", {"type": "audio/pcm"})
        return BYTES_A_SECOND[spoken["type"]]

    @property
    def _detection(self) -> dict[str, Any]:
        return self.settings.get("audio", {}).get("input", {}).get("turn_detection") or {}

    async def _add(self, item: Event) -> None:
        self.items.append(item)
        await self._send("conversation.item.added", item=item, previous_item_id=None)

    async def _send(self, kind: str, **fields: Any) -> None:
        event = {"type": kind, "event_id": f"event_{next(self.numbers)}", **fields}
        self.sent.append(event)
        with contextlib.suppress(ConnectionClosed):
            await self.connection.send(json.dumps(event))


def _response(response: str, status: str, output: list[Event]) -> Event:
    return {"id": response, "object": "realtime.response", "status": status, "output": output}


def _message(item: Event) -> Event:
    """An item as a message of a chat."""
    match item:
        case {"type": "function_call_output", "output": output}:
            return {"role": "tool", "content": output}
        case {"type": "message", "role": role, "content": [part, *_]}:
            return {"role": role, "content": part.get("text") or part.get("transcript") or ""}
    return {"role": "assistant", "content": None}


class ScriptedRealtime:
    """`serving` yields the address that a client connects to; `sessions` are the connections as they come."""

    def __init__(self) -> None:
        self.sessions: asyncio.Queue[Session] = asyncio.Queue()

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        async with serve(self._serve, "127.0.0.1", 0) as server:
            yield f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/v1"

    async def _serve(self, connection: ServerConnection) -> None:
        session = Session(connection)
        self.sessions.put_nowait(session)
        await session.serve()
