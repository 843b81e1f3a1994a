#!/usr/bin/env bash
# Pipecat 1.14.0: a tool that a processor adds when the model is asked is lost, for the tools of a frame are set twice.
#
# A good guess: an LLMSetToolsFrame, as Pipecat Flows sends with each node, sets the tools of the context when it comes to the
#   user's aggregator. A processor right before the model that adds a tool of its own to the context of each turn is behind that.
# What happens: the assistant's aggregator, at the far end of the pipeline, sets the tools of the same frame once more. It does so
#   after the processor has seen the turn, and before the model reads its tools.
# Why it matters for call flows: in the first turn of each node the model lacks the added tool: a report, a transfer, a way out.
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
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import LLMContextFrame, LLMRunFrame, LLMSetToolsFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.tests.utils import SleepFrame, run_test

logger.remove()


def tool(name):
    return FunctionSchema(name, f"To {name}.", {}, [])


def names(context):
    return [one.name for one in context.tools.standard_tools]


class Adder(FrameProcessor):
    """Stands right before the model."""

    left = None

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            tools = frame.context.tools.standard_tools
            frame.context.set_tools(ToolsSchema([*tools, tool("report")]))
            self.left = names(frame.context)
        await self.push_frame(frame, direction)


class Model(FrameProcessor):
    """Reads its tools a moment after it is asked, as one that connects first."""

    had = None

    async def process_frame(self, frame, direction):
        await super().process_frame(frame, direction)
        if isinstance(frame, LLMContextFrame):
            await asyncio.sleep(0.1)
            self.had = names(frame.context)
            return
        await self.push_frame(frame, direction)


async def main():
    pair = LLMContextAggregatorPair(LLMContext([{"role": "user", "content": "Hello"}], tools=[tool("greet")]))
    adder, model = Adder(), Model()
    frames = [LLMSetToolsFrame(tools=ToolsSchema([tool("confirm")])), LLMRunFrame(), SleepFrame(0.5)]
    await run_test(
        Pipeline([pair.user(), adder, model, pair.assistant()]), frames_to_send=frames, start_timeout=30
    )
    print(f"pipecat-ai {version('pipecat-ai')}")
    print(f"the tools when the turn leaves the processor before the model: {adder.left}")
    print(f"the tools that the model has in that turn: {model.had}")
    raise SystemExit(0 if (adder.left, model.had) == (["confirm", "report"], ["confirm"]) else 1)


asyncio.run(main())
PYTHON
venv/bin/python talk.py
