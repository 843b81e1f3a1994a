"""The page on hazards: its rules have what it says, in the story that it tells, and its cures have nothing.

With `pytest --update-goldens` the stories are written anew; read the difference before keeping it.
"""

import re
from functools import cache
from pathlib import Path

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.diagnostic import Diagnostic, open_findings
from flowrules.exploration.budget import Budget
from flowrules.exploration.findings import findings_of
from flowrules.exploration.search import explore
from flowrules.exploration.watchers import watchers_of
from flowrules.source import source_from_text

PAGE = Path(__file__).parents[2] / "docs" / "what-could-go-wrong.md"
EXAMPLE = re.compile(
    r"^```rules(?: avoid (?P<name>\S+))?\n(?P<text>(?:.*\n)*?)```\n"
    r"(?:\n```story (?P=name)\n(?P<story>(?:.*\n)*?)```\n)?",
    re.MULTILINE,
)
EXAMPLES = [
    pytest.param(found, id=f"line {PAGE.read_text('utf-8').count(chr(10), 0, found.start()) + 1}")
    for found in EXAMPLE.finditer(PAGE.read_text("utf-8"))
]


@cache
def played(text: str) -> tuple[Diagnostic, ...]:
    loaded = load_rules([source_from_text(text, "page.rules")])
    assert loaded.findings == ()
    assert loaded.ruleset is not None
    found = explore(loaded.ruleset, watchers_of(loaded.ruleset), Budget(3))
    return open_findings(findings_of(found, tests=False))


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_goes_wrong_as_its_page_says(example: re.Match[str]) -> None:
    names = [finding.code.name for finding in played(example["text"])]
    assert names == ([example["name"]] if example["name"] else [])


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.values[0]["story"] is not None])
def test_the_story_is_the_one_that_is_told(example: re.Match[str], request: pytest.FixtureRequest) -> None:
    (finding,) = played(example["text"])
    told = "".join(f"{number}. {line}\n" for number, line in enumerate(finding.story, start=1))
    if request.config.getoption("--update-goldens") and told != example["story"]:
        old = example[0]
        new = old.replace(
            f"```story {example['name']}\n{example['story']}", f"```story {example['name']}\n{told}"
        )
        PAGE.write_text(PAGE.read_text("utf-8").replace(old, new), "utf-8")
        return
    assert example["story"] == told


def test_every_hazard_has_its_story() -> None:
    shown = {one.values[0]["name"] for one in EXAMPLES}
    assert shown - {None} == {code.name for code in HAZARDS}
    told = {one.values[0]["name"] for one in EXAMPLES if one.values[0]["story"] is not None}
    assert told == shown - {None, "never-reached"}


@pytest.mark.parametrize("code", HAZARDS, ids=[code.name for code in HAZARDS])
def test_every_hazard_has_a_chapter(code: object) -> None:
    name = code.name  # type: ignore[attr-defined]
    page = PAGE.read_text("utf-8")
    assert f"| [{name}](#{name}) |" in page
    assert re.search(rf"^###? {name}$", page, re.MULTILINE)
