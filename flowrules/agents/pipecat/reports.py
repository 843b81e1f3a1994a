"""The model's reports, so that an interruption loses none of them.

An interruption cancels whatever tool call is under way, and writes CANCELLED in place of its result; the rules may have
taken the report, or may be about to. So each is taken in a task of its own as soon as what the model said before it is
known, and what it came to is written into the context before the model is asked again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipecat.frames.frames import ControlFrame, FunctionCallFromLLM
from pipecat.processors.aggregators.llm_context import LLMContext

from flowrules.agents.tool import Answer, ReportTool
from flowrules.runtime.calls.session import CallSession

_UNDER_WAY = '{"call": "goes on", "under way": true}'
_NO_RESULT = ("IN_PROGRESS", "CANCELLED", _UNDER_WAY)
"""What stands in the context in place of a result; the first two are Pipecat's."""
_MARK_WAIT = 1.0
"""Seconds that a tool call waits for its mark: it comes at once, unless somebody has taken the model's frames away."""


@dataclass
class CalledFrame(ControlFrame):
    """The model has called tools, behind all that it has said before: what tells of that by itself overtakes it."""

    interruptible: bool = field(default=False, init=False)

    calls: Sequence[FunctionCallFromLLM]
    shown: Sequence[str]
    """The ids that they are shown under in the context."""


@dataclass(slots=True)
class _Report:
    given: str
    """Its tool call's id, as the model has given it."""
    arguments: Mapping[str, Any]
    task: asyncio.Task[Answer]
    awaited: bool = False
    """Its tool call has begun to wait for it, or never will."""
    told: bool = False
    """The model has its result."""
    missed: bool = False
    """Its tool call was not in the context when it was done."""


class Reports:
    """The reports of one call, by the id that their tool call is shown under in the context. `marked`: `called` is told
    of each."""

    def __init__(self, call: CallSession, tool: ReportTool) -> None:
        self.marked = False
        self._call = call
        self._tool = tool
        self._reports: dict[str, _Report] = {}
        self._new = asyncio.Condition()

    async def called(self, calls: Sequence[FunctionCallFromLLM], shown: Sequence[str]) -> None:
        """The model has called tools. What an earlier answer has called by the same id, nobody asks for any more."""
        ids = {call.tool_call_id for call in calls}
        for report in self._reports.values():
            report.awaited = report.awaited or report.given in ids
        for call, shown_id in zip(calls, shown, strict=True):
            if call.function_name == self._tool.name:
                self._begin(call.tool_call_id, shown_id, call.arguments)
        async with self._new:
            self._new.notify_all()

    async def answer(self, call_id: str, arguments: Mapping[str, Any]) -> Answer:
        """What a report came to. If whoever waits here is cancelled, the report goes on."""
        report = await self._of(call_id, arguments) or self._begin(call_id, call_id, arguments)
        report.awaited = True
        answer = await asyncio.shield(report.task)
        report.told = True
        return answer

    @property
    def untold(self) -> bool:
        """Whether the model is still to have the result of a report."""
        return not all(report.told or report.missed for report in self._reports.values())

    def complete(self, context: LLMContext) -> None:
        """Write into the context what became of reports whose tool call was interrupted."""
        lost = {shown: report for shown, report in self._reports.items() if not report.told}
        for message in reversed(context.messages if lost else ()):
            if not isinstance(message, dict) or message.get("role") != "tool":
                continue
            report = lost.pop(str(message.get("tool_call_id")), None)
            if report is not None and message.get("content") in _NO_RESULT:
                report.told = report.task.done()
                message["content"] = report.task.result().text if report.told else _UNDER_WAY
        for report in lost.values():
            report.missed = report.task.done()

    async def _of(self, call_id: str, arguments: Mapping[str, Any]) -> _Report | None:
        """The report of this tool call: where another has the same id and content, one that nobody waits for yet."""
        if not self.marked:
            return None

        def found() -> _Report | None:
            for report in self._reports.values():
                if not report.awaited and (report.given, report.arguments) == (call_id, arguments):
                    return report
            return None

        try:
            async with asyncio.timeout(_MARK_WAIT), self._new:
                return await self._new.wait_for(found)
        except TimeoutError:
            return None

    def _begin(self, call_id: str, shown: str, arguments: Mapping[str, Any]) -> _Report:
        task = asyncio.create_task(self._tool.report(self._call, arguments, event_id=call_id))
        self._reports = {key: one for key, one in self._reports.items() if not one.told}
        self._reports[shown] = report = _Report(call_id, arguments, task)
        return report
