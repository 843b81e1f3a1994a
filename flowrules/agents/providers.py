"""What each provider takes as a tool: one table. `tool_forms.py` writes tools by it, and the tests hold it against the
providers' own packages."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
"""A tool's name that every provider takes."""

_WIDE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_NARROW = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Strict:
    """What a schema may hold where the provider holds the model to it. None: no limit is documented.

    Every object says `additionalProperties: false`. `all_required`: each property is required, and what may be left
    out may be null instead. `optional` properties may be left out, `nullable` ones may be null.
    """

    all_required: bool
    properties: int | None = None
    optional: int | None = None
    nullable: int | None = None
    enum_values: int | None = None
    """Of all enums of the schema together."""
    long_enum: tuple[int, int] | None = None
    """An enum with more values than the first has at most so many characters in all of its values."""
    characters: int | None = None
    """Of all names of properties and values of enums together."""


@dataclass(frozen=True, slots=True)
class Provider:
    """`property_name`: what the name of an argument may be. `strict`: None where there is no strict mode."""

    property_name: re.Pattern[str]
    strict: Strict | None = None


_OPENAI = Strict(
    all_required=True,
    properties=5_000,
    enum_values=1_000,
    long_enum=(250, 15_000),
    characters=120_000,
)
"""OpenAI's guide to structured outputs, "Supported schemas". Of its ten levels of nesting a report uses two."""

_ANTHROPIC = Strict(all_required=False, optional=24, nullable=16)
"""Anthropic's guide to structured outputs, "Schema complexity limits"; both count for all strict tools of a request."""

PROVIDERS: Mapping[str, Provider] = {
    "chat completions": Provider(_WIDE, _OPENAI),
    "responses": Provider(_WIDE, _OPENAI),
    "realtime": Provider(_WIDE),
    "anthropic": Provider(_WIDE, _ANTHROPIC),
    "gemini": Provider(_NARROW),
    "mcp": Provider(_WIDE),
}


def too_much(schema: Mapping[str, Any], strict: Strict) -> str:
    """Why a provider would refuse a schema in its strict mode; '' where it takes it. Enums that are too large are
    not looked at: they can be told in words (`large_enums`)."""
    properties = schema["properties"]
    required = set(schema.get("required", ()))
    counts = {
        "properties": (len(properties), strict.properties),
        "properties that may be left out": (len(properties.keys() - required), strict.optional),
        "properties that may be null": (sum("anyOf" in one for one in properties.values()), strict.nullable),
    }
    for what, (found, most) in counts.items():
        if most is not None and found > most:
            return f"{found} {what}, and {most} are taken at most"
    return ""


def large_enums(properties: Mapping[str, Any], strict: Strict) -> frozenset[str]:
    """The names of the properties whose enums are too large for a strict schema: those that are too long by
    themselves, then the largest until the others fit together."""
    sizes = {name: size for name, one in properties.items() if (size := _size(_enum(one)))[0]}
    large = {name for name, size in sizes.items() if _is_long(size, strict)}
    names = sum(map(len, properties))
    for name in sorted(sizes, key=lambda name: sizes[name], reverse=True):
        left = [size for other, size in sizes.items() if other not in large]
        values, characters = sum(one for one, _ in left), names + sum(one for _, one in left)
        if _within(values, strict.enum_values) and _within(characters, strict.characters):
            break
        large.add(name)
    return frozenset(large)


def _enum(schema: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_enums(schema))


def _enums(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from schema.get("enum", ())
    if "items" in schema:
        yield from _enums(schema["items"])


def _size(values: tuple[str, ...]) -> tuple[int, int]:
    """How many values, and how many characters they have."""
    return len(values), sum(map(len, values))


def _is_long(size: tuple[int, int], strict: Strict) -> bool:
    if strict.long_enum is None:
        return False
    values, characters = strict.long_enum
    return size[0] > values and size[1] > characters


def _within(found: int, most: int | None) -> bool:
    return most is None or found <= most
