"""How MCP's tools are listed and answered. Needs the extra `flowrules[mcp]`, as whoever imports it."""

import json
import os
import signal
import sys
from types import FrameType
from typing import Any

import mcp_types as types
from pydantic import ValidationError

_DEPTH = 8


def tool(name: str, about: str, schema: dict[str, Any], *, read_only: bool = True) -> types.Tool:
    annotations = types.ToolAnnotations(read_only_hint=read_only, open_world_hint=not read_only)
    return types.Tool(name=name, description=about, input_schema=schema, annotations=annotations)


def answer(told: dict[str, Any], *, error: bool = False) -> types.CallToolResult:
    text = json.dumps(told, ensure_ascii=False)
    content = types.TextContent(type="text", text=text)
    return types.CallToolResult(content=[content], structured_content=told, is_error=error)


def problems_of(error: ValidationError) -> list[str]:
    """What is wrong with a tool's arguments, in words."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return [f"{_path(one['loc'])}: {one['msg']}" for one in problems]


def _path(location: tuple[int | str, ...]) -> str:
    """Where in the arguments something is wrong; of what is nested without end, the beginning."""
    return ".".join(map(str, location[:_DEPTH])) + ("…" if len(location) > _DEPTH else "")


def leave_on_signals() -> None:
    """Whoever started this wants it to end. It keeps nothing that would have to be saved, and the thread that waits for
    the client's next line would keep the process until that comes."""
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)


def _leave(number: int, frame: FrameType | None) -> None:
    sys.stdout.flush()
    os._exit(130 if number == signal.SIGINT else 0)
