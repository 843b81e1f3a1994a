"""Findings as their reader sees them: rule text beside place and sentence, in the Markdown files of `findings/`.

With `pytest --update-goldens` the files are written anew; read the difference before keeping it.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flowrules.analysis.model.checked import CheckedRules
from flowrules.diagnostics.codes import ALL_CODES
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.codes.hygiene import PLAYED_TESTS
from flowrules.diagnostics.codes.promises import PROMISES
from flowrules.diagnostics.codes.syntax import SYNTAX
from flowrules.diagnostics.diagnostic import Diagnostic, Findings

CheckText = Callable[..., tuple[CheckedRules, Findings]]

FOLDER = Path(__file__).parent / "findings"
CASE = re.compile(
    r"^## (?P<title>.+?)\n(?P<rules>(?:\n```rules\n.*?^```\n)+)\n```findings\n(?P<findings>.*?)^```\n",
    re.M | re.S,
)
RULES = re.compile(r"^```rules\n(.*?)^```\n", re.M | re.S)


def cases() -> list[pytest.param]:
    found = []
    for path in sorted(FOLDER.glob("*.md")):
        for match in CASE.finditer(path.read_text("utf-8")):
            found.append(pytest.param(path, match, id=f"{path.stem}: {match['title']}"))
    return found


def shown(finding: Diagnostic) -> str:
    """Place, name, sentence, hint, answer, other places and edits; of a syntax finding, which others test, the head."""
    first, last = finding.location.first, finding.location.last
    file = finding.location.source.path
    place = f"{first.line}:{first.column}-{last.line}:{last.column}"
    head = f"{'' if file == 'a.rules' else f'{file} '}{place} {finding.code.name}"
    if finding.code in SYNTAX:
        return f"{head}\n"
    lines = [head, f"  {finding.message}"]
    if finding.hint:
        lines.append(f"  {finding.hint}")
    if finding.answered:
        lines.append(f"  answered: {finding.answered}")
    for where, word in finding.related:
        file = where.source.path
        lines.append(f"  see {'' if file == 'a.rules' else f'{file} '}line {where.first.line}: {word}")
    lines += (
        f"  fix {edit.location.first.line}:{edit.location.first.column} {edit.location.source.text[edit.location.start : edit.location.end]!r} to {edit.text!r}"
        for edit in finding.fix
    )
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(("path", "case"), cases())
def test_finding_as_it_is_shown(
    path: Path, case: re.Match[str], check_texts: CheckText, request: pytest.FixtureRequest
) -> None:
    _, findings = check_texts(*RULES.findall(case["rules"]))
    said = "".join(map(shown, findings))
    if request.config.getoption("--update-goldens") and said != case["findings"]:
        text = path.read_text("utf-8")
        old = case[0]
        path.write_text(text.replace(old, f"{old[: -len(case['findings']) - 4]}{said}```\n"), "utf-8")
        return
    assert said == case["findings"]


def test_every_case_is_read() -> None:
    """A case with a slip in its Markdown would not be run."""
    for path in FOLDER.glob("*.md"):
        text = path.read_text("utf-8")
        assert len(CASE.findall(text)) == text.count("\n## "), path.name


def test_every_code_has_a_case() -> None:
    text = "".join(path.read_text("utf-8") for path in FOLDER.glob("*.md"))
    missing = [
        code.name
        for code in ALL_CODES
        if code not in (*SYNTAX, *HAZARDS, *PROMISES, *PLAYED_TESTS) and f" {code.name}\n" not in text
    ]
    assert missing == []
