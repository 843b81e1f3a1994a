"""The gate before the model: no answer in a turn that a rule has, none over a transfer, none after the call's end."""

import asyncio

from pipecat.frames.frames import (
    EndFrame,
    Frame,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMSetToolsFrame,
    StopFrame,
    TranscriptionFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from flowrules.agents.pipecat.context import ModelContext
from flowrules.agents.pipecat.ids import CallIds
from flowrules.agents.pipecat.reports import CalledFrame
from flowrules.agents.utterance import Utterances


class Held:
    """The turn of the model that waits, if any: where another comes meanwhile, that one has all that this one had."""

    def __init__(self) -> None:
        self.task: asyncio.Task[None] | None = None

    def drop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            self.task = None


class ModelGate(FrameProcessor):
    """Stands on one side of the model, and looks at the turns that come to it from there: `DOWNSTREAM` those of the
    caller, `UPSTREAM` those that a tool's result brings.

    A turn that a rule has taken over waits for the rule's plan, and so does one while a transfer or hangup is
    decided; it is dropped where the call has ended. What else passes is not held up.
    """

    def __init__(self, side: FrameDirection, caller: Utterances, context: ModelContext, held: Held) -> None:
        super().__init__()
        self._side = side
        self._caller = caller
        self._context = context
        self._held = held
        self._ids = CallIds()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case LLMContextFrame() if direction is self._side:
                await self._ask(frame)
                return
            case TranscriptionFrame(text=text) if direction is FrameDirection.UPSTREAM:
                self._caller.final(text)  # A model that hears for itself.
            case InterimTranscriptionFrame(text=text) if direction is FrameDirection.UPSTREAM:
                self._caller.interim(text)
            case FunctionCallsStartedFrame(function_calls=calls) if direction is FrameDirection.DOWNSTREAM:
                frame.function_calls = self._ids.started(calls)
                shown = [call.tool_call_id for call in frame.function_calls]
                await self.queue_frame(CalledFrame(calls, shown), FrameDirection.DOWNSTREAM)
            case FunctionCallInProgressFrame() | FunctionCallResultFrame() | FunctionCallCancelFrame() if (
                direction is FrameDirection.DOWNSTREAM
            ):
                self._ids.show(frame)
            case LLMSetToolsFrame(tools=tools):
                # One that another worker has sent, say: it has passed no RulesProcessor.
                frame.tools = self._context.with_report(tools)
            case InterruptionFrame():
                self._held.drop()
            case EndFrame() | StopFrame() if self._held.task is not None:
                await asyncio.wait((self._held.task,))
        await self.push_frame(frame, direction)

    async def cleanup(self) -> None:
        await super().cleanup()  # type: ignore[no-untyped-call]
        self._held.drop()

    async def _ask(self, frame: LLMContextFrame) -> None:
        if frame.speculation:
            self._context.prepare(frame.context, speculation=True)
            await self.push_frame(frame, self._side)
            return
        self._held.drop()
        if self._side is FrameDirection.DOWNSTREAM and not self._caller.told:
            self._caller.ended()
        if self._caller.settled:
            await self._when_settled(frame)
        else:
            self._held.task = asyncio.create_task(self._when_settled(frame))

    async def _when_settled(self, frame: LLMContextFrame) -> None:
        if await self._caller.may_answer():
            self._context.prepare(frame.context)
            await self.push_frame(frame, self._side)
        else:
            self._context.begins_with(frame.context)
            self._context.write_said()
