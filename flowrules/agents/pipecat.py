"""Pipecat: rules beside a pipeline. Needs the extra `flowrules[pipecat]`.

    call = engine.call_from(first_text_frame)
    rules = RulesProcessor(call, ReportTool(engine.rules))
    context = LLMContext(messages, tools=rules.tools())
    user, assistant = LLMContextAggregatorPair(context)
    transport = FastAPIWebsocketTransport(websocket, FastAPIWebsocketParams(
        serializer=ForkSerializer(call), audio_in_enabled=True, audio_out_enabled=True))
    Pipeline([transport.input(), stt, *rules.around(user, llm), tts, transport.output(), assistant])

Before the user's aggregator the rules hear the caller and the keys. Right before the model they hold a turn back that
a rule has taken over, and give the model the advice and the tool of the moment. Right behind it they see that the bot
is about to speak.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Literal

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.audio.utils import alaw_to_pcm, create_stream_resampler, pcm_to_alaw
from pipecat.frames.frames import (
    AudioRawFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    FunctionCallResultProperties,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMTextFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    VADUserStartedSpeakingFrame,
)
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.services.llm_service import FunctionCallParams

from flowrules.agents.hearing import PATIENCE, hear, overhear
from flowrules.agents.tool import ReportTool
from flowrules.engine.event import Source
from flowrules.runtime.frames import Dtmf, read_frame
from flowrules.runtime.session import CallSession

Encoding = Literal["pcma", "pcm_s16le"]
RATES: dict[Encoding, int] = {"pcma": 8_000, "pcm_s16le": 16_000}
"""Samples a second of each encoding, as the platform's pages give them."""


class RulesProcessor(FrameProcessor):
    """Stands between speech recognition and the user's aggregator, and tells the call what the caller does.

    Final transcripts are `said`, interim ones `hearing` where a rule asks for it; keys are `dtmf`; the caller's speech
    interrupts a hangup. The end of the pipeline closes the call. No frame is held back here.
    """

    def __init__(
        self, call: CallSession, tool: ReportTool | None = None, *, patience: float = PATIENCE
    ) -> None:
        super().__init__()
        self._call = call
        self._tool = tool
        self._patience = patience
        self._heard: list[asyncio.Task[bool]] = []
        self._revision = ""
        self._others: Sequence[FunctionSchema] = ()

    def around(self, user: FrameProcessor, llm: FrameProcessor) -> tuple[FrameProcessor, ...]:
        """This processor, the user's aggregator and the model, with the two that watch the model."""
        return (self, user, _ModelGate(self), llm, _VoiceWatch(self._call))

    def tools(self, *others: FunctionSchema) -> ToolsSchema:
        """The tools for an LLMContext: `report`, and the host's own. `report` is kept up to date from then on."""
        self._others = others
        if self._tool is None:
            return ToolsSchema(standard_tools=[*others])
        self._revision = self._tool.revision
        shown = self._tool.openai()["function"]
        report = FunctionSchema(
            name=shown["name"],
            description=shown["description"],
            properties=shown["parameters"]["properties"],
            required=[],
            handler=self._report,
        )
        return ToolsSchema(standard_tools=[report, *others])

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        call = self._call
        match frame:
            case VADUserStartedSpeakingFrame() | UserStartedSpeakingFrame():
                call.caller_speaking()
            case InputDTMFFrame(button=button):
                call.post(dtmf=button.value, source=Source.CALLER)
            case InterimTranscriptionFrame(text=text):
                overhear(call, text)
            case TranscriptionFrame(text=text) if direction is FrameDirection.DOWNSTREAM:
                self._heard = [task for task in self._heard if not task.done()]
                self._heard.append(self.create_task(hear(call, text, patience=self._patience)))
        await self.push_frame(frame, direction)
        if isinstance(frame, EndFrame | CancelFrame):
            await call.close("the pipeline has ended")

    async def may_answer(self) -> bool:
        """Whether the model may have this turn, once the rules have had it."""
        heard, self._heard = self._heard, []
        await asyncio.gather(*heard)
        return not self._call.over

    def prepare(self, context: LLMContext) -> None:
        """Give the model's turn the advice that waits, and the tool under the rules of now."""
        if advice := self._call.take_advice():
            context.add_message({"role": "developer", "content": "\n".join(advice)})
        if self._tool is not None and self._tool.revision != self._revision:
            context.set_tools(self.tools(*self._others))

    async def _report(self, params: FunctionCallParams) -> None:
        assert self._tool is not None
        answer = await self._tool.report(self._call, params.arguments, event_id=params.tool_call_id)
        self.prepare(params.context)
        properties = FunctionCallResultProperties(run_llm=not answer.over)
        await params.result_callback(json.loads(answer.text), properties=properties)


