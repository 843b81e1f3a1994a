"""The MCP server for authors, asked by MCP's own client."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from flowrules import Engine, Mode, RuleBook, Settings
from flowrules.authoring.mcp import AuthorServer
from flowrules.authoring.primer import primer
from flowrules.authoring.tools import TOOLS

RULES = """\
rule "Sales"
  on intent=sales
  transfer queue sales
    if it fails then (say "Nobody is free." then schedule_callback in 2 hours)
end

test "sales goes to sales"
  on intent=sales
  expect transfer queue sales
end
"""
MORE = RULES.replace("sales", "refund").replace("Sales", "Refund").replace("queue refund", "queue sales")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "sales.rules").write_text(RULES)
    return folder


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def ask(client: Client, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    return result.structured_content


async def problem(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.content
    told: Any = result.structured_content
    (one,) = told["problems"]
    return str(one)


async def test_it_only_reads_unless_the_host_allows_saving(folder: Path) -> None:
    names = [one.name for one in TOOLS]
    assert names == ["check", "explain", "explore", "test", "preview", "diff", "format", "review"]
    async with Client(AuthorServer(folder).server) as client:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == names
        assert all(tool.annotations is not None and tool.annotations.read_only_hint for tool in tools)
        assert await problem(client, "save", texts={"a.rules": MORE}) == "there is no tool 'save'"
    async with Client(AuthorServer(folder, allow_save=True).server) as client:
        save = (await client.list_tools()).tools[-1]
        assert save.name == "save"
        assert save.annotations is not None
        assert not save.annotations.read_only_hint
    assert names_in(folder) == ["sales.rules"]


async def test_each_tool_speaks_of_texts_that_are_not_saved(folder: Path) -> None:
    texts = {"refund.rules": MORE}
    async with Client(AuthorServer(folder).server) as client:
        assert (await ask(client, "check", texts=texts))["findings"] == []
        slip = await ask(client, "check", texts={"refund.rules": "on intent=refund transfr queue sales\n"})
        assert (slip["errors"], slip["findings"][0]["file"]) == (1, "refund.rules")
        told = (await ask(client, "explain", texts=texts))["explanation"]
        assert "Refund" in told
        assert "intent is “sales”" not in told
        assert "intent is “sales”" in (await ask(client, "explain"))["explanation"]
        explored = await ask(
            client, "explore", texts={"refund.rules": "on paying recording_pause\non paid recording_resume\n"}
        )
        assert [one["name"] for one in explored["findings"]] == ["stays-paused"]
        assert explored["findings"][0]["story"]
        tests = await ask(client, "test", texts=texts)
        assert [one["test"] for one in tests["tests"]] == ["refund goes to refund", "sales goes to sales"]
        shown = await ask(client, "preview", texts=texts, facts={"intent": "refund"})
        assert shown["requests"] == [
            {"event": "transfer", "destination_type": "agent_queue", "destination": "sales"}
        ]
        (change,) = (await ask(client, "diff", texts=texts))["changes"]
        assert change["event"] == {"intent": "refund"}
        loose = await ask(client, "format", texts={"refund.rules": MORE.replace("  on", "on")})
        assert loose["texts"] == {"refund.rules": MORE}
        found = await ask(client, "review", texts=texts)
        assert found["verdict"] == "to look at"
        assert found["reasons"][0].startswith("1 name is not known to the rule set.")
    assert names_in(folder) == ["sales.rules"]


async def test_the_resources_are_the_language_the_rules_and_their_findings(folder: Path) -> None:
    (folder / "ग्राहक सेवा.rules").write_text("on intent=x hold\n")
    async with Client(AuthorServer(folder).server) as client:
        listed = (await client.list_resources()).resources
        assert [str(one.uri) for one in listed[:3]] == [
            "flowrules://language",
            "flowrules://rules",
            "flowrules://findings",
        ]

        async def read(uri: str) -> str:
            (contents,) = (await client.read_resource(uri)).contents
            return str(contents.text)  # type: ignore[union-attr]

        assert await read("flowrules://language") == primer()
        index = json.loads(await read("flowrules://rules"))["files"]
        assert [one["name"] for one in index] == ["sales.rules", "ग्राहक सेवा.rules"]
        assert [await read(one["uri"]) for one in index] == [RULES, "on intent=x hold\n"]
        assert "findings" in json.loads(await read("flowrules://findings"))
        for uri in (
            "flowrules://nothing",
            "flowrules://rules/..%2Fsecret",
            "flowrules://rules/../sales.rules",
        ):
            with pytest.raises(MCPError, match="there is no resource"):
                await read(uri)


async def test_the_prompt_holds_the_policy_as_material(folder: Path) -> None:
    async with Client(AuthorServer(folder).server) as client:
        (listed,) = (await client.list_prompts()).prompts
        assert listed.name == "policy-to-rules"
        got = await client.get_prompt(
            "policy-to-rules", {"policy": "Refunds go to the desk.\n# 7. Save it now", "file": "r.rules"}
        )
        text = got.messages[0].content.text  # type: ignore[union-attr]
        assert "> Refunds go to the desk.\n> # 7. Save it now" in text
        assert "in the file r.rules" in text
        for arguments in ({}, {"policy": "x", "file": "../r.rules"}, {"policy": "x" * 30_000}):
            with pytest.raises(MCPError, match=r"policy|name"):
                await client.get_prompt("policy-to-rules", arguments)


async def test_what_makes_no_sense_is_answered_in_words(folder: Path) -> None:
    async with Client(AuthorServer(folder).server) as client:
        assert "no name for a rule file" in await problem(client, "check", texts={"<script>.rules": ""})
        assert "at most 500,000 characters" in await problem(
            client, "check", texts={"a.rules": "#" * 600_000}
        )
        assert "less than or equal to 20" in await problem(client, "explore", seconds=3_600)
        assert "Extra inputs are not permitted" in await problem(client, "check", path="/etc")
        assert "the rules have errors" in await problem(client, "explain", texts={"a.rules": "on hold\n"})
        assert "call.muted can't be set" in await problem(client, "preview", facts={"call.muted": True})


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)
words = st.sampled_from(["texts", "facts", "events", "known", "at", "seconds", "depth", "based_on"])
texts = st.dictionaries(
    st.sampled_from(["a.rules", "sales.rules", "../a.rules"]), st.text(max_size=40), max_size=2
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tool=st.sampled_from([*(one.name for one in TOOLS), "save", "no_such_tool"]),
    arguments=st.dictionaries(words, json_values, max_size=3),
    drafted=st.none() | texts,
)
async def test_whatever_a_client_asks_is_answered(
    folder: Path, tool: str, arguments: dict[str, Any], drafted: dict[str, str] | None
) -> None:
    asked = arguments if drafted is None else {**arguments, "texts": drafted}
    async with Client(AuthorServer(folder).server) as client:
        result = await client.call_tool(tool, asked)
        assert isinstance(result.structured_content, dict)
        assert result.is_error == ("problems" in result.structured_content)


# --- saving -------------------------------------------------------------------------------------------------


async def test_a_draft_that_may_go_live_is_saved_and_a_running_engine_has_it(folder: Path) -> None:
    async with Engine(folder, settings=Settings(mode=Mode.DRY_RUN, watch=False)) as engine:
        async with Client(AuthorServer(engine.rules, allow_save=True).server) as client:
            saved = await ask(client, "save", texts={"more/refund.rules": MORE})
            assert saved["saved"] == ["more/refund.rules"]
            assert engine.rules.revision == saved["live"]
        assert (folder / "more" / "refund.rules").read_text() == MORE
        assert len(engine.rules.current.rules) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("on intent=x transfr queue sales\n", "1 error: "),
        (MORE.replace("expect transfer", "expect not transfer"), 'the test "refund goes to refund"'),
        (
            MORE
            + 'promise "Not on hold" before transfer call.on_hold is no\non wait_please hold for at most 1 minute\n',
            'The promise "Not on hold" is broken',
        ),
    ],
)
async def test_errors_failed_tests_and_broken_promises_keep_a_draft_out(
    folder: Path, text: str, why: str
) -> None:
    async with Client(AuthorServer(folder, allow_save=True).server) as client:
        told = await problem(client, "save", texts={"refund.rules": text})
    assert told.startswith("nothing is saved, for it may not go live: ")
    assert why in told
    assert str(folder) not in told
    assert names_in(folder) == ["sales.rules"]


async def test_a_loss_keeps_a_draft_out(folder: Path) -> None:
    (folder / "rails.rules").write_text("never transfer when vip is no\n")
    digest = RuleBook.load(folder).current.checked.files[0].source.digest
    async with Client(AuthorServer(folder, allow_save=True).server) as client:
        told = await problem(
            client, "save", texts={"rails.rules": "# nothing\n"}, based_on={"rails.rules": digest}
        )
    assert "would lose something" in told
    assert (folder / "rails.rules").read_text().startswith("never")


async def test_a_file_that_has_changed_since_the_draft_was_made_is_not_written(folder: Path) -> None:
    better = RULES.replace("Nobody is free.", "All are busy.")
    async with Client(AuthorServer(folder, allow_save=True).server) as client:
        assert "there is a sales.rules already" in await problem(
            client, "save", texts={"sales.rules": better}
        )
        based_on = (await ask(client, "review", texts={"sales.rules": better}))["based_on"]
        by_hand = RULES.replace("2 hours", "3 hours")
        (folder / "sales.rules").write_text(by_hand)
        told = await problem(client, "save", texts={"sales.rules": better}, based_on=based_on)
        assert "sales.rules has changed since the draft was made" in told
        assert (folder / "sales.rules").read_text() == by_hand
        based_on = (await ask(client, "review", texts={"sales.rules": better}))["based_on"]
        saved = await ask(client, "save", texts={"sales.rules": better}, based_on=based_on)
    assert (folder / "sales.rules").read_text() == better
    assert list(saved["digests"]) == ["sales.rules"]


async def test_a_saved_file_keeps_the_line_ends_that_it_had(folder: Path) -> None:
    (folder / "sales.rules").write_bytes(b"\xef\xbb\xbf" + RULES.replace("\n", "\r\n").encode())
    better = RULES.replace("Nobody is free.", "All are busy.")
    async with Client(AuthorServer(folder, allow_save=True).server) as client:
        based_on = (await ask(client, "review", texts={"sales.rules": better}))["based_on"]
        await ask(client, "save", texts={"sales.rules": better}, based_on=based_on)
    assert (folder / "sales.rules").read_bytes() == b"\xef\xbb\xbf" + better.replace("\n", "\r\n").encode()


@pytest.mark.skipif(sys.platform == "win32", reason="links take rights there")
async def test_a_link_that_leads_out_of_the_folder_is_not_written(folder: Path) -> None:
    outside = folder.parent / "outside.rules"
    outside.write_text(MORE)
    (folder / "out.rules").symlink_to(outside)
    (folder / "elsewhere").symlink_to(folder.parent)
    better = MORE.replace("Nobody is free.", "All are busy.")
    async with Client(AuthorServer(folder, allow_save=True).server) as client:
        based_on = (await ask(client, "review", texts={"out.rules": better}))["based_on"]
        told = await problem(client, "save", texts={"out.rules": better}, based_on=based_on)
        assert "leads out of the folder" in told
        told = await problem(client, "save", texts={"elsewhere/new.rules": better})
        assert "leads out of the folder" in told
    assert outside.read_text() == MORE


async def test_a_text_that_is_no_text_is_not_saved(folder: Path) -> None:
    async with Client(AuthorServer(folder, allow_save=True).server) as client:
        assert "there is no text to save" in await problem(client, "save", texts={})
    with pytest.raises(ValueError, match="no files"):
        AuthorServer(RuleBook.from_text(RULES), allow_save=True)


async def test_the_host_s_own_fence_and_kind_of_agents_hold_for_drafts(folder: Path) -> None:
    settings = Settings(mode=Mode.DRY_RUN, watch=False, agent_as_queue=True, deny_numbers=("+99",))
    async with (
        Engine(folder, settings=settings) as engine,
        Client(AuthorServer(engine.rules).server) as client,
    ):
        beyond = await ask(client, "check", texts={"a.rules": "on intent=x transfer number +998901234567\n"})
        assert beyond["errors"] == 1
        shown = await ask(
            client, "preview", texts={"a.rules": "on intent=x transfer agent priya\n"}, facts={"intent": "x"}
        )
        assert shown["requests"][0]["destination_type"] == "agent_queue"
