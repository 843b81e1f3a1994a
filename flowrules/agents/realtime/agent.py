"""One conversation under rules: the server's events in, ours out."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any

from flowrules.agents.call_end import close_after_ending
from flowrules.agents.realtime.calls import ToolCalls
from flowrules.agents.realtime.connection import Connection, Event, Events
from flowrules.agents.realtime.history import History, Item, message, output
from flowrules.agents.realtime.settings import bytes_a_second, is_interruptible, other_tools, under_rules
from flowrules.agents.realtime.voice import Playout
from flowrules.agents.tool import ReportTool
from flowrules.agents.turn_taking import PATIENCE
from flowrules.agents.utterance import Utterances
from flowrules.call.said import Said
from flowrules.engine.event import Source
from flowrules.runtime.calls.session import CallSession

TRANSCRIPT_WAIT = 2.0
"""Seconds that the model's answer waits for the transcript of a turn that is over."""


class RealtimeRules:
    """The rules beside a Realtime session. Iterate over it: it yields every event of the server's, once the rules have
    had it, until the connection is closed and not opened again; then the call is closed.

    What the caller says is one turn until the model answers, in however many pieces the server commits it (each pause
    ends one): the transcripts are `said`, as one text that grows, the deltas of them are `hearing` where a rule asks
    for it. The model is asked (`response.create`) once the rules have had the words: not while a rule has the turn, not
    over a transfer or hangup that is decided, and not after the call's end. `report` is among the tools of the session
    under the rules of that moment; a call of it is answered with what it came to, and the model is asked again once
    every call of its answer has an output. Give the outputs of your own tools to `answer`.

    `session`: what the host sets, as in `session.update`, its tools included. The server answers nothing by itself
    (`create_response` is off), and transcribes. `patience`: seconds that the model waits for a rule that leaves the
    turn to it. `transcript_wait`: seconds that it waits for a transcript; words that come later reach the rules, too.

    `reopen`: opens another connection where this one is closed while the call goes on; None from it means that there is
    none. The new session is told of the tools under the rules of that moment and of the conversation so far, and the
    model is asked where its answer is still to come.
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
        reopen: Callable[[], Awaitable[Connection | Any | None]] | None = None,
    ) -> None:
        self._call = call
        self._tool = tool
        self._events = Events(connection)
        self._session = under_rules(session or {})
        self._others = other_tools(session or {}, tool.name)
        self._caller = Utterances(call, patience=patience)
        self._voice = Playout(call, bytes_a_second(self._session))
        self._transcript_wait = transcript_wait
        self._reopen = reopen
        self._history = History()
        self._broken = False
        """The connection is closed, and another is not in its place yet."""
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
        self._calls = ToolCalls()
        self._shown: list[dict[str, Any]] | None = None
        """The tools that the server knows of."""
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    # --- for the host ---

    async def __aiter__(self) -> AsyncIterator[Event]:
        stop = self._call.on_said(self._said)
        try:
            await self._show_tools(self._session)
            while True:
                while (event := await self._events.receive()) is not None:
                    await self._take(event)
                    yield event
                if not await self._opened_again():
                    break
        finally:
            stop()
            self._voice.cut()
            await close_after_ending(self._call, "the realtime session has ended")
            for task in self._tasks:
                task.cancel()

    async def answer(self, call_id: str, text: str) -> None:
        """The output of a tool of the host's own, as text. One for a call that is not open is passed over."""
        if self._calls.answered(call_id):
            await self._tell(output(call_id, text))
            self._ask_behind_outputs()

    async def set_tools(self, *tools: dict[str, Any]) -> None:
        """The host's tools from now on; `report` stays among them."""
        self._others = other_tools({"tools": tools}, self._tool.name)
        await self._show_tools()

    async def typed(self, text: str) -> None:
        """Something that the caller has written instead of spoken: a turn of its own."""
        await self._tell(message("user", text))
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
                self._history.comes(item, "user")
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
                text = str(event.get("transcript") or "")
                self._history.said(item, "user", text)
                self._caller.final(text)
                self._transcribed(item)
            case {"type": "conversation.item.input_audio_transcription.failed", "item_id": str(item)}:
                self._transcribed(item)
            case {"type": "response.output_audio.delta" | "response.audio.delta", "delta": str(audio)}:
                self._caller.ended()
                self._voice.audio(audio)
            case {"type": "response.output_text.delta" | "response.text.delta"}:
                self._caller.ended()
                self._model_says(event)
            case {"type": "response.output_audio_transcript.delta" | "response.audio_transcript.delta"}:
                self._model_says(event)
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
        if not self._calls.called(call_id, str(event.get("response_id", ""))):
            return
        self._history.called(call_id, call)
        self._caller.ended()
        if call.get("name") == self._tool.name:
            self._keep(self._report(call_id, str(call.get("arguments") or "")))

    async def _report(self, call_id: str, arguments: str) -> None:
        answer = await self._tool.report(self._call, arguments, event_id=call_id)
        await self.answer(call_id, answer.text)

    def _ask_behind_outputs(self) -> None:
        if self._calls.take_told():
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
        if not self._due or self._asked or self._active or self._speaks or self._turns or self._broken:
            return  # What is in the way looks again when it is over.
        self._due = False
        if not may_answer:
            self._caller.ended()
            return
        self._asked = f"flowrules_{next(self._numbers)}"
        await self._show_tools()
        if advice := self._call.take_advice():
            await self._tell(message("system", "\n".join(advice)))
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
        self._calls.complete(response)
        self._ask_behind_outputs()
        self._look()

    def _model_says(self, event: Event) -> None:
        match event:
            case {"item_id": str(item), "delta": str(text)}:
                self._history.goes_on(item, "assistant", text)

    # --- another connection ---

    async def _opened_again(self) -> bool:
        """The connection is closed. Have another go on with the conversation, if there is one."""
        if self._reopen is None or self._call.over:
            return False
        self._break_off()
        connection = await self._reopen()
        if connection is None or self._call.over:
            return False
        events, tools = Events(connection), self._tools()
        await events.send({"type": "session.update", "session": {**self._session, "tools": tools}})
        told = 0
        while told < len(items := self._history.items):  # What is to be told meanwhile is added there.
            await events.send({"type": "conversation.item.create", "item": items[told]})
            told += 1
        self._events, self._shown, self._broken = events, tools, False
        await self._show_tools()
        self._look()
        return True

    def _break_off(self) -> None:
        """Nothing more comes of what the server was about to do."""
        self._broken, self._speaks = True, False
        self._voice.complete()
        for item in tuple(self._transcripts):
            self._transcribed(item)
        # Where outputs of tool calls are still to come, the model is asked behind them; else where it has not answered.
        unanswered = self._calls.break_off(self._active)
        self._due = self._due or bool(self._asked) or unanswered
        self._asked = ""
        self._active.clear()
        self._heard_so_far.clear()

    # --- inside ---

    def _said(self, said: Said) -> None:
        """The rules have said something: it is part of the conversation."""
        self._keep(self._tell(message("assistant", said.text)))

    async def _show_tools(self, session: Mapping[str, Any] | None = None) -> None:
        """Tell the server of the tools, where it does not know of them as the rules of now want them."""
        tools = self._tools()
        if tools != self._shown:
            self._shown = tools
            update = {**(session or {"type": "realtime"}), "tools": tools}
            await self._events.send({"type": "session.update", "session": update})

    def _tools(self) -> list[dict[str, Any]]:
        return [self._tool.realtime(), *self._others]

    async def _tell(self, item: Item) -> None:
        """Put an item into the conversation."""
        self._history.add(item)
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
