"""An MCP server over rules. Needs the extra `flowrules[mcp]`; `python -m flowrules.agents.mcp rules/` serves a folder
over standard input and output. Clients are told when a reload changes what may be reported.

Read-only by itself: `check`, `preview` and `why` over the rules that are live, and their vocabulary as a resource. Only
a host that passes its engine and says `report=True` lets a client report events into live calls.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from flowrules.agents.extras import missing

try:
    import mcp_types as types
    from mcp.server.stdio import stdio_server
    from mcp.shared.exceptions import MCPError
except ImportError as error:
    if __name__ == "__main__":
        sys.exit(str(missing("mcp", error)))
    raise missing("mcp", error) from None

from flowrules.agents.mcp_answers import answer, leave_on_signals, problems_of, tool
from flowrules.agents.mcp_changes import Changes, ChangingServer
from flowrules.agents.tool import ReportTool
from flowrules.api import preview
from flowrules.diagnostics.render import full
from flowrules.engine.event import BadEvent, make_event
from flowrules.engine.preview import Preview, preview_json
from flowrules.engine.trace import trace_json
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import RulesRefused
from flowrules.runtime.rules.reload import watch
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.rules.story_gate import stories_and_tests
from flowrules.runtime.settings import Settings

VOCABULARY = "flowrules://vocabulary"
_INSTRUCTIONS = (
    "Call-flow rules of a voice agent. `check` says what is wrong in the rule files, `preview` what an event would "
    "send to the telephone platform, `why` what became of every rule. None of these sends or changes anything."
)


class _Asked(BaseModel):
    """What `preview` and `why` take."""

    model_config = ConfigDict(extra="forbid")

    events: list[str] = Field(default=[], description="Bare events, such as payment_done.")
    facts: dict[str, JsonValue] = Field(
        default={}, description='What the event carries, such as {"intent": "sales"} or {"said": "call me"}.'
    )
    known: dict[str, JsonValue] = Field(
        default={}, description='What was known before, such as {"lead.owner": "priya", "balance": 900}.'
    )
    at: datetime | None = Field(
        default=None, description="When; without an offset in the rules' time zone. Left out: now."
    )


class _Nothing(BaseModel):
    """What `check` takes."""

    model_config = ConfigDict(extra="forbid")


class _Report(BaseModel):
    """What `report` takes beside the vocabulary."""

    call_id: str


class _Refused(ValueError):
    """What a client asked for can't be done; the message is for it."""


class RulesServer:
    """`server` is MCP's own, for any of its transports.

    `rules` is what is asked about; `report` opens the tool of that name onto the live calls of `engine`.
    """

    def __init__(self, rules: RuleBook, *, engine: Engine | None = None, report: bool = False) -> None:
        if report and engine is None:
            raise ValueError("events are reported into the live calls of an engine")
        self._rules = rules
        self._engine = engine if report else None
        self._tool = ReportTool(rules)
        changes = Changes(
            rules, lambda: self._tool.vocabulary.digest, resource=VOCABULARY, tools=self._engine is not None
        )
        self.server = ChangingServer(
            "flowrules",
            version=version("flowrules"),
            instructions=_INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_read_resource=self._read_resource,
            on_subscriptions_listen=changes.listen,
            lifespan=changes.lifespan,
        )
        self.server.middleware.append(changes.note_client)

    # --- tools ---

    async def _list_tools(self, context: Any, params: Any) -> types.ListToolsResult:
        asked = _Asked.model_json_schema()
        tools = [
            tool("check", "Say what is wrong in the rule files.", _Nothing.model_json_schema()),
            tool(
                "preview", "Show which rule takes an event and what would be sent, with exact bodies.", asked
            ),
            tool("why", "Say for every rule why it did, or did not, take an event.", asked),
        ]
        if self._engine is not None:
            shown = self._tool.mcp()
            schema = shown["inputSchema"]
            schema["properties"] = {"call_id": {"type": "string"}, **schema["properties"]}
            schema["required"] = ["call_id"]
            tools.append(tool(shown["name"], shown["description"], schema, read_only=False))
        return types.ListToolsResult(tools=tools)

    async def _call_tool(self, context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            told = await self._told(params.name, params.arguments or {})
        except ValidationError as error:
            return answer({"problems": problems_of(error)}, error=True)
        except (_Refused, BadEvent) as error:
            return answer({"problems": [str(error)]}, error=True)
        return answer(told)

    async def _told(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        match name:
            case "check":
                _Nothing.model_validate(arguments)
                return await asyncio.to_thread(self._check)
            case "preview":
                return preview_json(self._preview(arguments))
            case "why":
                return trace_json(self._preview(arguments).decision)
            case self._tool.name if self._engine is not None:
                return await self._report(self._engine, arguments)
        raise _Refused(f"there is no tool {name[:40]!r}")

    def _check(self) -> dict[str, Any]:
        """Of the files as they are now, which may not be live."""
        last = self._rules.last
        live = {"live": self._rules.revision, "last_load": str(last or "")}
        if self._rules.path is None:
            return {**live, "findings": ""}
        try:
            return {**live, "findings": full(preview.check(self._rules.path))}
        except OSError as error:
            raise _Refused(f"the rules can't be read: {error.strerror}") from None

    def _preview(self, arguments: Mapping[str, Any]) -> Preview:
        asked = _Asked.model_validate(arguments)
        event = make_event(*asked.events, facts=asked.facts)
        return preview.preview(self._rules.current, event, known=asked.known, at=asked.at)

    async def _report(self, engine: Engine, arguments: Mapping[str, Any]) -> dict[str, Any]:
        call_id = _Report.model_validate(arguments).call_id
        call = engine.calls.get(call_id)
        if call is None:
            raise _Refused("there is no live call with this call_id")
        rest = {name: value for name, value in arguments.items() if name != "call_id"}
        answer = await self._tool.report(call, rest)
        told: dict[str, Any] = json.loads(answer.text)
        return told

    # --- resources ---

    async def _list_resources(self, context: Any, params: Any) -> types.ListResourcesResult:
        about = "What a model may report under the rules that are live: a JSON schema."
        resource = types.Resource(
            uri=VOCABULARY, name="vocabulary", description=about, mime_type="application/schema+json"
        )
        return types.ListResourcesResult(resources=[resource])

    async def _read_resource(
        self, context: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        if str(params.uri) != VOCABULARY:
            raise MCPError(types.INVALID_PARAMS, f"there is no resource {str(params.uri)[:80]!r}")
        text = json.dumps(self._tool.json_schema(), ensure_ascii=False)
        contents = types.TextResourceContents(uri=VOCABULARY, text=text, mime_type="application/schema+json")
        return types.ReadResourceResult(contents=[contents])


async def serve(path: str) -> None:
    """Serve the rules of a path over standard input and output, until the client leaves; edits go live."""
    book = RuleBook.load(path, gate=stories_and_tests, fence=Settings().fence)
    server = RulesServer(book).server
    watching = asyncio.create_task(watch(book))
    try:
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m flowrules.agents.mcp",
        description="Serve a folder of rules over standard input and output to an MCP client, read-only: it can check "
        "them, preview what an event would send, and ask why. Edits go live.",
    )
    parser.add_argument("path", metavar="PATH", help="a rule file, or a folder of rule files")
    path = parser.parse_args().path
    try:
        leave_on_signals()
        asyncio.run(serve(path))
    except OSError as error:
        sys.exit(f"The rules can't be read: {error.strerror or error}")
    except RulesRefused as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
