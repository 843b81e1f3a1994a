"""A Pipecat agent under rules, dialled by the sandbox: `python examples/pipecat_agent.py`.

Everything is real but what would need the network: the model, the recogniser and the voice are scripted. To make it
yours, put your own services in their places.
"""

import asyncio
import contextlib
import math
import socket
from collections.abc import AsyncGenerator
from pathlib import Path
from struct import pack
from typing import Any

import uvicorn
from loguru import logger
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
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
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.turns.user_turn_strategies import ExternalUserTurnStrategies
from pipecat.workers.runner import WorkerRunner
from scripted_model import ScriptedModel
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from flowrules import BadFrame, CallSession, Engine, Settings
from flowrules.agents.pipecat import ForkSerializer, RulesProcessor
from flowrules.agents.tool import ReportTool
from flowrules.sandbox import Sandbox

RULES = Path(__file__).parent / "rules"
PROMPT = "You answer the phone of a small shop. Be brief."
RATE = 8_000


class Ears(FrameProcessor):
    """In place of speech recognition: the caller says what it is told. `seconds` of audio have come so far."""

    seconds = 0.0

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self.seconds += frame.num_frames / frame.sample_rate
        await self.push_frame(frame, direction)

    async def caller_says(self, text: str) -> None:
        await self.push_frame(ProposedUserStartedSpeakingFrame())
        await self.push_frame(TranscriptionFrame(text, user_id="caller", timestamp="", finalized=True))
        await self.push_frame(ProposedUserStoppedSpeakingFrame())


class Voice(TTSService):
    """In place of a voice: a tone, as long as the text."""

    def __init__(self) -> None:
        settings = TTSSettings(model=None, voice=None, language=None)
        super().__init__(
            push_start_frame=True, push_stop_frames=True, stop_frame_timeout_s=0.2, settings=settings
        )

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        for _ in range(0, len(text), 3):
            tone = (int(8_000 * math.sin(at * 440 * math.tau / RATE)) for at in range(RATE // 25))
            audio = b"".join(pack("<h", sample) for sample in tone)
            yield TTSAudioRawFrame(audio, sample_rate=RATE, num_channels=1, context_id=context_id)


class Agent:
    """Serves the calls that the platform dials."""

    def __init__(self, engine: Engine, model_url: str) -> None:
        self.engine = engine
        self.tool = ReportTool(engine.rules)
        self.ready: asyncio.Queue[Ears] = asyncio.Queue()
        """The ears of each call, as soon as its pipeline runs."""
        self._model_url = model_url

    async def serve(self, websocket: WebSocket) -> None:
        """One call, from the first frame to the end of its pipeline."""
        await websocket.accept(websocket.scope["subprotocols"][0])
        try:
            call = self.engine.call_from(await websocket.receive_text())
        except BadFrame:
            await websocket.close(1008)
            return
        await self._run(self._pipeline(websocket, call), call)

    def _pipeline(self, websocket: WebSocket, call: CallSession) -> PipelineWorker:
        ears = Ears()
        rules = RulesProcessor(call, self.tool)
        context = LLMContext(tools=rules.tools())
        pair = LLMContextAggregatorPair(
            context,
            user_params=LLMUserAggregatorParams(user_turn_strategies=ExternalUserTurnStrategies()),
        )
        model = OpenAILLMService(
            api_key="none",
            base_url=self._model_url,
            settings=OpenAILLMService.Settings(system_instruction=PROMPT),
        )
        transport = FastAPIWebsocketTransport(
            websocket,  # FastAPI's WebSocket is Starlette's own
            FastAPIWebsocketParams(
                serializer=ForkSerializer(call), audio_in_enabled=True, audio_out_enabled=True
            ),
        )
        pipeline = Pipeline(
            [
                transport.input(),
                ears,
                *rules.around(pair.user(), model),
                Voice(),
                transport.output(),
                pair.assistant(),
            ]
        )
        worker = PipelineWorker(
            pipeline,
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        )

        async def started(worker: PipelineWorker, frame: Frame) -> None:
            await self.begin(worker, pair, model)
            self.ready.put_nowait(ears)

        async def hung_up(transport: FastAPIWebsocketTransport, client: WebSocket) -> None:
            await call.close()
            await worker.cancel()

        worker.add_event_handler("on_pipeline_started", started)
        transport.add_event_handler("on_client_disconnected", hung_up)
        return worker

    async def begin(
        self, worker: PipelineWorker, pair: LLMContextAggregatorPair, model: LLMService[Any]
    ) -> None:
        """The pipeline runs: a flow, or a greeting, begins here."""

    async def _run(self, worker: PipelineWorker, call: CallSession) -> None:
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        try:
            await runner.run()
        finally:
            await call.close()


@contextlib.asynccontextmanager
async def serving(agent: Agent) -> AsyncGenerator[str, None]:
    """The agent on a port of its own; the address that the platform dials."""
    app = Starlette(routes=[WebSocketRoute("/", agent.serve)])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        server.should_exit = True
        await task


async def main() -> list[str]:
    """A caller wants to buy: the model reports it, the rules put the call through. Returns what the platform did."""
    async with (
        Sandbox() as sandbox,
        ScriptedModel() as model,
        Engine(RULES, settings=Settings(base_url=sandbox.base_url)) as engine,
    ):
        agent = Agent(engine, model.base_url)
        async with serving(agent) as address:
            opened = await sandbox.open_call(ws_url=address)
            async with asyncio.timeout(30):
                ears = await agent.ready.get()
            await ears.caller_says("I would like to talk to sales.")
            async with asyncio.timeout(30):
                outcome = await sandbox.outcome(opened.call_id)
            print(f"call {opened.call_id}: {outcome}")
            return sandbox.acted(opened.call_id)


if __name__ == "__main__":
    logger.remove()
    print(*asyncio.run(main()), sep="\n")
