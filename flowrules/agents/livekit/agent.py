"""The agent under rules."""

import asyncio
import time
import weakref
from collections.abc import AsyncGenerator, Iterator, Sequence
from typing import Any

from livekit import rtc
from livekit.agents import (
    Agent,
    AgentStateChangedEvent,
    CloseEvent,
    CloseReason,
    ConversationItemAddedEvent,
    FlushSentinel,
    ModelSettings,
    RunContext,
    SpeechCreatedEvent,
    StopResponse,
    UserInputTranscribedEvent,
    UserStateChangedEvent,
    function_tool,
    llm,
)
from livekit.agents.voice import SpeechHandle

from flowrules.agents.call_end import close_after_ending
from flowrules.agents.livekit.ids import CallIds
from flowrules.agents.livekit.options import not_preemptive
from flowrules.agents.livekit.playout import Playout
from flowrules.agents.tool import ReportTool
from flowrules.agents.turn_taking import ALREADY_SAID, PATIENCE, holds_words
from flowrules.agents.utterance import Utterances
from flowrules.call.said import Said
from flowrules.engine.event import Source
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.sending.answers import VoiceAnswer
from flowrules.runtime.sending.serving import HostSay

_ROOMS = "livekit_rooms"
"""Under this name a call keeps the rooms whose keys it hears."""


