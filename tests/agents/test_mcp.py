"""The MCP server, asked by MCP's own client."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp.shared.subscriptions import ResourceUpdated, ToolsListChanged
from mcp_types import CallToolRequestParams, ToolListChangedNotification

from flowrules import Engine, Mode, RuleBook, Settings
from flowrules.agents.mcp import VOCABULARY, RulesServer, main

RULES = "timezone UTC\n# Who wants to buy.\non intent=sales when balance is at least 5 transfer queue sales\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a.rules"
    path.write_text(RULES)
    return path


@pytest.fixture
def client(path: Path) -> Client:
    """Each test enters it itself: it must be left by the task that entered it."""
    return Client(RulesServer(RuleBook.load(path)).server)


def save(path: Path, text: str) -> None:
    path.write_text(text)


async def ask(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content  # type: ignore[union-attr]
    return result.structured_content


async def problems(client: Client, tool: str, **arguments: Any) -> list[str]:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    told: Any = result.structured_content
    return list(told["problems"])


async def test_it_only_reads_unless_it_is_told_otherwise(client: Client) -> None:
    async with client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["check", "preview", "why"]
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools)
        assert await problems(client, "report", call_id="c", intent=["sales"]) == [
            "there is no tool 'report'"
        ]


async def test_it_previews_and_says_why(client: Client) -> None:
    async with client:
        shown = await ask(client, "preview", facts={"intent": "sales"}, known={"balance": 9})
        assert shown["requests"] == [
            {"event": "transfer", "destination_type": "agent_queue", "destination": "sales"}
        ]
        why = await ask(client, "why", facts={"intent": "sales"}, known={"balance": 1}, at="2026-03-02T11:00")
        assert why["now"] == "2026-03-02T11:00:00+00:00"
        assert why["rules"][0]["reason"] == "not met because balance is 1, needs at least 5"


async def test_it_checks_the_files_as_they_are_now(client: Client, path: Path) -> None:
    async with client:
        assert (await ask(client, "check"))["findings"].count("error") == 0
        save(path, "on intent=sales transfr queue sales\n")
        assert 'no verb "transfr"' in (await ask(client, "check"))["findings"]
        os.remove(path)
        assert "can't be read" in (await problems(client, "check"))[0]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"facts": {"call.muted": True}}, "call.muted can't be set by an event"),
        ({"facts": {"x": [{"y": 1}]}}, "x must be text, a number, yes or no"),
        ({"facts": "sales"}, "facts: Input should be a valid dictionary"),
        ({"fact": {}}, "fact: Extra inputs are not permitted"),
        ({"at": "teatime"}, "at: Input should be a valid datetime"),
    ],
)
async def test_what_makes_no_sense_is_answered_in_words(
    client: Client, arguments: dict[str, Any], problem: str
) -> None:
    async with client:
        (told,) = await problems(client, "preview", **arguments)
        assert told.startswith(problem)


async def test_a_resource_that_is_none_is_refused_in_words(path: Path) -> None:
    async with Client(RulesServer(RuleBook.load(path)).server) as client:
        with pytest.raises(MCPError, match="there is no resource 'flowrules://nothing'"):
            await client.read_resource("flowrules://nothing")


async def test_a_problem_with_what_is_nested_without_end_is_short() -> None:
    nested: dict[str, Any] = {}
    inner = nested
    for _ in range(1_000):
        inner["a"] = inner = {}
    server = RulesServer(RuleBook.from_text("on intent=sales hold\n"))
    asked = CallToolRequestParams(name="preview", arguments={"facts": nested})
    told = await server._call_tool(None, asked)
    assert told.is_error
    assert len(str(told.structured_content)) < 200


async def test_the_vocabulary_is_a_resource_that_follows_the_rules(path: Path) -> None:
    book = RuleBook.load(path)
    async with Client(RulesServer(book).server) as client:
        (resource,) = (await client.list_resources()).resources
        assert str(resource.uri) == VOCABULARY
        for intent in ("sales", "billing"):
            save(path, RULES.replace("sales", intent))
            await book.reload()
            (contents,) = (await client.read_resource(VOCABULARY, cache_mode="bypass")).contents
            schema = json.loads(contents.text)  # type: ignore[union-attr]
            assert schema["properties"]["intent"]["items"]["enum"] == [intent]


async def test_a_host_may_let_clients_report_into_its_calls(path: Path) -> None:
    async with Engine(path, settings=Settings(mode=Mode.DRY_RUN)) as engine:
        live = engine.call("c1")
        async with Client(RulesServer(engine.rules, engine=engine, report=True).server) as client:
            report = (await client.list_tools()).tools[-1]
            assert report.name == "report"
            assert report.annotations is not None
            assert not report.annotations.read_only_hint
            assert report.input_schema["required"] == ["call_id"]
            assert await problems(client, "report", call_id="c2", intent=["sales"]) == [
                "there is no live call with this call_id"
            ]
            assert (await problems(client, "report", intent=["sales"]))[0].startswith(
                "call_id: Field required"
            )
            told = await ask(client, "report", call_id="c1", intent=["sales"], balance=9, verb="hangup")
    assert told["done"] == ["transfer"]
    assert told["not_taken"] == ['"verb" is nothing that can be reported']
    assert live.over == "transfer ended the AI's session"


async def test_a_report_that_comes_after_the_call_s_end_is_told_so(path: Path) -> None:
    async with Engine(path, settings=Settings(mode=Mode.DRY_RUN)) as engine:
        call = engine.call("c1")
        async with Client(RulesServer(engine.rules, engine=engine, report=True).server) as client:
            await ask(client, "report", call_id="c1", intent=["sales"], balance=9)
            told = await ask(client, "report", call_id="c1", intent=["sales"])
        assert (told["taken"], told["not_taken"]) == ([], ["intent: the call is over"])
        assert told["call"] == f"over: {call.over}"


def command(*arguments: str) -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "flowrules.agents.mcp", *arguments]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_tells_what_it_does() -> None:
    done = command("--help")
    assert done.returncode == 0
    assert "usage: python -m flowrules.agents.mcp [-h] PATH" in done.stdout
    assert "read-only" in done.stdout.replace("\n", " ").replace("read- only", "read-only")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), 2, "the following arguments are required: PATH"),
        (("--nope", "x"), 2, "unrecognized arguments: --nope"),
        (("a", "b"), 2, "unrecognized arguments: b"),
    ],
)
def test_a_command_that_makes_no_sense_is_answered_in_words(
    arguments: tuple[str, ...],
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["mcp", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == code
    assert told in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_told_in_words() -> None:
    done = command("no/such/folder")
    assert done.returncode == 1
    assert "The rules can't be read: there is no file or folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_reporting_takes_an_engine(path: Path) -> None:
    with pytest.raises(ValueError, match="live calls of an engine"):
        RulesServer(RuleBook.load(path), report=True)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
words = st.sampled_from(["facts", "events", "known", "at", "call_id", "intent", "balance", "verb", "path"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tool=st.sampled_from(["check", "preview", "why", "report", "no_such_tool"]),
    arguments=st.dictionaries(words | st.text(max_size=5), json_values, max_size=5),
    live=st.booleans(),
)
async def test_whatever_a_client_asks_is_answered(
    path: Path, tool: str, arguments: dict[str, Any], live: bool
) -> None:
    async with Engine(path, settings=Settings(mode=Mode.DRY_RUN, watch=False)) as engine:
        engine.call("c1")
        asked = {**arguments, "call_id": "c1"} if live else arguments
        async with Client(RulesServer(engine.rules, engine=engine, report=True).server) as client:
            result = await client.call_tool(tool, asked)
            assert isinstance(result.structured_content, dict)
            assert result.is_error == ("problems" in result.structured_content)
        assert engine.counters["plans_broken"] == 0


async def test_an_argument_that_check_does_not_know_is_named(client: Client) -> None:
    async with client:
        (told,) = await problems(client, "check", path="/etc")
        assert told == "path: Extra inputs are not permitted"


async def test_clients_are_told_when_an_edit_changes_what_may_be_reported(path: Path) -> None:
    async with Engine(path, settings=Settings(mode=Mode.DRY_RUN, watch=False)) as engine:
        engine.call("c1")
        async with (
            Client(RulesServer(engine.rules, engine=engine, report=True).server) as client,
            client.listen(tools_list_changed=True, resource_subscriptions=[VOCABULARY]) as notes,
        ):
            await engine.rules.reload()
            save(path, RULES + '# a comment\nalso on intent=sales log "sale"\n')
            await engine.rules.reload()
            save(path, RULES.replace("sales", "billing"))
            await engine.rules.reload()
            told = [await anext(notes), await anext(notes)]
            assert told == [ResourceUpdated(VOCABULARY), ToolsListChanged()]
            report = (await client.list_tools()).tools[-1]
            assert report.input_schema["properties"]["intent"]["items"]["enum"] == ["billing"]


async def test_a_client_of_the_older_protocol_is_told_on_its_connection(path: Path) -> None:
    heard: asyncio.Queue[object] = asyncio.Queue()
    async with Engine(path, settings=Settings(mode=Mode.DRY_RUN, watch=False)) as engine:
        server = RulesServer(engine.rules, engine=engine, report=True).server
        async with Client(server, mode="legacy", message_handler=heard.put) as client:
            assert client.server_capabilities.tools is not None
            assert client.server_capabilities.tools.list_changed
            await client.list_tools()
            save(path, RULES.replace("sales", "billing"))
            await engine.rules.reload()
            assert isinstance(await heard.get(), ToolListChangedNotification)
            assert heard.empty()


async def test_without_calls_to_report_into_the_tools_stay_as_they_are(path: Path) -> None:
    book = RuleBook.load(path)
    async with (
        Client(RulesServer(book).server) as client,
        client.listen(tools_list_changed=True, resource_subscriptions=[VOCABULARY]) as notes,
    ):
        for intent in ("billing", "refund"):
            save(path, RULES.replace("sales", intent))
            await book.reload()
            assert await anext(notes) == ResourceUpdated(VOCABULARY)
