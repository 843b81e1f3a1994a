"""A vocabulary as a JSON schema and as a pydantic model."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from flowrules.agents.vocabulary import Reportable, Shape, Vocabulary

_ARGUMENT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
"""What every provider takes as a property's name (Anthropic's pattern is the narrowest)."""

_NARROW = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_READABLE = 40
"""Characters of a name that are kept in a narrow one."""

TOOL_DESCRIPTION = (
    "Report what the caller has just said or done, as soon as you know it and before you answer. What one sentence "
    "says goes into one report: two wishes are two values. Report only what is new, leave out what you do not know, "
    "and never guess. What follows is decided by the rules of the house: you learn it from the answer."
)

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
    return f"fact_{_digest(item)}"


def narrow_name(item: Reportable) -> str:
    """The same in Latin letters, digits and underscores alone, the first no digit; what else a name has is replaced,
    and a digest keeps it apart from others."""
    if _NARROW.fullmatch(item.name):
        return item.name
    readable = re.sub(r"[^A-Za-z0-9]+", "_", item.name).strip("_")[:_READABLE]
    start = readable if readable[:1].isalpha() else f"fact_{readable}".rstrip("_")
    return f"{start}_{_digest(item)}"


def _digest(item: Reportable) -> str:
    return hashlib.sha256(item.key.encode()).hexdigest()[:8]


def json_schema(vocabulary: Vocabulary) -> dict[str, Any]:
    """The JSON schema (2020-12) of a report. `$id` ends with a digest of the vocabulary: equal for rules that want to
    be told the same."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:flowrules:report:{vocabulary.digest}",
        "title": "What may be reported",
        **parameters(vocabulary),
    }


def parameters(
    vocabulary: Vocabulary, name_of: Callable[[Reportable], str] = argument_name
) -> dict[str, Any]:
    """The same without its name, in keywords that every provider takes."""
    return {
        "type": "object",
        "properties": {name_of(item): property_schema(item, name_of=name_of) for item in vocabulary.items},
        "additionalProperties": False,
    }


def report_model(vocabulary: Vocabulary) -> type[BaseModel]:
    """A pydantic model of a report, for frameworks that ask for one. Every field may be left out; those whose name is
    no Python name go by an alias. Where several values are taken one may stand alone, as text.
    `model_dump(by_alias=True, exclude_none=True)` is what a tool call would carry."""
    fields: dict[str, Any] = {}
    for number, item in enumerate(vocabulary.items):
        alias = argument_name(item)
        plain = alias.isidentifier() and not alias.startswith(("_", "model_")) and alias not in dir(BaseModel)
        about = property_schema(item).get("description")
        fields[alias if plain else f"fact_{number}"] = (
            _python_type(item) | None,
            Field(default=None, description=about, alias=alias),
        )
    config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    return create_model("Report", __config__=config, __doc__=TOOL_DESCRIPTION, **fields)


def _python_type(item: Reportable) -> Any:
    if item.event:
        return bool
    if not item.closed:
        return _PYTHON_TYPES[_TYPES[item.shape][0]]
    one: Any = Literal[tuple(item.values)]
    return Annotated[list[one], BeforeValidator(_as_list)] if item.several else one


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def property_schema(
    item: Reportable, *, enum: bool = True, name_of: Callable[[Reportable], str] = argument_name
) -> dict[str, Any]:
    """What a thing may be. `enum` no: the values that it has are told in words, and any text is taken."""
    told = "" if name_of(item) == item.name else f"{item.name}:"
    if item.event:
        return _described({"type": "boolean"}, told, item.about, "True when it has just happened.")
    kind, form = _TYPES[item.shape]
    words = [told, item.about, form]
    if not item.closed:
        if item.values:
            words.append(f"For instance {', '.join(item.values)}.")
        return _described({"type": kind}, *words)
    words += _meanings(item.values)
    one: dict[str, Any] = {"type": "string"}
    if enum:
        one["enum"] = list(item.values)
    else:
        words.append(f"One of {', '.join(item.values)}.")
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


def _described(schema: dict[str, Any], *words: str) -> dict[str, Any]:
    text = " ".join(word for word in words if word)
    return {**schema, "description": text} if text else schema
