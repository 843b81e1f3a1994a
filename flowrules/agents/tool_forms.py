"""A vocabulary as a tool, in the form of each provider. Equal vocabularies give equal tools, so that what a provider
has cached of a conversation stays good when rules are edited that change nothing of what can be reported."""

from collections.abc import Mapping
from typing import Any

from flowrules.agents.providers import PROVIDERS, Strict, large_enums, too_much
from flowrules.agents.schema import TOOL_DESCRIPTION, argument_name, narrow_name, parameters, property_schema
from flowrules.agents.vocabulary import Vocabulary

TOOL_NAME = "report"


def chat_completions_tool(
    vocabulary: Vocabulary, name: str = TOOL_NAME, *, strict: bool = False
) -> dict[str, Any]:
    """For `tools` of any OpenAI-compatible chat completion. A server that knows no strict mode is not told of it."""
    schema, holds = _parameters(vocabulary, "chat completions", strict)
    function = {"name": name, "description": TOOL_DESCRIPTION, "parameters": schema}
    return {"type": "function", "function": {**function, "strict": True} if holds else function}


def responses_tool(vocabulary: Vocabulary, name: str = TOOL_NAME, *, strict: bool = False) -> dict[str, Any]:
    """For `tools` of OpenAI's Responses, which are strict where they don't say otherwise."""
    schema, holds = _parameters(vocabulary, "responses", strict)
    return {**_flat(name, schema), "strict": holds}


def realtime_tool(vocabulary: Vocabulary, name: str = TOOL_NAME) -> dict[str, Any]:
    """For `tools` of a session of OpenAI's Realtime, which has no strict mode."""
    return _flat(name, parameters(vocabulary))


def anthropic_tool(vocabulary: Vocabulary, name: str = TOOL_NAME, *, strict: bool = False) -> dict[str, Any]:
    """For `tools` of Anthropic's messages."""
    schema, holds = _parameters(vocabulary, "anthropic", strict)
    tool = {"name": name, "description": TOOL_DESCRIPTION, "input_schema": schema}
    return {**tool, "strict": True} if holds else tool


def gemini_declaration(vocabulary: Vocabulary, name: str = TOOL_NAME) -> dict[str, Any]:
    """For `functionDeclarations` of a Gemini tool. Its names of arguments are narrower than the others': a fact
    `order.total` is `order_total_` and a digest. Without a vocabulary it has no parameters."""
    declaration = {"name": name, "description": TOOL_DESCRIPTION}
    schema = parameters(vocabulary, narrow_name)
    return {**declaration, "parametersJsonSchema": schema} if schema["properties"] else declaration


def mcp_tool(vocabulary: Vocabulary, name: str = TOOL_NAME) -> dict[str, Any]:
    """A tool as MCP's `tools/list` shows it."""
    return {
        "name": name,
        "description": TOOL_DESCRIPTION,
        "inputSchema": parameters(vocabulary),
        "_meta": {"flowrules/vocabulary": vocabulary.digest},
    }


def not_strict_because(vocabulary: Vocabulary, provider: str) -> str:
    """Why the tool can't be strict with a provider, a name in `PROVIDERS`; '' where it can."""
    strict = PROVIDERS[provider].strict
    if strict is None:
        return "it has no strict mode"
    return too_much(_strict(vocabulary, strict), strict)


def _flat(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "function", "name": name, "description": TOOL_DESCRIPTION, "parameters": schema}


def _parameters(vocabulary: Vocabulary, provider: str, wanted: bool) -> tuple[dict[str, Any], bool]:
    """The schema, and whether it is strict: a vocabulary that is too large for that has one that is not."""
    strict = PROVIDERS[provider].strict
    if wanted and strict is not None:
        schema = _strict(vocabulary, strict)
        if not too_much(schema, strict):
            return schema, True
    return parameters(vocabulary), False


def _strict(vocabulary: Vocabulary, strict: Strict) -> dict[str, Any]:
    plain = {argument_name(item): property_schema(item) for item in vocabulary.items}
    in_words = large_enums(plain, strict)
    shown = {
        argument_name(item): property_schema(item, enum=argument_name(item) not in in_words)
        for item in vocabulary.items
    }
    optional = 0 if strict.all_required else strict.optional or 0
    required = list(shown)[optional:]
    properties = {name: _nullable(one) if name in required else one for name, one in shown.items()}
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _nullable(schema: Mapping[str, Any]) -> dict[str, Any]:
    bare = {key: value for key, value in schema.items() if key != "description"}
    about = {"description": schema["description"]} if "description" in schema else {}
    return {"anyOf": [bare, {"type": "null"}], **about}
