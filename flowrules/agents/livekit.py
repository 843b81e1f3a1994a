"""LiveKit Agents: an agent under rules. Needs the extra `flowrules[livekit]`.

    call = engine.call(call_id, token=token, facts=facts)
    session = AgentSession(stt=…, llm=…, tts=…)
    await session.start(RulesAgent(call, ReportTool(engine.rules), instructions="…"), room=ctx.room)

LiveKit speaks rooms and SIP, not the platform's audio fork: the call's id and token come to the host by its own way
(a SIP header, the dispatch metadata), and only verbs go to the platform.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from livekit import rtc
from livekit.agents import (
    Agent,
    AgentStateChangedEvent,
    CloseEvent,
    FlushSentinel,
    ModelSettings,
    RunContext,
    StopResponse,
    UserInputTranscribedEvent,
    UserStateChangedEvent,
    function_tool,
    llm,
)

from flowrules.agents.hearing import PATIENCE, hear, overhear
from flowrules.agents.tool import ReportTool
from flowrules.engine.event import Source
from flowrules.runtime.session import CallSession


class RulesAgent(Agent):
    """An agent whose call is ruled. A subclass may override `on_enter`, `on_user_turn_completed` and `llm_node` as long
    as it calls these.

    What the caller has said is `said`, once a turn, before the model is asked: a turn that a rule has taken over is not
    answered while the rule acts, nor after the call's end. What the caller is saying is `hearing` where a rule asks for
    it. The model's turn gets `advise` texts, and the tool `report` under the rules of now. The agent's playout is the
    gate before a transfer or hangup, the caller's speech interrupts a hangup, and the session's end closes the call.
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
        self._patience = patience
        self._heard: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        super().__init__(tools=[self._report_tool(), *tools], **options)

    async def on_enter(self) -> None:
        self.session.on("agent_state_changed", self._agent_state)
        self.session.on("user_state_changed", self._caller_state)
        self.session.on("user_input_transcribed", self._transcribed)
        self.session.on("close", self._closed)

    async def on_user_turn_completed(self, turn_ctx: llm.ChatContext, new_message: llm.ChatMessage) -> None:
        """The caller has finished speaking, and the model is about to answer."""
        self._heard.add(new_message.id)
        if not await hear(self._call, new_message.text_content or "", patience=self._patience):
            raise StopResponse

    async def llm_node(
        self, chat_ctx: llm.ChatContext, tools: list[llm.Tool], model_settings: ModelSettings
    ) -> AsyncGenerator[llm.ChatChunk | str | FlushSentinel, None]:
        """The model's turn. What was typed instead of spoken comes by no other way, so it is heard here."""
        if self.session.input.audio is None and not await self._typed(chat_ctx):
            return
        if advice := self._call.take_advice():
            chat_ctx.add_message(role="developer", content="\n".join(advice))
        current = self._report_tool()
        tools = [current if tool.id == self._tool.name else tool for tool in tools]
        async for chunk in Agent.default.llm_node(self, chat_ctx, tools, model_settings):
            yield chunk

    def hear_keys(self, room: rtc.Room) -> None:
        """Keys that a caller presses on a SIP line become `dtmf`."""
        room.on("sip_dtmf_received", self._pressed)

    # --- inside ---

    async def _typed(self, chat_ctx: llm.ChatContext) -> bool:
        """Whether the model may answer, once the rules have had what was typed."""
        for message in chat_ctx.messages():
            if message.role == "user" and message.id not in self._heard:
                self._heard.add(message.id)
                await hear(self._call, message.text_content or "", patience=self._patience)
        return not self._call.over

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
        answer = await self._tool.report(self._call, arguments, event_id=context.function_call.call_id)
        if answer.over:
            raise StopResponse
        return answer.text

    async def _played_out(self, context: RunContext[Any]) -> None:
        await context.wait_for_playout()
        self._call.bot_finished()

    def _agent_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._call.bot_speaking()
        elif event.old_state == "speaking":
            self._call.bot_finished()

    def _caller_state(self, event: UserStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._call.caller_speaking()

    def _transcribed(self, event: UserInputTranscribedEvent) -> None:
        if not event.is_final:
            overhear(self._call, event.transcript)

    def _pressed(self, key: rtc.SipDTMF) -> None:
        self._call.post(dtmf=key.digit, source=Source.CALLER)

    def _closed(self, event: CloseEvent) -> None:
        self._keep(self._call.close("the agent's session has ended"))

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
