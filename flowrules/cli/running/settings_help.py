"""The settings as a page for people, and as a JSON schema for editors."""

import json
from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic.fields import FieldInfo

from flowrules.cli.running.run_settings import RunSettings, secrets
from flowrules.runtime.settings import PREFIX, Settings

MODELS = (RunSettings, Settings)


def settings_page() -> str:
    """Each setting with its unit, what is usual, its name in the environment, and what it is for."""
    lines = [
        "In a TOML file (--config FILE) by the first name, in the environment by the second. An option stands above",
        'the environment, the environment above the file. Lists are JSON in the environment: ["+91"].',
        "",
    ]
    for name, field in fields():
        lines += [f"{name}   {PREFIX}{name.upper()}", f"    {usual(name, field)}"]
        lines += [f"    {line}" for line in (field.description or "").split("\n")]
        lines.append("")
    return "\n".join(lines)


def fields() -> Iterator[tuple[str, FieldInfo]]:
    for model in MODELS:
        yield from model.model_fields.items()


def unit_of(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) and "unit" in extra else ""


def usual(name: str, field: FieldInfo) -> str:
    """What holds where nothing is said, with its unit."""
    if field.default_factory is not None:
        return "usually what the system says"
    value, unit = field.default, unit_of(field)
    match value:
        case None | ():
            shown = "nothing"
        case Enum():
            shown = str(value.value)
        case bool():
            shown = "true" if value else "false"
        case float() | int():
            shown = f"{value:g}" if isinstance(value, float) else str(value)
        case _:
            shown = str(value)
    return f"usually {shown}" + (f" ({unit})" if unit else "")


def settings_schema() -> str:
    """A JSON schema (2020-12) of the TOML file."""
    properties: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for model in MODELS:
        made = model.model_json_schema(by_alias=False)
        properties |= made["properties"]
        definitions |= made.get("$defs", {})
    for name in secrets():
        properties[name]["default"] = None
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of flowrules run",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": definitions,
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)
