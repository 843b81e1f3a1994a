"""The guide for rule writers: its examples are run, and nothing of the language is missing from it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from flowrules.analysis.model.builtin import CALL_FACTS, COMPUTED, EVENTS
from flowrules.cli import COMMANDS
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.loading.load import check_sources
from flowrules.diagnostics.codes import ALL_CODES
from flowrules.diagnostics.codes.hazards import HAZARDS
from flowrules.diagnostics.codes.hygiene import PLAYED_TESTS
from flowrules.diagnostics.codes.promises import PROMISES
from flowrules.diagnostics.diagnostic import Findings, open_findings
from flowrules.diagnostics.guide import FAMILIES, findings_page
from flowrules.language.nodes import FactType
from flowrules.language.operators import OPERATORS, Operator
from flowrules.language.parser.grammar import grammar_text
from flowrules.scenarios.proof import unproven
from flowrules.scenarios.suite import run_tests
from flowrules.source import source_from_text
from flowrules.verbs import BY_NAME, CATALOGUE
from flowrules.verbs.describe import describe
from flowrules.verbs.reasons import REASONS
from flowrules.verbs.statuses import KNOWN_STATUSES

ROOT = Path(__file__).parents[2]
GUIDES = ("learn", "difficult-calls", "language", "verbs", "findings", "i-want-to")
FENCE = re.compile(r"^```(?P<info>rules.*)\n(?P<text>(?:.*\n)*?)```$", re.MULTILINE)
CODE = re.compile(r"^```.*\n(?P<fenced>(?:.*\n)*?)```$|`(?P<inline>[^`\n]+)`", re.MULTILINE)


class Example(NamedTuple):
    guide: str
    line: int
    text: str
    avoid: str
    """The name of the finding that it must give; empty: none."""


def guide(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


def examples() -> Iterator[Example]:
    for name in GUIDES:
        page = guide(name)
        for found in FENCE.finditer(page):
            words = found["info"].split()
            assert words == ["rules"] or (words[:2] == ["rules", "avoid"] and len(words) == 3), words
            line = page.count("\n", 0, found.start()) + 1
            yield Example(name, line, found["text"], words[2] if len(words) == 3 else "")


def code_of(*names: str) -> str:
    """Everything that the pages show as code, each piece on a line of its own."""
    pieces = (found["fenced"] or found["inline"] for name in names for found in CODE.finditer(guide(name)))
    return "\n".join(pieces).lower()


def shows(word: str, code: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word.lower())}(?![\w-])", code) is not None


ALL_EXAMPLES = tuple(examples())


@pytest.mark.parametrize("example", ALL_EXAMPLES, ids=lambda one: f"{one.guide}-{one.line}")
def test_an_example_says_what_its_page_says(example: Example) -> None:
    rules, findings = check_sources([source_from_text(example.text, f"{example.guide}.md")])
    of_tests = {code.name for code in PLAYED_TESTS}
    played = {code.name for code in (*HAZARDS, *PROMISES)} | of_tests

    assert _told(open_findings(findings)) == (
        [example.avoid] if example.avoid and example.avoid not in played else []
    )
    if example.avoid and example.avoid not in of_tests:
        return
    ruleset = compile_rules(rules)
    result = run_tests(ruleset)
    weak = open_findings(unproven(ruleset, result.cases))
    assert _told(weak) == ([example.avoid] if example.avoid else [])
    assert [(case.label, case.shortfalls) for case in result.cases if not case.passed] == []


def _told(findings: Findings) -> list[str]:
    return [finding.code.name for finding in findings]


def test_the_pages_hold_enough_examples() -> None:
    counts = {name: sum(one.guide == name for one in ALL_EXAMPLES) for name in GUIDES}
    assert all(count >= 8 for count in counts.values()), counts


# --- nothing is missing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda row: row.op)
def test_every_comparison_is_in_the_guide(operator: Operator) -> None:
    table = guide("language").split("## Conditions")[1].split("\n## ")[0]
    row = next((line for line in table.splitlines() if line.startswith(f"| `{operator.words}` |")), "")
    assert row, f'the table of conditions has no row for "{operator.words}"'
    for spelling in operator.also:
        assert shows(spelling, row), f'"{spelling}" is not in the row of "{operator.words}"'


def test_every_word_of_the_grammar_is_in_the_guide() -> None:
    keywords = {word for word in re.findall(r'"([^"\s]+)"i?', _rules_of_the_grammar()) if word[0].isalpha()}
    code = code_of("language", "verbs")
    assert len(keywords) > 80
    assert [word for word in sorted(keywords) if not shows(word, code)] == []


def _rules_of_the_grammar() -> str:
    lines = (line.partition("//")[0] for line in grammar_text().splitlines())
    return "\n".join(line for line in lines if not re.match(r"(?:_NL|_EQ|[A-Z]+)[.\d]*\s*:|%", line))


@pytest.mark.parametrize("name", sorted({*EVENTS, *CALL_FACTS, *COMPUTED, *REASONS, *FactType}))
def test_what_the_engine_knows_is_in_the_guide(name: str) -> None:
    assert shows(name, code_of("language"))


@pytest.mark.parametrize("verb", sorted(BY_NAME))
def test_every_verb_is_in_the_guide_as_the_catalogue_has_it(verb: str) -> None:
    section = _section(verb)
    known = describe(BY_NAME[verb])
    shown = FENCE.sub("", section)
    for form in known.forms:
        assert f"    {form}\n" in shown, f"the form of {verb} is: {form}"
    for field in known.fields:
        row = next((line for line in shown.splitlines() if line.startswith(f"| `{field.name}` |")), None)
        assert row is not None, f"{verb} has no row for {field.name}"
        assert (row.split("|")[2].strip() == "needed") == field.required, f"{field.name} of {verb}"
        for choice in field.type.split(" | ") if "|" in field.type else ():
            assert f"`{choice}`" in row
    written = set(re.findall(r"^\| `(\w+)` \|", shown, re.MULTILINE))
    assert written == {field.name for field in known.fields}
    words = {form.word for form in BY_NAME[verb].forms}
    examples = "\n".join(found["text"] for found in FENCE.finditer(section))
    assert all(shows(word, examples) for word in words)


def _section(verb: str) -> str:
    page = guide("verbs")
    assert page.count(f"\n## {verb}\n") == 1
    assert f"[{verb}](#{verb})" in page
    return page.split(f"\n## {verb}\n")[1].split("\n## ")[0].split("\n---\n")[0]


def test_the_guide_counts_the_verbs() -> None:
    assert f"There are {len(CATALOGUE)}." in guide("verbs")
    assert all(f"`{status}`" in _section("set_lead_status") for status in KNOWN_STATUSES)


def test_the_page_of_findings_is_made_of_the_codes() -> None:
    assert guide("findings") == findings_page(), (
        "write it anew: python -c 'from flowrules.diagnostics.guide import findings_page; "
        'print(findings_page(), end="")\' > docs/findings.md'
    )


def test_every_finding_is_in_a_chapter() -> None:
    assert [code for _, _, codes in FAMILIES for code in codes] == list(ALL_CODES)


def test_every_finding_shows_what_to_avoid() -> None:
    """But those of a whole file, whose mistakes no example of a few lines can show."""
    whole_file = {
        "not-utf8",
        "not-read",
        "passed-over",
        "too-large",
        "too-deep",
        "too-many",
        "too-many-steps",
        "empty-file",
    }
    assert {code.name for code in ALL_CODES if not code.avoid or not code.prefer} <= whole_file


def test_there_are_forty_wishes() -> None:
    wishes = re.findall(r"^\*\*I want (.+?)\*\*", guide("i-want-to"), re.MULTILINE)
    assert len(wishes) >= 40
    assert len(set(wishes)) == len(wishes)


def test_every_command_that_the_guide_names_exists() -> None:
    commands = {command.name for command in COMMANDS}
    named = {
        word for name in GUIDES for word in re.findall(r"(?:`|^    )flowrules ([a-z]+)", guide(name), re.M)
    }
    assert {"new", "check", "preview", "test", "why", "fmt"} <= named <= commands


def test_links_lead_somewhere() -> None:
    for name in GUIDES:
        for target in re.findall(r"\]\(([^)\s]+)\)", guide(name)):
            page, _, anchor = target.partition("#")
            if not page.endswith(".md"):
                assert not page or (ROOT / "docs" / page).exists(), f"{name}.md links to {target}"
            where = guide(page.removesuffix(".md")) if page.endswith(".md") else guide(name)
            assert not anchor or anchor in _anchors(where), f"{name}.md links to {target}"


def _anchors(page: str) -> set[str]:
    """The anchors that a page's headings get on the hosts that render Markdown."""
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
