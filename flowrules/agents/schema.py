"""A vocabulary in the forms that models and frameworks take: JSON schema, tools, a pydantic model."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from flowrules.agents.vocabulary import Reportable, Shape, Vocabulary

TOOL_NAME = "report"
TOOL_DESCRIPTION = (
    "Report what the caller has just said or done, as soon as you know it and before you answer. Report only what is "
    "new, leave out what you do not know, and never guess. What follows is decided by the rules of the house: you "
    "learn it from the answer."
)

_ARGUMENT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""What every provider takes as a property's name (Anthropic's pattern is the narrowest)."""

_TYPES: Mapping[Shape, tuple[str, str]] = {
    Shape.TEXT: ("string", ""),
    Shape.NUMBER: ("number", ""),
    Shape.YESNO: ("boolean", ""),
    Shape.SECONDS: ("number", "In seconds."),
    Shape.TIME: ("string", "A time of day such as 18:30."),
    Shape.DATE: ("string", "A date such as 2026-05-02."),
    Shape.MOMENT: ("string", "A date and time such as 2026-05-02 18:30."),
}
_PYTHON_TYPES: Mapping[str, Any] = {"string": str, "number": float, "boolean": bool}


def argument_name(item: Reportable) -> str:
    """What a thing is called in a tool call: its name; where a provider would refuse that, a digest of it."""
    if _ARGUMENT.fullmatch(item.name):
        return item.name
    return f"fact_{hashlib.sha256(item.key.encode()).hexdigest()[:8]}"


def json_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """The JSON schema (2020-12) of a report. `$id` ends with the rules' revision."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:flowrules:report:{vocabulary.revision}",
        "title": "What may be reported",
        **parameters(vocabulary),
    }


def parameters(vocabulary: Vocabulary) -> dict[str, Any]:
    """The same without its name, in keywords that every provider takes."""
    return {
        "type": "object",
        "properties": {argument_name(item): _property(item) for item in vocabulary.items},
        "additionalProperties": False,
    }


def description(vocabulary: Vocabulary) -> str:
    """What a tool says of itself. The revision in it changes when the rules do."""
    return f"{TOOL_DESCRIPTION} (Rules {vocabulary.revision}.)"


def openai_tool(vocabulary: Vocabulary, name: str = TOOL_NAME) -> dict[str, Any]:
    """For `tools` of any OpenAI-compatible chat completion. The Responses API takes what stands under `function`
    beside `"type": "function"`."""
    function = {
        "name": name,
        "description": description(vocabulary),
        "parameters": parameters(vocabulary),
    }
    return {"type": "function", "function": function}


def anthropic_tool(vocabulary: Vocabulary, name: str = TOOL_NAME) -> dict[str, Any]:
    """For `tools` of Anthropic's messages."""
    return {
        "name": name,
        "description": description(vocabulary),
        "input_schema": parameters(vocabulary),
    }


def mcp_tool(vocabulary: Vocabulary, name: str = TOOL_NAME) -> dict[str, Any]:
    """A tool as MCP's `tools/list` shows it."""
    return {
        "name": name,
        "description": description(vocabulary),
        "inputSchema": parameters(vocabulary),
        "_meta": {"flowrules/revision": vocabulary.revision},
    }


def report_model(vocabulary: Vocabulary) -> type[BaseModel]:
    """A pydantic model of a report, for frameworks that ask for one. Every field may be left out; those whose name is
    no Python name go by an alias. `model_dump(by_alias=True, exclude_none=True)` is what a tool call would carry."""
    fields: dict[str, Any] = {}
    for number, item in enumerate(vocabulary.items):
        alias = argument_name(item)
        plain = alias.isidentifier() and not alias.startswith(("_", "model_")) and alias not in dir(BaseModel)
        about = _property(item).get("description")
        fields[alias if plain else f"fact_{number}"] = (
            _python_type(item) | None,
            Field(default=None, description=about, alias=alias),
        )
    config = ConfigDict(
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        json_schema_extra={"$id": f"urn:flowrules:report:{vocabulary.revision}"},
    )
    return create_model("Report", __config__=config, __doc__=TOOL_DESCRIPTION, **fields)


def _python_type(item: Reportable) -> Any:
    if item.event:
        return bool
    if not item.closed:
        return _PYTHON_TYPES[_TYPES[item.shape][0]]
    one: Any = Literal[tuple(item.values)]
    return list[one] if item.several else one


def _property(item: Reportable) -> dict[str, Any]:
    if item.event:
        return _described(
            {"type": "boolean"}, _name_told(item), item.about, "True when it has just happened."
        )
    kind, form = _TYPES[item.shape]
    words = [_name_told(item), item.about, form]
    if not item.closed:
        if item.values:
            words.append(f"For instance {', '.join(item.values)}.")
        return _described({"type": kind}, *words)
    words += _meanings(item.values)
    one = {"type": "string", "enum": list(item.values)}
    return _described({"type": "array", "items": one} if item.several else one, *words)


def _meanings(values: Mapping[str, str]) -> Iterator[str]:
    """`sales, upgrade: Who wants to buy.`, a sentence a meaning."""
    meant: dict[str, list[str]] = {}
    for value, meaning in values.items():
        if meaning:
            meant.setdefault(meaning, []).append(value)
    for meaning, its in meant.items():
        yield f"{', '.join(its)}: {meaning}{'' if meaning.endswith(_ENDS) else '.'}"


_ENDS = (".", "!", "?", "।", "…")


def _name_told(item: Reportable) -> str:
    """The name, where the argument does not tell it."""
    return "" if argument_name(item) == item.name else f"{item.name}:"


def _described(schema: dict[str, Any], *words: str) -> dict[str, Any]:
    text = " ".join(word for word in words if word)
    return {**schema, "description": text} if text else schema
