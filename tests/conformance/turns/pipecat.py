"""Pipecat: a real pipeline with its own aggregators, turns, Flows, speech synthesis and output."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.flows import FlowManager, FlowsFunctionSchema
from pipecat.frames.frames import Frame, InputDTMFFrame, InterimTranscriptionFrame, TTSSpeakFrame
from pipecat.processors.aggregators.dtmf_aggregator import DTMFAggregator
from pipecat.processors.frameworks.rtvi import RTVISendTextFrame
from pipecat.turns.user_mute import BaseUserMuteStrategy
from pipecat.turns.user_turn_strategies import EagerUserTurnStrategies

from flowrules import CallSession, Engine
from flowrules.sandbox import Sandbox
from tests.agents.pipecat_talk import Talk, running
from tests.conformance.turns.conversation import (
    FOUND,
    LOOK_UP,
    Answer,
    Asked,
    asked,
    event_that_is_set,
    until,
)


class Muted(BaseUserMuteStrategy):
    """The caller can't interrupt, while it is `on`."""

    on = False

    async def process_frame(self, frame: Frame) -> bool:
        await super().process_frame(frame)
        return self.on


class Pipecat:
    def __init__(self, sandbox: Sandbox, engine: Engine, call: CallSession, patience: float) -> None:
        self.sandbox, self.engine, self.call = sandbox, engine, call
        self._muted = Muted()
        self.looked_up = event_that_is_set()
        look_up = FunctionSchema(LOOK_UP, "Look it up.", {}, [], handler=self._look_up)
        self.talk = Talk(
            sandbox,
            engine,
            call,
            functions=[look_up],
            between=[DTMFAggregator(timeout=0.3)],
            mutes=[self._muted],
            strategies=EagerUserTurnStrategies(),
            voice_wait=1.0,
            patience=patience,
        )
        self.talk.model.anew = True
        self.tool = self.talk.tool
        self.script: list[Answer] = []

    @property
    def mute(self) -> bool:
        return self.talk.voice.broken

    @mute.setter
    def mute(self, mute: bool) -> None:
        self.talk.voice.broken = mute

    @property
    def asked(self) -> list[Asked]:
        return [
            asked(
                one.messages,
                [
                    {"name": tool.name, "parameters": {"properties": tool.properties}}
                    for tool in one.tools.standard_tools  # type: ignore[union-attr]
                ],
            )
            for one in self.talk.model.asked
        ]

    async def begins(self) -> None:
        await self.talk.mouth.begins()

    async def hears(self, text: str) -> None:
        await self.talk.mouth.push_frame(InterimTranscriptionFrame(text, "caller", ""))

    async def guesses(self, text: str) -> None:
        self._prepare()
        await self.talk.mouth.guessed(text)

    async def ends(self, *pieces: str) -> None:
        self._prepare()
        await self.talk.mouth.ends(*pieces)

    async def types(self, text: str) -> None:
        self._prepare()
        await self.talk.worker.queue_frame(RTVISendTextFrame(msg_id="1", text=text))

    async def presses(self, keys: str) -> None:
        for key in keys:
            await self.talk.mouth.push_frame(InputDTMFFrame(KeypadEntry(key)))

    async def announces(self, text: str) -> None:
        self._muted.on = True
        await self.talk.worker.queue_frame(TTSSpeakFrame(text))
        await until(lambda: self.talk.recorder.heard == ["speaks"])

    def has_a_voice(self) -> None: ...

    async def changes_tools(self) -> None:
        """A node of Pipecat Flows, which sets the context's tools to its own."""

        async def nothing(args: Any, flow: Any) -> Any:
            return {}, None

        flow = FlowManager(llm=self.talk.model, context_aggregator=self.talk.pair, worker=self.talk.worker)
        node: Any = {
            "name": "confirm",
            "task_messages": [{"role": "developer", "content": "Let the caller confirm it."}],
            "functions": [FlowsFunctionSchema("confirm", "To confirm.", {}, [], nothing)],
            "respond_immediately": False,
        }
        await flow.initialize(node)
        await asyncio.sleep(0.2)

    async def _look_up(self, params: Any) -> None:
        await self.looked_up.wait()
        await params.result_callback(FOUND)

    def _prepare(self) -> None:
        self.talk.model.script += [(one.says, [*one.calls]) for one in self.script]
        self.script = []


@asynccontextmanager
async def pipecat(
    sandbox: Sandbox, engine: Engine, call: CallSession, patience: float
) -> AsyncIterator[Pipecat]:
    talk = Pipecat(sandbox, engine, call, patience)
    async with running(talk.talk):
        yield talk
