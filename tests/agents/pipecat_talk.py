"""A conversation in a real Pipecat pipeline: its own aggregators, turns, speech synthesis and output, with a caller, a
model and a voice that do what they are told."""

import asyncio
import copy
import json
import math
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from struct import pack
from typing import Any

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EagerTranscriptionFrame,
    Frame,
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    ProposedUserStartedSpeakingFrame,
    ProposedUserStoppedSpeakingFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_mute import BaseUserMuteStrategy
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies, UserTurnStrategies
from pipecat.workers.runner import WorkerRunner
from pydantic import SecretStr

from flowrules import CallSession, Engine, EventOutcome, RuleBook, SayBy, Settings
from flowrules.agents.pipecat import RulesProcessor
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox

RATE = 16_000
TONE = b"".join(pack("<h", int(8_000 * math.sin(at * 440 * math.tau / RATE))) for at in range(RATE // 25))
"""Forty milliseconds."""
Call = tuple[str, dict[str, Any]]
"""A tool's name and its arguments."""


class Mouth(FrameProcessor):
    """The caller."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)

    async def begins(self) -> None:
        await self.push_frame(ProposedUserStartedSpeakingFrame())

    async def guessed(self, text: str) -> None:
        """The recogniser believes that the caller has finished."""
        await self.push_frame(EagerTranscriptionFrame(text, "caller", ""))

    async def ends(self, *pieces: str) -> None:
        for piece in pieces:
            await self.push_frame(TranscriptionFrame(piece, "caller", ""))
            await asyncio.sleep(0.02)
        await self.push_frame(ProposedUserStoppedSpeakingFrame())

    async def says(self, *pieces: str) -> None:
        await self.begins()
        await asyncio.sleep(0.02)
        await self.ends(*pieces)


class Model(LLMService):  # type: ignore[type-arg]
    """Answers with what is in `script`, a text, tool calls, or a text before tool calls; then with `Fine.` Its calls
    are numbered through, or `anew` in each answer."""

    def __init__(self) -> None:
        super().__init__()
        self.script: list[str | list[Call] | tuple[str, list[Call]]] = []
        self.anew = False
        self.asked: list[LLMContext] = []
        self._numbers = 0

    @property
    def heard(self) -> list[str]:
        """The last message of each turn."""
        return [str(context.messages[-1]["content"]) for context in self.asked]  # type: ignore[index]

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        self.asked.append(LLMContext(copy.deepcopy(frame.context.messages), frame.context.tools))
        answer = self.script.pop(0) if self.script else "Fine."
        await self.push_frame(LLMFullResponseStartFrame())
        self._numbers *= not self.anew
        text, calls = (
            (answer, []) if isinstance(answer, str) else answer if isinstance(answer, tuple) else ("", answer)
        )
        if text:
            await self.push_frame(LLMTextFrame(text))
        if calls:
            await self.run_function_calls([self._call(call, frame.context) for call in calls])
        await self.push_frame(LLMFullResponseEndFrame())

    def _call(self, call: Call, context: LLMContext) -> FunctionCallFromLLM:
        self._numbers += 1
        return FunctionCallFromLLM(call[0], f"call_{self._numbers}", json.loads(json.dumps(call[1])), context)


class Voice(TTSService):
    """Forty milliseconds of a tone for every three letters; nothing where it is `broken`, an error where it `fails`."""

    def __init__(self) -> None:
        settings = TTSSettings(model=None, voice=None, language=None)
        super().__init__(
            push_start_frame=True, push_stop_frames=True, stop_frame_timeout_s=0.2, settings=settings
        )
        self.broken = self.fails = False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        if self.fails:
            await self.push_error(error_msg="the synthesis failed")
        if self.fails or self.broken:
            return
        # At once, so that nothing but an interruption can make the loudspeaker run dry.
        audio = TONE * math.ceil(len(text) / 3)
        yield TTSAudioRawFrame(audio, sample_rate=RATE, num_channels=1, context_id=context_id)


class WordyVoice(Voice):
    """Tells when each of its words can be heard."""

    def __init__(self) -> None:
        super().__init__()
        self._push_text_frames = False

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        await self.start_word_timestamps()
        at, words = 0, []
        for word in text.split():
            at = text.index(word, at)
            words.append((word, at / 3 * 0.04))
        await self.add_word_timestamps(words, context_id)
        async for frame in super().run_tts(text, context_id):
            yield frame


class Loudspeaker(BaseOutputTransport):
    """Plays in real time, to nobody."""

    async def start(self, frame: Any) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        await asyncio.sleep(len(frame.audio) / 2 / RATE)
        return True


class Recorder(FrameProcessor):
    """What could be heard of the bot."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            match frame:
                case BotStartedSpeakingFrame():
                    self.heard.append("speaks")
                case BotStoppedSpeakingFrame():
                    self.heard.append("is silent")
        await self.push_frame(frame, direction)


class Talk:
    """A call that is up, and its pipeline."""

    def __init__(self, sandbox: Sandbox, engine: Engine, call: CallSession, **options: Any) -> None:
        self.sandbox, self.engine, self.call = sandbox, engine, call
        self.mouth, self.model, self.recorder = Mouth(), Model(), Recorder()
        self.voice: Voice = options.pop("voice", None) or Voice()
        strategies: UserTurnStrategies = options.pop("strategies", None) or ExternalUserTurnStrategies()
        functions: Sequence[Any] = options.pop("functions", ())
        before: Sequence[FrameProcessor] = options.pop("before", ())
        between: Sequence[FrameProcessor] = options.pop("between", ())
        mutes: Sequence[BaseUserMuteStrategy] = options.pop("mutes", ())
        llm: FrameProcessor = options.pop("llm", None) or self.model
        worker: dict[str, Any] = options.pop("worker", {})
        self.tool = ReportTool(engine.rules)
        rules = RulesProcessor(call, self.tool, **options)
        self.context = LLMContext(tools=rules.tools(*functions))
        self.pair = LLMContextAggregatorPair(
            self.context,
            user_params=LLMUserAggregatorParams(
                user_turn_strategies=strategies, user_mute_strategies=[*mutes]
            ),
        )
        speaker = Loudspeaker(TransportParams(audio_out_enabled=True, audio_out_sample_rate=RATE))
        self.worker = PipelineWorker(
            Pipeline(
                [
                    self.mouth,
                    *before,
                    *rules.around(*between, self.pair.user(), llm),
                    self.voice,
                    speaker,
                    self.recorder,
                    self.pair.assistant(),
                ]
            ),
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
            cancel_on_idle_timeout=False,
            **worker,
        )
        self.outcomes: list[EventOutcome] = []
        engine.subscribe(lambda _, outcome: self.outcomes.append(outcome))

    @property
    def acted(self) -> list[str]:
        return self.sandbox.acted(self.call.call_id)


@asynccontextmanager
async def talking(sandbox: Sandbox, rules: str, **options: Any) -> AsyncIterator[Talk]:
    settings = Settings(base_url=sandbox.base_url, watch=False, say=options.pop("say", SayBy.PLATFORM))
    async with Engine(RuleBook.from_text(rules), settings=settings) as engine:
        opened = await sandbox.open_call()
        call = engine.call(opened.call_id, token=SecretStr(opened.callback_token))
        async with running(Talk(sandbox, engine, call, **options)) as talk:
            yield talk


@asynccontextmanager
async def running(talk: Talk) -> AsyncIterator[Talk]:
    """The pipeline of a call, as long as it runs."""
    async with running_workers(WorkerRunner(handle_sigint=False), talk.worker):
        yield talk


@asynccontextmanager
async def running_workers(runner: WorkerRunner, *workers: PipelineWorker) -> AsyncIterator[None]:
    """Workers of one runner, from when all of them have started until all are cancelled."""
    started = [asyncio.Event() for _ in workers]
    for worker, event in zip(workers, started, strict=True):

        async def is_up(worker: PipelineWorker, frame: Frame, event: asyncio.Event = event) -> None:
            event.set()

        worker.add_event_handler("on_pipeline_started", is_up)
    await runner.add_workers(*workers)
    running = asyncio.create_task(runner.run())
    try:
        async with asyncio.timeout(45):
            for event in started:
                await event.wait()
        yield
    finally:
        for worker in workers:
            await worker.cancel()
        await asyncio.wait_for(running, 45)
