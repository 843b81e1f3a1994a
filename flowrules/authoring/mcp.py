"""An MCP server for authors: a model drafts rules, asks what is to be said of them, and mends them. Needs the extra
`flowrules[mcp]`; `flowrules mcp PATH` serves it over standard input and output.

Read-only by itself. Only a host that passes the rule set's book and says `allow_save=True` lets a client save, and only
through the gate of that book.
"""

import asyncio
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from pydantic import Field, ValidationError

from flowrules.agents.extras import missing

try:
    import mcp_types as types
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server
    from mcp.shared.exceptions import MCPError
except ImportError as error:
    raise missing("mcp", error) from None

from flowrules.agents.mcp_answers import answer, problems_of, tool
from flowrules.analysis.model.destination_policy import DEFAULT_POLICY, DestinationPolicy
from flowrules.authoring.draft import DraftRefused, on_disk
from flowrules.authoring.primer import primer
from flowrules.authoring.prompt import ARGUMENTS, PROMPT, prompt
from flowrules.authoring.saving import Saver
from flowrules.authoring.tools import TOOLS, Author, Drafted, Texts
from flowrules.engine.event import BadEvent
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.rules.story_gate import stories_and_tests

LANGUAGE = "flowrules://language"
RULES = "flowrules://rules"
FINDINGS = "flowrules://findings"
FILE = f"{RULES}/{{name}}"
MAX_LISTED = 200
"""Files that are listed as resources; the index has all."""
_SAVE = "save"
_INSTRUCTIONS = (
    "Rules for the calls of a voice agent. Read flowrules://language first: it is the whole language. "
    "Draft rule files "
    "with tests and promises, and ask about the draft: the tools take texts that are not saved. Mend what "
    "`review` gives "
    "as reasons, until its verdict is ready."
)
_READ_ONLY = " Nothing here saves or sends."
_MAY_SAVE = " `save` writes a draft that may go live; what is wrong with one keeps it out."


class Saved(Drafted):
    """What `save` takes."""

    texts: Texts = Field(description="The rule files to write, by their names within the rule set.")
    based_on: dict[str, str] = Field(
        default={},
        description="For each file that is there already, the digest of the text that the draft was made "
        "from, as "
        "review and flowrules://rules give it. A file that has changed since is not written.",
    )


