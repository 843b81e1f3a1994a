"""Several Pipecat workers: a call each in one process, and several in one call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.bus.bridge_processor import BusBridgeProcessor
from pipecat.frames.frames import Frame, LLMSetToolsFrame, ManuallySwitchServiceFrame, TranscriptionFrame
from pipecat.pipeline.llm_switcher import LLMSwitcher
from pipecat.pipeline.worker import ProcessorUnusablePolicy
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.workers.llm.llm_worker import LLMWorker, LLMWorkerActivationArgs
from pipecat.workers.llm.tool_decorator import tool
from pipecat.workers.runner import WorkerRunner
from pydantic import SecretStr

from flowrules import CallSession, Engine, RuleBook, Settings
from flowrules.sandbox import Sandbox

from .pipecat_talk import Model, Talk, running_workers, talking

RULES = """
urgent on said contains "police complaint" transfer now queue supervisors
on intent=human 2 times transfer queue people
on intent=billing advise "Ask for the number."
on intent=goodbye hangup
"""


@asynccontextmanager
async def engine_on(sandbox: Sandbox) -> AsyncIterator[Engine]:
    settings = Settings(base_url=sandbox.base_url, watch=False)
    async with Engine(RuleBook.from_text(RULES), settings=settings) as engine:
        yield engine


async def opened(sandbox: Sandbox, engine: Engine) -> CallSession:
    call = await sandbox.open_call()
    return engine.call(call.call_id, token=SecretStr(call.callback_token))


def tools_of(model: Model) -> list[list[str]]:
    return [[one.name for one in asked.tools.standard_tools] for asked in model.asked]  # type: ignore[union-attr]


CANCELS = {"processor_unusable_policy": ProcessorUnusablePolicy.CANCEL}
"""A pipeline ends with any processor that can't go on."""


# --- one call each ------------------------------------------------------------------------------------------


class Poison(FrameProcessor):
    """Has its pipeline fail beyond help, at a word."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, TranscriptionFrame) and frame.text == "poison":
            await self.push_error(error_msg="the recogniser is gone", force_treat_as_permanent=True)
        await self.push_frame(frame, direction)


async def test_a_worker_that_fails_closes_its_own_call_and_no_other(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with engine_on(sandbox) as engine:
        calls = [await opened(sandbox, engine) for _ in range(3)]
        talks = [Talk(sandbox, engine, call, before=[Poison()], worker=CANCELS) for call in calls]
        runner = WorkerRunner(handle_sigint=False)
        async with running_workers(runner, *(talk.worker for talk in talks)):
            first, second, third = talks
            await first.mouth.says("poison")
            await eventually(lambda: first.call.over == "the pipeline has ended")
            assert (second.call.over, third.call.over) == ("", "")
            second.model.script = [[("report", {"intent": ["human"]})]] * 2
            await second.mouth.says("I want a human.")
            await eventually(lambda: len(second.model.asked) == 3)
            third.model.script = [[("report", {"intent": ["human"]})]]
            await third.mouth.says("I want a human.")
            await eventually(lambda: len(third.model.asked) == 2)
            await asyncio.sleep(0.2)
            assert third.acted == []
            assert [one.call_id for one in engine.calls.values()].count(first.call.call_id) == 0


async def test_a_worker_whose_task_is_cancelled_closes_its_call(sandbox: Sandbox, eventually: Any) -> None:
    async with engine_on(sandbox) as engine:
        calls = [await opened(sandbox, engine) for _ in range(2)]
        talks = [Talk(sandbox, engine, call) for call in calls]
        runner = WorkerRunner(handle_sigint=False)
        async with running_workers(runner, *(talk.worker for talk in talks)):
            entry = runner._entries[talks[0].worker.name]
            assert entry.runner_task is not None
            entry.runner_task.cancel()
            await eventually(lambda: talks[0].call.over)
            assert talks[1].call.over == ""


# --- several in one call ------------------------------------------------------------------------------------


class Desk(LLMWorker):
    """One of the workers that the call is handed on to; it has a tool of its own."""

    def __init__(self, name: str, **options: Any) -> None:
        self.model = Model()
        super().__init__(name, llm=self.model, bridged=(), **options)

    @tool
    async def hand_over(self, params: Any, to: str) -> None:
        """Hand the caller over.

        Args:
            to: Another desk.
        """
        await params.result_callback({"handed over": to}, properties=None)
        await self.activate_worker(
            to,
            args=LLMWorkerActivationArgs(messages=[{"role": "developer", "content": f"You are {to}."}]),
            deactivate_self=True,
        )


async def test_the_rules_of_a_call_go_on_where_one_worker_hands_it_to_another(
    sandbox: Sandbox, eventually: Any
) -> None:
    async with engine_on(sandbox) as engine:
        runner = WorkerRunner(handle_sigint=False)
        bridge = BusBridgeProcessor(bus=runner.bus, worker_name="line")
        talk = Talk(sandbox, engine, await opened(sandbox, engine), llm=bridge, worker={"name": "line"})
        greeter, sales = Desk("greeter", active=True), Desk("sales")
        async with running_workers(runner, talk.worker, greeter, sales):
            greeter.model.script = [[("report", {"intent": ["human"]})]]
            await talk.mouth.says("Can I talk to somebody?")
            await eventually(lambda: len(greeter.model.asked) == 2)
            assert (talk.acted, sales.model.asked) == ([], [])

            greeter.model.script = [[("hand_over", {"to": "sales"})]]
            await talk.mouth.says("I would like to buy something.")
            await eventually(lambda: sales.model.asked)
            assert "You are sales." in str(sales.model.asked[0].messages)

            await eventually(lambda: talk.recorder.heard and talk.recorder.heard[-1] == "is silent")
            sales.model.script = [[("report", {"intent": ["billing"]})]]
            had = len(sales.model.asked)
            await talk.mouth.says("What about my bill?")
            await eventually(lambda: len(sales.model.asked) == had + 2)
            assert str(sales.model.asked[-1].messages).count("Ask for the number.") == 1

            sales.model.script = [[("report", {"intent": ["human"]})]]
            await talk.mouth.says("To somebody who lives, I said.")
            await eventually(lambda: talk.acted == ["transfer"])
            assert all("report" in names for names in [*tools_of(greeter.model), *tools_of(sales.model)])
            assert all("hand_over" in names for names in tools_of(sales.model))


async def test_the_rules_go_on_where_the_host_changes_the_model(sandbox: Sandbox, eventually: Any) -> None:
    models = [Model(), Model()]
    for model in models:
        model.script = [[("report", {"intent": ["human"]})]]
    async with talking(sandbox, RULES, llm=LLMSwitcher(models)) as talk:
        await talk.mouth.says("Can I talk to somebody?")
        await eventually(lambda: len(models[0].asked) == 2)
        await talk.worker.queue_frame(ManuallySwitchServiceFrame(service=models[1]))
        await talk.worker.queue_frame(
            LLMSetToolsFrame(tools=ToolsSchema([FunctionSchema("confirm", "", {}, [])]))
        )
        await talk.mouth.says("To somebody who lives, I said.")
        await eventually(lambda: talk.acted == ["transfer"])
        assert tools_of(models[1]) == [["report", "confirm"]]
        await talk.mouth.says("I will file a police complaint.")
        await asyncio.sleep(0.2)
        assert [len(model.asked) for model in models] == [2, 1]
