"""The page on rules that a model writes: what it names is there, and nothing of the tools is missing from it."""

import re
from pathlib import Path

from benchmarks.drafting import run
from benchmarks.drafting.models import GRAMMAR, KEY, MODEL, TAKES, URL
from flowrules.authoring import draft, mcp, tools
from flowrules.authoring.prompt import PROMPT
from flowrules.authoring.review import Verdict
from flowrules.cli import COMMANDS
from flowrules.cli.writing.draft import EXIT

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_each_tool_and_each_resource_has_its_row() -> None:
    page = section("Tools for a model that writes rules")
    rows = re.findall(r"^\| `(\w+)` \|", page, re.M)
    assert rows == [one.name for one in tools.TOOLS]
    assert all(
        f"`{uri}`" in page
        for uri in (mcp.LANGUAGE, mcp.RULES, mcp.FINDINGS, mcp.FILE.replace("{name}", "NAME"))
    )
    assert f"`{PROMPT}`" in page


def test_the_bounds_are_those_of_the_code() -> None:
    page = section("Tools for a model that writes rules")
    for bound in (
        draft.MAX_TEXTS,
        draft.MAX_CHARACTERS,
        tools.MAX_ANSWER,
        tools.LIMIT,
        tools.MAX_SECONDS,
        tools.MAX_DEPTH,
    ):
        assert re.search(rf"\b{bound:,.0f}\b", page), bound


def test_each_verdict_has_its_exit_code() -> None:
    rows = re.findall(r"^\| `([\w ]+)` \| (\d) \|", section("How a draft is judged"), re.M)
    assert {Verdict(name): int(code) for name, code in rows} == EXIT


def test_every_command_on_the_page_exists() -> None:
    named = set(re.findall(r"(?:`|^)flowrules (\w+)", PAGE, re.M))
    assert {"draft", "mcp"} <= named <= {command.name for command in COMMANDS}


def test_the_page_tells_what_the_benchmark_counts() -> None:
    page = section("How well models draft rules")
    rows = run(None, 1, quick=True).tables[0].rows
    assert rows["scripted: reference"][2] == rows["scripted: slip"][1] == "12 of 12"
    assert rows["scripted: slip"][2:5] == ("0 of 12", "6 of 12", "6 of 12"), (
        "stories warn of six: say it anew"
    )
    assert "stories warn of six. The other six are wrong without a word" in " ".join(page.split())
    assert set(re.findall(r"`(DRAFTING_\w+)`", page)) == {URL, KEY, MODEL, GRAMMAR}
    assert set(TAKES) <= set(re.findall(r"`([\w.]+)`", page))
