"""What was written with nothing but the guide, beside what is said of it now: `written_and_said.md`.

With `pytest --update-goldens` the file is written anew; read the difference before keeping it.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from flowrules.compiler.loading.load import load_rules
from flowrules.diagnostics.diagnostic import Diagnostic, open_findings
from flowrules.exploration.budget import Budget
from flowrules.exploration.findings import findings_of
from flowrules.exploration.search import explore
from flowrules.exploration.watchers import watchers_of
from flowrules.scenarios.proof import unproven
from flowrules.scenarios.suite import run_tests
from flowrules.source import source_from_text
from tests.cli.conftest import Run

PAGE = Path(__file__).parent / "written_and_said.md"
CASE = re.compile(
    r"^## (?P<title>.+)\n(?P<rules>(?:\n```rules.*\n(?:(?!```).*\n)*```\n)+)"
    r"(?:\n```run\n(?P<run>(?:(?!```).*\n)*)```\n)?"
    r"\n```said\n(?P<said>(?:(?!```).*\n)*)```\n",
    re.MULTILINE,
)
RULES = re.compile(r"^```rules ?(.*)\n((?:(?!```).*\n)*)```\n", re.MULTILINE)
CASES = [pytest.param(found["title"], id=found["title"]) for found in CASE.finditer(PAGE.read_text("utf-8"))]


def case(title: str) -> re.Match[str]:
    (found,) = (one for one in CASE.finditer(PAGE.read_text("utf-8")) if one["title"] == title)
    return found


def words(finding: Diagnostic) -> Iterator[str]:
    place = finding.location
    yield f"{place.source.path}:{place.first.line} {finding.code.name}: {finding.message}"
    if finding.hint:
        yield f"  {finding.hint}"


def said(texts: dict[str, str]) -> Iterator[str]:
    """What the checks say; where nothing keeps the rules from being played, what their tests and all calls of three
    things say."""
    loaded = load_rules([source_from_text(text, name) for name, text in texts.items()])
    for finding in open_findings(loaded.findings):
        yield from words(finding)
    if loaded.ruleset is None:
        return
    cases = run_tests(loaded.ruleset).cases
    for one in cases:
        yield f'test "{one.label}": {"failed" if one.shortfalls else "passed"}'
        yield from (f"  {remark}" for _, remark in (*one.notes, *one.remarks))
    for finding in unproven(loaded.ruleset, cases):
        yield from words(finding)
    explored = explore(loaded.ruleset, watchers_of(loaded.ruleset), Budget(3))
    for finding in open_findings(findings_of(explored, tests=False)):
        yield from words(finding)


@pytest.mark.parametrize("title", CASES)
def test_what_is_said(title: str, run: Run, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = case(title)
    texts = {name or "a.rules": text for name, text in RULES.findall(found["rules"])}
    lines = list(said(texts))
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    for command in (found["run"] or "").splitlines():
        out = run(*(word.format(rules=tmp_path) for word in shlex.split(command))).output
        lines += [f"$ {command}", *out.replace(str(tmp_path), "").rstrip().splitlines()]
    told = "".join(f"{line}\n" for line in lines) or "nothing\n"
    if request.config.getoption("--update-goldens") and told != found["said"]:
        text = PAGE.read_text("utf-8")
        at = found.start("said")
        PAGE.write_text(text[:at] + told + text[found.end("said") :], "utf-8")
        return
    assert found["said"] == told


def test_each_kind_is_there() -> None:
    kinds = re.split(r"^# .*\n", PAGE.read_text("utf-8"), flags=re.MULTILINE)[-2:]
    assert [part.count("\n## ") for part in kinds] == [19, 18]
