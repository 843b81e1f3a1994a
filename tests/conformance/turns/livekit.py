"""LiveKit Agents: a real session with its own endpointing, interruptions, tool calls and handover between agents."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession, function_tool, tts
from livekit.rtc.event_emitter import EventEmitter

from flowrules import CallSession, Engine
from flowrules.agents.livekit import RulesAgent
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox
from tests.agents.livekit_speaker import RATE, Speaker, tone
from tests.agents.livekit_talk import Ears, Kind, Microphone
from tests.conformance.turns.conversation import (
    FOUND,
    LOOK_UP,
    SECONDS_A_LETTER,
    Answer,
    Asked,
    asked,
    event_that_is_set,
    message,
    until,
)


class Unused(tts.TTS):
    """LiveKit wants one to speak a text; the agent's own `tts_node` makes the sound."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1)

    def synthesize(self, text: str, **options: Any) -> Any:
        raise NotImplementedError


class LiveKit:
    def __init__(self, sandbox: Sandbox, engine: Engine, call: CallSession, patience: float) -> None:
        from livekit_agent import ScriptedLLM

        self.sandbox, self.engine, self.call = sandbox, engine, call
        self.tool = ReportTool(engine.rules)
        self.script: list[Answer] = []
        self.mute = False
        self._patience = patience
        self.looked_up = event_that_is_set()
        self.model = ScriptedLLM("Fine.")
        self.ears = Ears()
        self.room: Any = EventEmitter()
        self.session: AgentSession[None] = AgentSession(
            llm=self.model,
            stt=self.ears,
            tts=Unused(),
            turn_handling={"turn_detection": "stt", "endpointing": {"min_delay": 0.1}},
        )
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        self.session.input.audio = Microphone()
        self.session.output.audio = Speaker()
        await self.session.start(self._agent(self._tool_to_look_up()))
        await asyncio.wait_for(self.ears.listens.wait(), 45)

    @property
    def asked(self) -> list[Asked]:
        return [asked(messages, [tool["function"] for tool in tools]) for messages, tools in self.model.asked]

    async def begins(self) -> None:
        self.ears.tell(Kind.START_OF_SPEECH)

    async def hears(self, text: str) -> None:
        self.ears.tell(Kind.INTERIM_TRANSCRIPT, text)

    async def guesses(self, text: str) -> None:
        self._prepare()
        self.ears.tell(Kind.PREFLIGHT_TRANSCRIPT, text)

    async def ends(self, *pieces: str) -> None:
        self._prepare()
        for piece in pieces:
            await asyncio.sleep(0.02)
            self.ears.tell(Kind.INTERIM_TRANSCRIPT, piece[: len(piece) // 2])
            self.ears.tell(Kind.FINAL_TRANSCRIPT, piece)
        await asyncio.sleep(0.02)
        self.ears.tell(Kind.END_OF_SPEECH)

    async def types(self, text: str) -> None:
        self._prepare()
        await self.session.run(user_input=text)

    async def presses(self, keys: str) -> None:
        for key in keys:
            self.room.emit("sip_dtmf_received", SimpleNamespace(digit=key))

    async def announces(self, text: str) -> None:
        self.session.say(text, audio=tone(len(text) * SECONDS_A_LETTER), allow_interruptions=False)
        await until(lambda: self.session.agent_state == "speaking")

    def has_a_voice(self) -> None: ...

    async def changes_tools(self) -> None:
        """Another agent takes the conversation over."""
        other = self._agent(_confirm)
        self.session.update_agent(other)
        await until(lambda: self.session.current_agent is other)
        await asyncio.sleep(0.2)

    def _tool_to_look_up(self) -> Any:
        @function_tool(name=LOOK_UP)
        async def look_up() -> dict[str, str]:
            """Look it up."""
            await self.looked_up.wait()
            return FOUND

        return look_up

    def _prepare(self) -> None:
        self.model.script += map(message, self.script)
        self.script = []

    def _agent(self, tool: Any) -> RulesAgent:
        talk = self

        class Spoken(RulesAgent):
            async def tts_node(self, text: Any, model_settings: Any) -> AsyncIterator[rtc.AudioFrame]:
                said = "".join([piece async for piece in text])
                async for frame in tone(0 if talk.mute else len(said) * SECONDS_A_LETTER):
                    yield frame

        agent = Spoken(self.call, self.tool, instructions="Be brief.", tools=[tool], patience=self._patience)
        agent.hear_keys(self.room)
        return agent


@function_tool(name="confirm")
async def _confirm() -> None:
    """Confirm it."""


@asynccontextmanager
async def livekit(
    sandbox: Sandbox, engine: Engine, call: CallSession, patience: float
) -> AsyncIterator[LiveKit]:
    talk = LiveKit(sandbox, engine, call, patience)
    await talk.start()
    yield talk
    await talk.session.aclose()