class RulesAgent(Agent):
    """An agent whose call is ruled. A subclass may override `on_enter`, `on_exit`, `on_user_turn_completed` and
    `llm_node` as long as it calls these. Where one agent hands over to another, both are RulesAgents of the same call.

    What the caller has said is `said`, the pieces of one turn as one text that grows, also where nothing answers
    it: into a speech that can't be interrupted, say. So is what the caller types. The rules have it before the
    model: a turn that a rule has taken over is not answered while the rule acts, nor while a transfer or hangup is
    decided, nor after the call's end; LiveKit's preemptive generation, which asks the model before the caller has
    finished, is off. What the caller is saying is `hearing` where a rule asks for it. The model's turn gets
    `advise` texts, and the tool `report` under the rules of now. What the agent says, from the model's first word or
    the host's `say` to the end of its playout, is the gate before a transfer or hangup. The caller's speech interrupts
    a hangup, and the session's end closes the call.
    """

    def __init__(
        self,
        call: CallSession,
        tool: ReportTool,
        *,
        tools: Sequence[llm.Tool | llm.Toolset] = (),
        patience: float = PATIENCE,
        **options: Any,
    ) -> None:
        self._call = call
        self._tool = tool
        self._caller = Utterances(call, patience=patience)
        self._had: set[str] = set()
        """Messages of the caller that the rules have had."""
        self._expected: set[SpeechHandle] = set()
        """What is to be heard, or can be heard already."""
        self._said: list[llm.ChatMessage] = []
        """Sentences of the rules that are not in the history yet."""
        self._ids = CallIds()
        self._answering = False
        """The caller has finished, and their words are not in the history yet."""
        self._tasks: set[asyncio.Task[Any]] = set()
        super().__init__(tools=[self._report_tool(), *tools], **not_preemptive(options))

    async def on_enter(self) -> None:
        for name, listener in self._listeners():
            self.session.on(name, listener)
        self._call.speak_with(self._speak)
        self._stop = self._call.on_said(self._rules_said)

    async def on_exit(self) -> None:
        self._stop()
        await self._write_said()
        for name, listener in self._listeners():
            if name != "close":
                self.session.off(name, listener)

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        """The caller has finished speaking, and the model is about to answer."""
        self._answering = True
        self._had.add(new_message.id)
        self._caller.whole(new_message.text_content or "")
        self._caller.ended()
        if not await self._caller.may_answer():
            raise StopResponse

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncGenerator[llm.ChatChunk | str | FlushSentinel, None]:
        """The model's turn. What was typed instead of spoken comes by no other way, so it is heard here."""
        for message in _newest(chat_ctx):
            if message.id not in self._had:
                self._had.add(message.id)
                self._caller.typed(message.text_content or "")
        if not await self._caller.may_answer():
            return
        known = {item.id for item in chat_ctx.items}
        if said := [message for message in self._said if message.id not in known]:
            # The history has the caller's words only when the answer is under way.
            chat_ctx.items.extend(said)
            chat_ctx.add_message(role="developer", content=ALREADY_SAID)
        if advice := self._call.take_advice():
            chat_ctx.add_message(role="developer", content="\n".join(advice))
        current = self._report_tool()
        tools = [current if tool.id == current.id else tool for tool in tools]
        speaks = False
        async for chunk in Agent.default.llm_node(self, chat_ctx, tools, model_settings):
            if isinstance(chunk, llm.ChatChunk):
                self._ids.tell_apart(chunk, (*chat_ctx.items, *self.session.history.items))
            if not speaks and self._is_heard and holds_words(_words(chunk)):
                speaks = True
                self._expect(self.session.current_speech)
            yield chunk

    async def update_tools(self, tools: list[llm.Tool | llm.Toolset]) -> None:
        """These tools, and `report`."""
        report = self._report_tool()
        await super().update_tools(
            [report, *(tool for tool in tools if getattr(tool, "id", "") != report.id)]
        )

    def hear_keys(self, room: rtc.Room) -> None:
        """Keys that a caller presses on a SIP line become `dtmf`. Agents of one call may all say so: a key is one."""
        rooms: weakref.WeakSet[rtc.Room] = vars(self._call).setdefault(_ROOMS, weakref.WeakSet())
        if room not in rooms:
            rooms.add(room)
            room.on("sip_dtmf_received", self._pressed)

    # --- inside ---

    def _listeners(self) -> Iterator[tuple[Any, Any]]:
        yield "agent_state_changed", self._agent_state
        yield "speech_created", self._speech
        yield "user_state_changed", self._caller_state
        yield "user_input_transcribed", self._transcribed
        yield "conversation_item_added", self._added
        yield "close", self._closed

    def _report_tool(self) -> llm.RawFunctionTool[..., Any]:
        """`report`, as the rules of this moment want it."""
        shown = self._tool.openai()["function"]

        async def report(raw_arguments: dict[str, object], context: RunContext[Any]) -> str:
            return await self._report(raw_arguments, context)

        return function_tool(report, raw_schema=shown)

    async def _report(self, arguments: dict[str, object], context: RunContext[Any]) -> str:
        # What the model says beside this call has hardly begun to sound: a hangup must not overtake it.
        self._call.bot_speaking()
        self._keep(self._played_out(context))
        event_id = self._ids.given(context.function_call.call_id)
        answer = await self._tool.report(self._call, arguments, event_id=event_id)
        if answer.over or answer.stay_silent:
            raise StopResponse
        return answer.text

    async def _played_out(self, context: RunContext[Any]) -> None:
        try:
            await context.wait_for_playout()
        finally:
            self._spoken(context.speech_handle)

    @property
    def _is_heard(self) -> bool:
        """Whether there is anything that plays what the agent says."""
        output = self.session.output
        return output.audio is not None and output.audio_enabled

    def _speech(self, event: SpeechCreatedEvent) -> None:
        """Something is to be said: by the host at once, by the model once it has a word. It may come to nothing."""
        if event.source == "say" and self._is_heard:
            self._expect(event.speech_handle)

    def _expect(self, speech: SpeechHandle | None) -> None:
        if speech is not None and speech not in self._expected:
            self._expected.add(speech)
            self._call.bot_speaking()
            speech.add_done_callback(self._spoken)

    def _spoken(self, speech: SpeechHandle | None) -> None:
        """A speech has been played out, or came to nothing."""
        if speech is not None:
            self._expected.discard(speech)
        if not self._expected and self.session.agent_state != "speaking":
            self._call.bot_finished()

    def _agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._call.bot_speaking()
        elif event.old_state == "speaking":
            self._spoken(self.session.current_speech)

    def _rules_said(self, said: Said) -> None:
        message = llm.ChatMessage(role="assistant", content=[said.text], interrupted=said.interrupted)
        self._said.append(message)
        if not self._caller.goes_on and not self._answering:
            self._keep(self._write_said())

    async def _write_said(self) -> None:
        """Have in the history what the rules have said."""
        self._answering = False
        said, self._said = self._said, []
        if said:
            for message in said:
                message.created_at = time.time()
                self.session.history.insert(message)
            chat_ctx = self.chat_ctx.copy()
            chat_ctx.items.extend(said)
            await self.update_chat_ctx(chat_ctx, exclude_invalid_function_calls=False)

    async def _speak(self, say: HostSay) -> VoiceAnswer:
        """Have a sentence of the rules spoken (`Settings.say` is `host`), and wait until it has been played out."""
        # The history has it by `CallSession.on_said`, as what the platform speaks.
        try:
            speech = self.session.say(say.text, add_to_chat_ctx=False)
        except RuntimeError as error:  # LiveKit's own, where the session has no voice.
            return VoiceAnswer.failed("not_configured", str(error))
        with Playout(self.session, speech) as playout:
            await speech.wait_for_playout()
        if speech.exception() is not None:
            return VoiceAnswer.failed()
        return VoiceAnswer.interrupted(playout.heard) if speech.interrupted else VoiceAnswer.spoken()

    def _caller_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            if not self._caller.goes_on:
                self._keep(self._write_said())
            self._caller.speaks()
        elif event.old_state == "speaking":
            self._call.caller_heard()

    def _transcribed(self, event: UserInputTranscribedEvent) -> None:
        if event.is_final:
            self._caller.final(event.transcript)
        else:
            self._caller.interim(event.transcript)

    def _added(self, event: ConversationItemAddedEvent) -> None:
        """What was spoken may come into the history without a turn of the model's."""
        message = event.item
        if not isinstance(message, llm.ChatMessage) or message.role != "user":
            return
        if self._caller.knows(message.text_content or ""):
            self._had.add(message.id)
        self._keep(self._write_said())

    def _pressed(self, key: rtc.SipDTMF) -> None:
        self._call.post(dtmf=key.digit, source=Source.CALLER)

    def _closed(self, event: CloseEvent) -> None:
        why = "the agent's session has ended"
        gone = event.reason is CloseReason.PARTICIPANT_DISCONNECTED
        self._keep(self._call.close(why) if gone else close_after_ending(self._call, why))

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _words(chunk: llm.ChatChunk | str | FlushSentinel) -> str:
    match chunk:
        case str():
            return chunk
        case llm.ChatChunk(delta=delta) if delta is not None:
            return delta.content or ""
    return ""


def _newest(chat_ctx: llm.ChatContext) -> list[llm.ChatMessage]:
    """The caller's messages that nothing has answered yet."""
    found: list[llm.ChatMessage] = []
    for item in reversed(chat_ctx.items):
        if not isinstance(item, llm.ChatMessage) or item.role == "assistant":
            break
        if item.role == "user":
            found.insert(0, item)
    return found