class AuthorServer:
    """`server` is MCP's own, for any of its transports. `rules` is the path of a rule set, beside the `fence` of the
    host, or its book, which has its own fence: with `allow_save` clients may save through the gate of the book.

    The questions take processor time: serve it from a process that has no live calls.
    """

    def __init__(
        self,
        rules: RuleBook | Path | str,
        *,
        allow_save: bool = False,
        fence: DestinationPolicy = DEFAULT_POLICY,
    ) -> None:
        book = rules if isinstance(rules, RuleBook) else RuleBook(rules, gate=stories_and_tests, fence=fence)
        if book.path is None:
            raise ValueError("a book of text has no files to draft over")
        self._author = Author(book.path, fence=book.fence, agent_type=book.agent_type)
        self._saver = Saver(book) if allow_save else None
        self.server: Server[Any] = Server(
            "flowrules-authors",
            version=version("flowrules"),
            instructions=_INSTRUCTIONS + (_MAY_SAVE if allow_save else _READ_ONLY),
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
        )

    # --- tools ---

    async def _list_tools(self, context: Any, params: Any) -> types.ListToolsResult:
        tools = [tool(one.name, one.about, one.takes.model_json_schema()) for one in TOOLS]
        if self._saver is not None:
            about = "Write the draft's files, if the rule set with them may go live; then it does."
            tools.append(tool(_SAVE, about, Saved.model_json_schema(), read_only=False))
        return types.ListToolsResult(tools=tools)

    async def _call_tool(self, context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            return answer(await self._told(params.name, params.arguments or {}))
        except ValidationError as error:
            return answer({"problems": problems_of(error)}, error=True)
        except (DraftRefused, BadEvent) as error:
            return answer({"problems": [str(error)]}, error=True)

    async def _told(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if name == _SAVE and self._saver is not None:
            return await self._save(self._saver, arguments)
        for one in TOOLS:
            if one.name == name:
                return await self._author.ask(one, arguments)
        raise DraftRefused(f"there is no tool {name[:40]!r}")

    async def _save(self, saver: Saver, arguments: Mapping[str, Any]) -> dict[str, Any]:
        asked = Saved.model_validate(arguments)
        try:
            outcome = await saver.save(asked.texts, asked.based_on)
            sources, _ = await asyncio.to_thread(on_disk, self._author.path)
        except OSError as error:
            raise DraftRefused(
                f"the rules can't be written: {error.strerror or type(error).__name__}"
            ) from None
        digests = {source.path: source.digest for source in sources if source.path in asked.texts}
        return {"saved": sorted(asked.texts), "live": outcome.revision, "digests": digests}

    # --- resources ---

    async def _list_resources(self, context: Any, params: Any) -> types.ListResourcesResult:
        listed = [
            _resource(LANGUAGE, "language", "The language in about 4,000 tokens.", "text/markdown"),
            _resource(RULES, "rules", "The files of the rule set, with their digests.", "application/json"),
            _resource(
                FINDINGS, "findings", "What is wrong in the rule set as it is saved.", "application/json"
            ),
        ]
        for name in list(await self._files())[:MAX_LISTED]:
            listed.append(_resource(_uri(name), name, "A rule file as it is saved.", "text/plain"))
        return types.ListResourcesResult(resources=listed)

    async def _list_templates(self, context: Any, params: Any) -> types.ListResourceTemplatesResult:
        about = "A rule file as it is saved, by its name within the rule set."
        template = types.ResourceTemplate(
            uri_template=FILE, name="rule file", description=about, mime_type="text/plain"
        )
        return types.ListResourceTemplatesResult(resource_templates=[template])

    async def _read_resource(
        self, context: Any, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        text, kind = await self._resource(uri)
        contents = types.TextResourceContents(uri=uri, text=text, mime_type=kind)
        return types.ReadResourceResult(contents=[contents])

    async def _resource(self, uri: str) -> tuple[str, str]:
        if uri == LANGUAGE:
            return primer(), "text/markdown"
        if uri == FINDINGS:
            return json.dumps(await self._ask_check(), ensure_ascii=False), "application/json"
        files = await self._files()
        if uri == RULES:
            index = [
                {"name": name, "uri": _uri(name), "digest": digest} for name, (digest, _) in files.items()
            ]
            return json.dumps({"files": index}, ensure_ascii=False), "application/json"
        found = files.get(unquote(uri.removeprefix(f"{RULES}/"))) if uri.startswith(f"{RULES}/") else None
        if found is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no resource {uri[:80]!r}")
        return found[1], "text/plain"

    async def _ask_check(self) -> dict[str, Any]:
        try:
            return await self._author.ask(TOOLS[0], {})
        except DraftRefused as error:
            raise MCPError(types.INTERNAL_ERROR, str(error)) from None

    async def _files(self) -> dict[str, tuple[str, str]]:
        """The digest and the text of each file that can be read, by its name."""
        try:
            sources, _ = await asyncio.to_thread(on_disk, self._author.path)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise MCPError(types.INTERNAL_ERROR, f"the rules can't be read: {reason}") from None
        return {one.path: (one.digest, one.text) for one in sources if not one.unread}

    # --- the prompt ---

    async def _list_prompts(self, context: Any, params: Any) -> types.ListPromptsResult:
        arguments = [
            types.PromptArgument(name=name, description=about, required=required)
            for name, about, required in ARGUMENTS
        ]
        about = "A policy in sentences becomes rules with tests and promises."
        return types.ListPromptsResult(
            prompts=[types.Prompt(name=PROMPT, title=about, description=about, arguments=arguments)]
        )

    async def _get_prompt(self, context: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        if params.name != PROMPT:
            raise MCPError(types.INVALID_PARAMS, f"there is no prompt {params.name[:40]!r}")
        try:
            text = prompt(params.arguments or {}, may_save=self._saver is not None)
        except DraftRefused as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from None
        message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
        return types.GetPromptResult(messages=[message])


def _uri(name: str) -> str:
    return f"{RULES}/{quote(name)}"


def _resource(uri: str, name: str, about: str, kind: str) -> types.Resource:
    return types.Resource(uri=uri, name=name, description=about, mime_type=kind)


async def serve(
    path: Path | str, *, allow_save: bool = False, fence: DestinationPolicy = DEFAULT_POLICY
) -> None:
    """Serve the rule set at a path over standard input and output, until the client leaves."""
    server = AuthorServer(path, allow_save=allow_save, fence=fence).server
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
