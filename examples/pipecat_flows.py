"""Pipecat Flows beside the rules: `python examples/pipecat_flows.py`.

The flow leads the conversation: each node gives the model its task and its functions. The rules watch over all nodes:
`report` stays among the functions of each, and an edit of the rules shows in it, whatever node the call is in.
"""

import asyncio
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from loguru import logger
from pipecat.adapters.schemas.tools_schema import ToolsSchema
from pipecat.flows import FlowManager, FlowsFunctionSchema
from pipecat.pipeline.worker import PipelineWorker
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.llm_service import LLMService
from pipecat_agent import RULES, Agent, serving
from scripted_model import Message, ScriptedModel

from flowrules import Engine, Settings
from flowrules.sandbox import Sandbox

RETURNS = "\n# The caller sends something back.\non intent=returns transfer queue returns\n"


def node(name: str, task: str, function: FlowsFunctionSchema) -> Any:
    return {
        "name": name,
        "task_messages": [{"role": "developer", "content": task}],
        "functions": [function],
        "respond_immediately": name != "choosing",  # the caller speaks first
    }


async def chosen(args: Any, flow: FlowManager) -> Any:
    """The first node is done: the second takes its place."""
    confirm = FlowsFunctionSchema("confirm", "The caller has confirmed it.", {}, [], confirmed)
    return {"chosen": True}, node("confirming", "Read it back, and have it confirmed.", confirm)


async def confirmed(args: Any, flow: FlowManager) -> Any:
    return {"confirmed": True}, None


class FlowsAgent(Agent):
    async def begin(
        self, worker: PipelineWorker, pair: LLMContextAggregatorPair, model: LLMService[Any]
    ) -> None:
        flow = FlowManager(llm=model, context_aggregator=pair, worker=worker)
        choose = FlowsFunctionSchema("choose", "The caller has chosen what to buy.", {}, [], chosen)
        await flow.initialize(node("choosing", "Help the caller to choose.", choose))
        # The node's frames are on their way: whoever speaks before they have arrived meets no node.
        while "choose" not in offered(pair):  # noqa: ASYNC110  (it is set by another program)
            await asyncio.sleep(0.02)


def offered(pair: LLMContextAggregatorPair) -> set[str]:
    """The functions that the model has now."""
    tools = pair.user().context.tools
    return {tool.name for tool in tools.standard_tools} if isinstance(tools, ToolsSchema) else set()


def calls(name: str) -> Message:
    function = {"name": name, "arguments": json.dumps({})}
    call = {"id": "call_0", "type": "function", "function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


async def asked(model: ScriptedModel, times: int) -> None:
    async with asyncio.timeout(30):
        while len(model.asked) < times:  # noqa: ASYNC110  (it is a list of another program's)
            await asyncio.sleep(0.02)


async def main() -> list[str]:
    """A caller goes from node to node, the rules are edited, and then decide. Returns what the platform did."""
    folder = Path(tempfile.mkdtemp())
    rules = Path(shutil.copytree(RULES, folder / "rules"))
    async with (
        Sandbox() as sandbox,
        ScriptedModel() as model,
        Engine(rules, settings=Settings(base_url=sandbox.base_url)) as engine,
    ):
        agent = FlowsAgent(engine, model.base_url)
        async with serving(agent) as address:
            opened = await sandbox.open_call(ws_url=address)
            async with asyncio.timeout(30):
                ears = await agent.ready.get()
            model.script = [calls("choose")]
            await ears.caller_says("I take the blue one.")
            await asked(model, 2)
            with (rules / "front_desk.rules").open("a") as file:
                file.write(RETURNS)
            await engine.rules.reload()
            await ears.caller_says("And I have returns for you.")
            async with asyncio.timeout(30):
                outcome = await sandbox.outcome(opened.call_id)
            for request in model.asked:
                print(", ".join(sorted(tool["function"]["name"] for tool in request["tools"])))
            print(outcome)
    shutil.rmtree(folder)
    return sandbox.acted(opened.call_id)


if __name__ == "__main__":
    logger.remove()
    print(*asyncio.run(main()), sep="\n")
