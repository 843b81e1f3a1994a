"""Any stage's data as plain JSON values, and as an outline that fits the screen."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date, time
from enum import Enum
from typing import Any

from pydantic import BaseModel

from flowrules.diagnostics.render.full import WIDTH
from flowrules.source import SourceFile, Span

Data = Any
"""JSON: an object with a key `node` was a dataclass of that name."""


def as_data(value: object) -> Data:
    """Places are left out, and a source file is its path."""
    match value:
        case SourceFile():
            return value.path
        case Enum():
            return value.value
        case None | str() | int() | float():
            return value
        case date() | time():
            return value.isoformat()
        case BaseModel():
            return value.model_dump(mode="json")
        case Mapping():
            return {str(as_data(key)): as_data(item) for key, item in value.items()}
        case list() | tuple():
            return [as_data(item) for item in value]
        case Set():
            return sorted((as_data(item) for item in value), key=str)
        case _ if is_dataclass(value):
            shown = ((field.name, getattr(value, field.name)) for field in fields(value) if field.repr)
            items = {name: as_data(item) for name, item in shown if not isinstance(item, Span)}
            return {"node": type(value).__name__, **items}
        case _:
            return getattr(value, "__name__", None) or str(value)


def outline(data: Data, depth: int = 0, label: str = "") -> Iterator[str]:
    """The data in lines: on one line where it fits, else a line a part. Parts that are empty are left out."""
    head = f"{'  ' * depth}{label}"
    short = head + _inline(data)
    if len(short) <= WIDTH or not isinstance(data, dict | list):
        yield short
        return
    if isinstance(data, dict):
        yield f"{head}{data.get('node', '')}".rstrip()
        for key, item in _told(data):
            yield from outline(item, depth + 1, f"{key}: ")
    else:
        yield head.rstrip()
        for item in data:
            yield from outline(item, depth + 1, "- ")


def _told(data: dict[str, Data]) -> list[tuple[str, Data]]:
    return [
        (key, item) for key, item in data.items() if key != "node" and item not in (None, "", [], {}, False)
    ]


def _inline(data: Data) -> str:
    match data:
        case {"node": "Name", "text": text}:
            return str(text)
        case {"node": "Literal", "kind": kind, "raw": raw}:
            return f"{kind} {raw}"
        case dict():
            inside = ", ".join(f"{key}: {_inline(item)}" for key, item in _told(data))
            return f"{data.get('node', '')}({inside})"
        case list():
            return f"[{', '.join(map(_inline, data))}]"
        case bool():
            return "yes" if data else "no"
        case _:
            return str(data)