class _ModelGate(FrameProcessor):
    """Stands right before the model. A turn that a rule has taken over waits here for the rule's plan, and is dropped
    where the plan has ended the call."""

    def __init__(self, rules: RulesProcessor) -> None:
        super().__init__()
        self._rules = rules

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame) and direction is FrameDirection.DOWNSTREAM:
            if not await self._rules.may_answer():
                return
            self._rules.prepare(frame.context)
        await self.push_frame(frame, direction)


class _VoiceWatch(FrameProcessor):
    """Stands right behind the model: from its first word on the bot counts as speaking, though its voice comes only
    later. A hangup in between would cut the goodbye off."""

    def __init__(self, call: CallSession) -> None:
        super().__init__()
        self._call = call
        self._speaking = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case LLMTextFrame() | TTSSpeakFrame() | BotStartedSpeakingFrame() if not self._speaking:
                self._speaking = True
                self._call.bot_speaking()
            case InterruptionFrame() if self._speaking:
                self._call.caller_speaking()
                self._finished()
            case BotStoppedSpeakingFrame():
                self._finished()
        await self.push_frame(frame, direction)

    def _finished(self) -> None:
        self._speaking = False
        self._call.bot_finished()


class ForkSerializer(FrameSerializer):
    """The platform's audio fork: binary frames are audio, one encoding both ways; text frames go to the call (tokens
    are swapped before anything else reads them), keys go into the pipeline too.

    `encoding` is what the voice agent is set to on the platform; one page says G.711 A-law at 8,000 Hz, another
    16-bit PCM at 16,000 Hz. `clear` is sent when the caller interrupts, so that what is buffered on the far side is
    not played: `killAudio` is the command of both servers whose subprotocols the platform names (drachtio's audio
    fork and jambonz). None sends nothing.
    """

    def __init__(
        self,
        call: CallSession,
        *,
        encoding: Encoding = "pcma",
        sample_rate: int | None = None,
        clear: dict[str, Any] | None = {"type": "killAudio"},  # noqa: B006  (never changed)
    ) -> None:
        super().__init__()
        self._call = call
        self._encoding = encoding
        self._rate = sample_rate or RATES[encoding]
        self._clear = clear
        self._pipeline_rate = self._rate
        self._incoming = create_stream_resampler()
        self._outgoing = create_stream_resampler()

    async def setup(self, setup: FrameProcessorSetup) -> None:  # type: ignore[override]  # as its base class does
        self._pipeline_rate = setup.audio_in_sample_rate

    async def serialize(self, frame: Frame) -> str | bytes | None:
        match frame:
            case InterruptionFrame() if self._clear is not None:
                return json.dumps(self._clear)
            case AudioRawFrame(audio=audio, sample_rate=rate):
                if self._encoding == "pcma":
                    encoded = await pcm_to_alaw(audio, rate, self._rate, self._outgoing)
                else:
                    encoded = await self._outgoing.resample(audio, rate, self._rate)
                return encoded or None
            case OutputTransportMessageFrame() | OutputTransportMessageUrgentFrame():
                return None if self.should_ignore_frame(frame) else json.dumps(frame.message)
        return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        if isinstance(data, str):
            return self._text(data)
        if self._encoding == "pcma":
            audio = await alaw_to_pcm(data, self._rate, self._pipeline_rate, self._incoming)
        else:
            audio = await self._incoming.resample(data, self._rate, self._pipeline_rate)
        if not audio:
            return None
        return InputAudioRawFrame(audio=audio, sample_rate=self._pipeline_rate, num_channels=1)

    def _text(self, text: str) -> Frame | None:
        """A key goes through the pipeline to the RulesProcessor; keys A to D, which Pipecat has no name for, and
        everything else go straight to the call."""
        match read_frame(text):
            case Dtmf(digit) if digit in set(KeypadEntry):
                return InputDTMFFrame(KeypadEntry(digit))
        self._call.frame(text)
        return None
