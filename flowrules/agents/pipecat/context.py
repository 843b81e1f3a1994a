"""What the model's turn is given: the texts that `advise` it, and the tool under the rules of the moment."""

import json
from collections.abc import Iterable, Sequence

from pipecat.adapters.llm.schemas.direct_function import DirectFunction
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import FunctionCallResultProperties
from pipecat.processors.aggregators.llm_context import LLMContext, LLMContextMessage, NotGiven
from pipecat.services.llm_service import FunctionCallParams

from flowrules.agents.pipecat.reports import Reports
from flowrules.agents.tool import ReportTool
from flowrules.agents.turn_taking import ALREADY_SAID
from flowrules.runtime.calls.session import CallSession

AnyTools = ToolsSchema | list[FunctionSchema | DirectFunction] | NotGiven


class ModelContext:
    """Keeps the LLMContext of a call as the rules want it, whoever else writes into it."""

    def __init__(self, call: CallSession, tool: ReportTool | None) -> None:
        self._call = call
        self._tool = tool
        self.reports = None if tool is None else Reports(call, tool)
        self._advice: tuple[str, ...] = ()
        self._context: LLMContext | None = None
        self._said: list[LLMContextMessage] = []
        """Sentences of the rules that are not in the context yet."""
        self._last_said: LLMContextMessage | None = None
        self._shown: FunctionSchema | None = None

    @property
    def advice_waits(self) -> bool:
        self._advice += self._call.take_advice()
        return bool(self._advice)

    @property
    def report_waits(self) -> bool:
        """Whether the model is still to learn what a report of its came to."""
        return self.reports is not None and self.reports.untold

    def begins_with(self, context: LLMContext) -> None:
        """The context that the conversation is kept in."""
        self._context = context

    def said(self, text: str, *, in_turn: bool) -> None:
        """The rules have said something. What they say while the caller's turn goes on comes behind its words."""
        self._said.append({"role": "assistant", "content": text})
        if not in_turn:
            self.write_said()

    def write_said(self) -> None:
        """Have in the context what the rules have said."""
        if self._context is not None and self._said:
            self._context.add_messages(self._said)
            self._last_said = self._said[-1]
            self._said = []

    def prepare(self, context: LLMContext, *, speculation: bool = False) -> None:
        """Before the model is asked. The context of a speculation is a copy: advice in it would be lost."""
        if (tools := self.with_report(context.tools)) is not context.tools:
            context.set_tools(tools)
        if speculation:
            return
        if self.reports is not None:
            self.reports.complete(context)
        self._context = context
        self.write_said()
        if self._last_said is not None and context.messages[-1] is self._last_said:
            context.add_message({"role": "developer", "content": ALREADY_SAID})
        if self.advice_waits:
            context.add_message({"role": "developer", "content": "\n".join(self._advice)})
            self._advice = ()

    def schema(self, others: Iterable[FunctionSchema | DirectFunction]) -> ToolsSchema:
        """`report` and these others."""
        return ToolsSchema(standard_tools=[*([] if self._tool is None else [self._report_tool()]), *others])

    def with_report(self, tools: AnyTools) -> AnyTools:
        """These tools and `report`, as the rules of now want it. The others are whosever they are."""
        if self._tool is None:
            return tools
        report = self._report_tool()
        if not isinstance(tools, ToolsSchema):
            tools = ToolsSchema(tools if isinstance(tools, list) else [])
        if report in tools.standard_tools:
            return tools
        # A new schema: the old one may be the host's, and serve other calls.
        others = [one for one in _as_given(tools) if _name(one) != report.name]
        return ToolsSchema([report, *others], tools.custom_tools)

    def _report_tool(self) -> FunctionSchema:
        assert self._tool is not None
        shown = self._tool.openai()["function"]
        if self._shown is None or self._shown.properties != shown["parameters"]["properties"]:
            self._shown = FunctionSchema(
                name=shown["name"],
                description=shown["description"],
                properties=shown["parameters"]["properties"],
                required=[],
                handler=self._report,
            )
        return self._shown

    async def _report(self, params: FunctionCallParams) -> None:
        assert self.reports is not None
        answer = await self.reports.answer(params.tool_call_id, params.arguments)
        done = answer.over or answer.stay_silent
        # When the model is asked again, Pipecat knows: once, behind the slowest of the calls that came together.
        properties = FunctionCallResultProperties(run_llm=False) if done else None
        await params.result_callback(json.loads(answer.text), properties=properties)


def _as_given(tools: ToolsSchema) -> Sequence[FunctionSchema | DirectFunction]:
    """The tools as they were put into a schema: of direct functions, which bring their own handlers, the functions."""
    direct = {wrapper.name: wrapper.function for wrapper in tools.direct_functions}
    return [direct.get(schema.name, schema) for schema in tools.standard_tools]


def _name(tool: FunctionSchema | DirectFunction) -> str:
    return tool.name if isinstance(tool, FunctionSchema) else tool.__name__
