#!/usr/bin/env bash
# Pipecat 1.14.0: where a model numbers its tool calls anew in each answer, a result overwrites those of earlier turns.
#
# A good guess: a result is written into the message of the call that it belongs to, the newest of its id: many servers of open
#   models number their calls `call_1`, `call_2` in each answer.
# What happens: it is written into every tool message of the context with that id.
# Why it matters for call flows: the model reads that a look-up of three turns ago has found what only the last one has found,
#   and tells it to the caller, or reports it once more.
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
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallResultProperties,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.tests.utils import SleepFrame, run_test

logger.remove()
CALL = {"function_name": "look_up", "tool_call_id": "call_1", "arguments": {}}


async def main():
    context = LLMContext()
    pair = LLMContextAggregatorPair(context)
    frames = []
    for turn in ("first", "second"):
        silent = FunctionCallResultProperties(run_llm=False)
        frames += [
            FunctionCallInProgressFrame(**CALL, cancel_on_interruption=True),
            SleepFrame(0.2),
            FunctionCallResultFrame(**CALL, result={"found": turn}, properties=silent),
            SleepFrame(0.2),
        ]
    await run_test(Pipeline([pair.user(), pair.assistant()]), frames_to_send=frames, start_timeout=30)
    results = [message["content"] for message in context.messages if message["role"] == "tool"]
    print(f"pipecat-ai {version('pipecat-ai')}")
    print(f"the results of the two calls: {results}")
    raise SystemExit(0 if results == ['{"found": "second"}'] * 2 else 1)


asyncio.run(main())
PYTHON
venv/bin/python talk.py
