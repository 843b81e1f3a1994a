"""One conversation under rules: the server's events in, ours out."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any

from flowrules.agents.call_end import close_after_ending
from flowrules.agents.hearing import PATIENCE
from flowrules.agents.realtime.connection import Connection, Event, Events
from flowrules.agents.realtime.settings import bytes_a_second, is_interruptible, other_tools, under_rules
from flowrules.agents.realtime.voice import Playout
from flowrules.agents.tool import ReportTool
from flowrules.agents.utterance import Utterances
from flowrules.call.said import Said
from flowrules.engine.event import Source
from flowrules.runtime.session import CallSession

TRANSCRIPT_WAIT = 2.0
"""Seconds that the model's answer waits for the transcript of a turn that is over."""


class RealtimeRules:
    """The rules beside a Realtime session. Iterate over it: it yields every event of the server's, once the rules have
    had it, until the connection is closed; then the call is closed.

    What the caller says is one turn until the model answers, in however many pieces the server commits it (each pause
    ends one): the transcripts are `said`, as one text that grows, the deltas of them are `hearing` where a rule asks
    for it. The model is asked (`response.create`) once the rules have had the words: not while a rule has the turn, not
    over a transfer or hangup that is decided, and not after the call's end. `report` is among the tools of the session
    under the rules of that moment; a call of it is answered with what it came to, and the model is asked again once
    every call of its answer has an output. Give the outputs of your own tools to `answer`.

    `session`: what the host sets, as in `session.update`, its tools included. The server answers nothing by itself
    (`create_response` is off), and transcribes. `patience`: seconds that the model waits for a rule that leaves the
    turn to it. `transcript_wait`: seconds that it waits for a transcript; words that come later reach the rules, too.
    """

    def __init__(
        self,
        call: CallSession,
        tool: ReportTool,
        connection: Connection | Any,
        *,
        session: Mapping[str, Any] | None = None,
        patience: float = PATIENCE,
        transcript_wait: float = TRANSCRIPT_WAIT,
    ) -> None:
        self._call = call
        self._tool = tool
        self._events = Events(connection)
        self._session = under_rules(session or {})
        self._others = other_tools(session or {}, tool.name)
        self._caller = Utterances(call, patience=patience)
        self._voice = Playout(call, bytes_a_second(self._session))
        self._transcript_wait = transcript_wait
        self._transcripts: dict[str, asyncio.Future[None]] = {}
        """Of turns that are over, by the id of their item: done when the rules have had the words."""
        self._heard_so_far: dict[str, str] = {}
        self._speaks = False
        self._turns = 0
        """Turns of the caller that are over, and that the rules have not had yet."""
        self._due = False
        """The model is to be asked as soon as it may."""
        self._asked = ""
        """The event that asked it, until the answer begins."""
        self._active: set[str] = set()
        """Answers that the model is giving."""
        self._calls: dict[str, set[str]] = {}
        """The tool calls of each of these."""
        self._open: dict[str, str] = {}
        """Tool calls without an output: the answer that each belongs to."""
        self._owed: set[str] = set()
        """Answers that are complete, whose tool calls' outputs the model is to learn."""
        self._shown: list[dict[str, Any]] | None = None
        """The tools that the server knows of."""
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    # --- for the host ---

    async def __aiter__(self) -> AsyncIterator[Event]:
        stop = self._call.on_said(self._said)
        try:
            await self._show_tools(self._session)
            while (event := await self._events.receive()) is not None:
                await self._take(event)
                yield event
        finally:
            stop()
            self._voice.cut()
            await close_after_ending(self._call, "the realtime session has ended")
            for task in self._tasks:
                task.cancel()

    async def answer(self, call_id: str, output: str) -> None:
        """The output of a tool of the host's own, as text. One for a call that is not open is passed over."""
        if self._open.pop(call_id, None) is None:
            return
        item = {"type": "function_call_output", "call_id": call_id, "output": output}
        await self._events.send({"type": "conversation.item.create", "item": item})
        self._outputs_told()

    async def set_tools(self, *tools: dict[str, Any]) -> None:
        """The host's tools from now on; `report` stays among them."""
        self._others = other_tools({"tools": tools}, self._tool.name)
        await self._show_tools()

    async def typed(self, text: str) -> None:
        """Something that the caller has written instead of spoken: a turn of its own."""
        await self._message("user", text)
        self._caller.typed(text)
        self._ask()

    # --- the server's events ---

    async def _take(self, event: Event) -> None:
        match event:
            case {"type": "input_audio_buffer.speech_started"}:
                self._speaks = True
                self._caller.speaks()
                if is_interruptible(self._session):
                    self._voice.cut()
            case {"type": "input_audio_buffer.speech_stopped"}:
                self._call.caller_heard()
            case {"type": "input_audio_buffer.committed", "item_id": str(item)}:
                self._speaks = False
                self._turns += 1
                self._transcripts[item] = asyncio.get_running_loop().create_future()
                self._keep(self._turn(item))
            case {"type": "input_audio_buffer.cleared"}:
                self._speaks = False
                self._look()
            case {"type": "input_audio_buffer.dtmf_event_received", "event": str(key)}:
                self._call.post(dtmf=key, source=Source.CALLER)
            case {"type": "conversation.item.input_audio_transcription.delta", "item_id": str(item)}:
                self._heard_so_far[item] = self._heard_so_far.get(item, "") + str(event.get("delta") or "")
                self._caller.interim(self._heard_so_far[item])
            case {"type": "conversation.item.input_audio_transcription.completed", "item_id": str(item)}:
                self._caller.final(str(event.get("transcript") or ""))
                self._transcribed(item)
            case {"type": "conversation.item.input_audio_transcription.failed", "item_id": str(item)}:
                self._transcribed(item)
            case {"type": "response.output_audio.delta" | "response.audio.delta", "delta": str(audio)}:
                self._caller.ended()
                self._voice.audio(audio)
            case {"type": "response.output_text.delta" | "response.text.delta"}:
                self._caller.ended()
            case {"type": "response.output_audio.done" | "response.audio.done"}:
                self._voice.complete()
            case {"type": "output_audio_buffer.started"}:
                self._voice.server_plays(True)
            case {"type": "output_audio_buffer.stopped" | "output_audio_buffer.cleared"}:
                self._voice.server_plays(False)
            case {"type": "response.function_call_arguments.done", "call_id": str(call_id)}:
                if _is_json(event.get("arguments")):  # Of an answer that is cut off they come cut off.
                    self._called(call_id, event, event)
            case {"type": "response.output_item.done", "item": {"type": "function_call"} as item}:
                if item.get("status", "completed") == "completed":
                    self._called(str(item.get("call_id", "")), item, event)
            case {"type": "response.created", "response": {"id": str(response)}}:
                await self._answer_begins(response)
            case {"type": "response.done", "response": {"id": str(response)}}:
                self._answer_ends(response)
            case {"type": "error", "error": {"event_id": str(cause)} as error} if cause == self._asked:
                self._asked = ""
                # Somebody else has asked: the end of that answer is awaited.
                self._due = self._due or error.get("code") == _BUSY

    # --- the caller's turn ---

    async def _turn(self, item: str) -> None:
        """The caller has finished, and the model is about to answer."""
        try:
            await asyncio.wait((self._transcripts[item],), timeout=self._transcript_wait)
        finally:
            del self._transcripts[item]
            self._turns -= 1
        self._ask()

    def _transcribed(self, item: str) -> None:
        """The rules have had the words of a turn, or there are none."""
        self._heard_so_far.pop(item, None)
        waiting = self._transcripts.get(item)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    # --- tool calls ---

    def _called(self, call_id: str, call: Mapping[str, Any], event: Event) -> None:
        """A tool call is complete. It is told twice, by its arguments and by its item."""
        response = str(event.get("response_id", ""))
        known = self._calls.setdefault(response, set())
        if call_id in known:
            return
        known.add(call_id)
        self._caller.ended()
        self._open[call_id] = response
        if call.get("name") == self._tool.name:
            self._keep(self._report(call_id, str(call.get("arguments") or "")))

    async def _report(self, call_id: str, arguments: str) -> None:
        answer = await self._tool.report(self._call, arguments, event_id=call_id)
        await self.answer(call_id, answer.text)

    def _outputs_told(self) -> None:
        """The model is asked again once every call of an answer has its output."""
        told = self._owed - set(self._open.values())
        self._owed -= told
        if told:
            self._ask()

    # --- the model's turn ---

    def _ask(self) -> None:
        """Have the model answer, as soon as it may."""
        self._due = True
        self._look()

    def _look(self) -> None:
        if self._due:
            self._keep(self._ask_if_free())

    async def _ask_if_free(self) -> None:
        may_answer = await self._caller.may_answer()
        if not self._due or self._asked or self._active or self._speaks or self._turns:
            return  # What is in the way looks again when it is over.
        self._due = False
        if not may_answer:
            self._caller.ended()
            return
        self._asked = f"flowrules_{next(self._numbers)}"
        await self._show_tools()
        if advice := self._call.take_advice():
            await self._message("system", "\n".join(advice))
        await self._events.send({"type": "response.create", "event_id": self._asked})

    async def _answer_begins(self, response: str) -> None:
        self._active.add(response)
        self._asked = ""
        if self._call.over or self._call.ending:
            # Whoever asked for it: it would be said over a transfer or hangup.
            await self._events.send({"type": "response.cancel", "response_id": response})

    def _answer_ends(self, response: str) -> None:
        self._voice.complete()
        self._active.discard(response)
        if self._calls.pop(response, None):
            self._owed.add(response)
            self._outputs_told()
        self._look()

    # --- inside ---

    def _said(self, said: Said) -> None:
        """The rules have said something: it is part of the conversation."""
        self._keep(self._message("assistant", said.text))

    async def _show_tools(self, session: Mapping[str, Any] | None = None) -> None:
        """Tell the server of the tools, where it does not know of them as the rules of now want them."""
        tools = [self._tool.realtime(), *self._others]
        if tools != self._shown:
            self._shown = tools
            update = {**(session or {"type": "realtime"}), "tools": tools}
            await self._events.send({"type": "session.update", "session": update})

    async def _message(self, role: str, text: str) -> None:
        content = {"type": "output_text" if role == "assistant" else "input_text", "text": text}
        item = {"type": "message", "role": role, "content": [content]}
        await self._events.send({"type": "conversation.item.create", "item": item})

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_BUSY = "conversation_already_has_active_response"


def _is_json(text: object) -> bool:
    try:
        json.loads(str(text))
    except (ValueError, RecursionError):
        return False
    return True
