#!/usr/bin/env bash
# Pipecat 1.14.0: what tells that the model has called a tool overtakes the words that it said before.
#
# A good guess: the frames of a model's answer come in the order of the answer. A processor behind the model that has seen
#   FunctionCallsStartedFrame has seen all words that the model said before it called.
# What happens: it is a SystemFrame, which goes before whatever waits. Where a processor takes a moment for each text (a filter, a
#   translator, a speech synthesis), it comes before the words that wait there.
# Why it matters for call flows: the model says goodbye and calls `hang_up` in one answer. Whoever asks, when that call comes,
#   whether the bot has something left to say finds nothing, and the goodbye is cut off.
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
from pipecat.frames.frames import (
    FunctionCallFromLLM,
    FunctionCallsStartedFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import LLMService
from pipecat.tests.utils import SleepFrame, run_test

logger.remove()


class Model(LLMService):
    """Says goodbye, and calls a tool."""

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        for word in ("Thank you ", "and ", "goodbye."):
            await self.push_frame(LLMTextFrame(word))
            await asyncio.sleep(0.01)
        await self.run_function_calls([FunctionCallFromLLM("hang_up", "call_1", {}, frame.context)])
        await self.push_frame(LLMFullResponseEndFrame())


class Watch(FrameProcessor):
    """Stands right behind the model, and takes 50 ms for each text."""

    def __init__(self):
        super().__init__()
        self.seen = []

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if direction is FrameDirection.DOWNSTREAM:
            if isinstance(frame, LLMTextFrame):
                self.seen.append(frame.text)
                await asyncio.sleep(0.05)
            elif isinstance(frame, FunctionCallsStartedFrame):
                self.seen.append("<the tool is called>")
        await self.push_frame(frame, direction)


async def hang_up(params):
    await params.result_callback({})


async def main():
    model, watch = Model(), Watch()
    model.register_function("hang_up", hang_up)
    frames = [LLMContextFrame(LLMContext()), SleepFrame(0.5)]
    await run_test(Pipeline([model, watch]), frames_to_send=frames, start_timeout=30)
    print(f"pipecat-ai {version('pipecat-ai')}")
    print(f"in the order seen: {watch.seen}")
    overtaken = watch.seen.index("<the tool is called>") < watch.seen.index("goodbye.")
    raise SystemExit(0 if overtaken else 1)


asyncio.run(main())
PYTHON
venv/bin/python talk.py
