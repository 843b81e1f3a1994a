#!/usr/bin/env bash
# Pipecat 1.14.0: a processor right before the model does not see every turn of the model.
#
# A good guess: whatever asks the model comes down the pipeline, from the user's aggregator. So a processor that stands
#   between that aggregator and the model (a gate that stops the bot while a call is transferred, a filter, a redactor)
#   sees the context of every inference.
# What happens: after a tool's result the assistant's aggregator, at the far end of the pipeline, pushes the context
#   upstream. It reaches the model from behind, and the processor before the model never sees it.
# Why it matters for call flows: the turn after a tool call is the one in which the bot speaks of what was just done. A
#   gate that is meant to keep the bot silent during a transfer lets exactly that turn through.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pipecat-ai==1.14.0
cat > talk.py <<'PYTHON'
import asyncio
from importlib.metadata import version

from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.frames.frames import (
    FunctionCallFromLLM,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMRunFrame,
    LLMTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.services.llm_service import LLMService
from pipecat.tests.utils import SleepFrame, run_test

logger.remove()


class Model(LLMService):
    """Calls the tool first, then answers."""

    asked = 0

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        self.asked += 1
        print(f"the model is asked, by a context that comes {direction.name}")
        await self.push_frame(LLMFullResponseStartFrame())
        if self.asked == 1:
            call = FunctionCallFromLLM("look_up", "call_1", {}, frame.context)
            await self.run_function_calls([call])
        else:
            await self.push_frame(LLMTextFrame("It leaves at noon."))
        await self.push_frame(LLMFullResponseEndFrame())


class Gate(FrameProcessor):
    """Stands right before the model."""

    seen = 0

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        self.seen += isinstance(frame, LLMContextFrame)
        await self.push_frame(frame, direction)


async def look_up(params):
    await params.result_callback({"train": "noon"})


async def main():
    tool = FunctionSchema("look_up", "Look a train up.", {}, [], handler=look_up)
    context = LLMContext([{"role": "user", "content": "When is my train?"}], tools=[tool])
    pair = LLMContextAggregatorPair(context)
    gate, model = Gate(), Model()
    await run_test(
        Pipeline([pair.user(), gate, model, pair.assistant()]),
        frames_to_send=[LLMRunFrame(), SleepFrame(1.0)],
        start_timeout=30,
    )
    print(f"pipecat-ai {version('pipecat-ai')}")
    print(f"the model was asked {model.asked} times; the processor right before it saw {gate.seen}")
    raise SystemExit(0 if (model.asked, gate.seen) == (2, 1) else 1)


asyncio.run(main())
PYTHON
venv/bin/python talk.py
