"""The embedder's guide: its commands are followed, its code is run on the sandbox, and nothing is missing from it."""

import ast
import inspect
import re
import runpy
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI
from pipecat.processors.filters.identity_filter import IdentityFilter
from pydantic import SecretStr
from websockets.exceptions import ConnectionClosedOK

import flowrules
from flowrules import CallSession, Engine, EventStatus, Mode, Settings, Source, Status
from flowrules.cli import application
from flowrules.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "embedding.md").read_text("utf-8")
BLOCKS = [
    (PAGE.count("\n", 0, found.start()) + 1, found[1])
    for found in re.finditer(r"^```python\n(.*?)^```$", PAGE, re.M | re.S)
]


def test_the_ten_minutes_end_with_a_transfer(tmp_path: Path) -> None:
    follow = runpy.run_path(str(ROOT / "tests" / "docs" / "ten_minutes.py"))["follow"]
    assert follow(tmp_path, Path(sys.executable).parent).endswith("transferred_agent_queue\n")


class Transport:
    """Two ends for a Pipecat pipeline."""

    def input(self) -> IdentityFilter:
        return IdentityFilter()

    def output(self) -> IdentityFilter:
        return IdentityFilter()


class Connection:
    """A WebSocket that brings a call's first frame, a key, and its end."""

    def __init__(self, first: str) -> None:
        self._first = first

    async def recv(self) -> str:
        return self._first

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        yield '{"event":"dtmf","dtmf":"5"}'
        yield b"\xd5" * 160


class ModelConnection:
    """A WebSocket to a model, which closes at once."""

    async def send(self, message: str) -> None: ...

    async def recv(self) -> str:
        raise ConnectionClosedOK(None, None)


@pytest.fixture
async def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, Any]]:
    """What the code on the page takes for granted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    from scripted_model import ScriptedModel

    from flowrules.agents.tool import ReportTool

    application("new")(["new", "my-rules"], standalone_mode=False)
    settings: dict[str, Any] = {"journal": tmp_path / "journal", "journal_fsync": "never"}
    async with (
        Sandbox() as sandbox,
        ScriptedModel() as model,
        AsyncOpenAI(base_url=model.base_url, api_key="none") as client,
        Engine(
            ROOT / "examples" / "rules", settings=Settings(base_url=sandbox.base_url, **settings)
        ) as engine,
    ):
        call = engine.call_from((await sandbox.open_call()).metadata)
        yield {
            "engine": engine, "call": call, "sandbox": sandbox, "tool": ReportTool(engine.rules), "client": client,
            "messages": [{"role": "user", "content": "It is about billing."}], "outcome": await call.event("nothing"),
            "transport": Transport(), "stt": IdentityFilter(), "llm": IdentityFilter(), "tts": IdentityFilter(),
            "Engine": Engine, "Settings": Settings, "Source": Source, "SecretStr": SecretStr, "httpx": httpx,
            "datetime": datetime, "connection": ModelConnection(),
        }  # fmt: skip


@pytest.mark.parametrize(("line", "text"), BLOCKS, ids=[f"line {line}" for line, _ in BLOCKS])
async def test_the_code_on_the_page_runs(line: int, text: str, names: dict[str, Any]) -> None:
    code = compile(text, f"embedding.md:{line}", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    running = eval(code, names)
    if inspect.iscoroutine(running):
        await running
    if "serve" in names:
        opened = await names["sandbox"].open_call()
        import json

        await names["serve"](Connection(json.dumps(opened.metadata)))
        assert opened.call_id not in names["engine"].calls


def test_there_is_enough_of_it() -> None:
    assert len(BLOCKS) >= 20


# --- nothing is missing -------------------------------------------------------------------------------------


def _table(heading: str) -> str:
    return PAGE.split(f"## {heading}")[1].split("\n## ")[0]


@pytest.mark.parametrize("status", EventStatus)
def test_every_status_of_an_event_has_its_row(status: EventStatus) -> None:
    assert f"\n| `{status.value}` |" in _table("What came of it")


@pytest.mark.parametrize("status", Status)
def test_every_status_of_a_step_is_named(status: Status) -> None:
    assert f"`{status.value}`" in _table("What came of it")


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in flowrules.__all__
        if isinstance(getattr(flowrules, name), type) and issubclass(getattr(flowrules, name), Exception)
    ],
)
def test_every_exception_is_named(name: str) -> None:
    assert f"`{name}`" in _table("What came of it")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_its_row(name: str) -> None:
    assert re.search(rf"^\| (`\w+`, )*`{name}`(, `\w+`)* \|", _table("Settings"), re.M)


@pytest.mark.parametrize("mode", Mode)
def test_every_mode_has_its_row(mode: Mode) -> None:
    assert f"\n| `{mode.value}` |" in _table("Try without sending")


def test_every_method_of_a_call_is_shown() -> None:
    public = [
        name for name, _ in inspect.getmembers(CallSession, inspect.isfunction) if not name.startswith("_")
    ]
    inside = {"rules_changed", "comes_no_more", "take_over"}
    assert [name for name in public if name not in inside and f"{name}" not in PAGE] == []


def test_every_example_has_its_place() -> None:
    parts = {"scripted_model", "scripted_realtime", "batch_preview"}
    names = {path.stem for path in (ROOT / "examples").glob("*.py")} - parts
    assert [name for name in sorted(names) if f"{name}.py" not in PAGE] == []
