"""The rule sets that ship: clean, tested in every outcome, and without a line that nothing would miss."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowrules.analysis.check import check
from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.compile import compile_rules
from flowrules.diagnostics.diagnostic import Findings
from flowrules.language.format import format_text
from flowrules.language.nodes import Before, Never, Rule
from flowrules.language.parse import parse
from flowrules.scenarios.suite import run_tests
from flowrules.source import SourceFile, read, source_from_text

RULES = Path(__file__).parents[2] / "rules"
TRADES = ("collections", "healthcare", "house", "payments", "sales", "supervision", "support", "voicemail")
FILES = tuple(sorted(RULES.rglob("*.rules")))

every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def checked(source: SourceFile) -> tuple[CheckedRules, Findings]:
    file, syntax = parse(source)
    rules, meaning = check((file,))
    return rules, (*syntax, *meaning)


def test_every_trade_has_its_file() -> None:
    assert {path.stem for path in FILES if path.parent == RULES} == set(TRADES)


@every_file
def test_a_file_is_a_rule_set_without_findings(path: Path) -> None:
    (source,) = read(path)
    _, findings = checked(source)
    assert [f"{one.location.first.line} {one.code.name}: {one.message}" for one in findings] == []


@every_file
def test_a_file_is_in_canonical_form(path: Path) -> None:
    (source,) = read(path)
    assert format_text(source).text == source.text


@every_file
def test_the_tests_in_a_file_pass_and_reach_every_outcome(path: Path) -> None:
    (source,) = read(path)
    rules, _ = checked(source)
    result = run_tests(compile_rules(rules))
    failed = [
        f"{one.location.first.line} {one.expected}; {one.happened}"
        for c in result.cases
        for one in c.shortfalls
    ]
    assert failed == []
    assert [f"{one.rule.label}: {one.missing}" for one in result.coverage if one.missing] == []


@every_file
def test_a_sentence_stands_above_every_rule(path: Path) -> None:
    (source,) = read(path)
    file, _ = parse(source)
    bare = [
        source.position(block.start).line
        for block in file.blocks
        if isinstance(block.item, Rule | Never | Before) and not block.comment
    ]
    assert bare == []


def test_all_files_together_are_one_rule_set() -> None:
    """A house with several trades loads the folder: clean, and every file's tests pass beside the other files."""
    parsed = [parse(source) for source in read(RULES)]
    rules, findings = check([file for file, _ in parsed])
    assert [
        f"{one.location.source.path} {one.message}" for one in (*findings, *(f for _, s in parsed for f in s))
    ] == []

    result = run_tests(compile_rules(rules))

    assert [(case.label, case.shortfalls) for case in result.cases if not case.passed] == []
    assert [f"{one.rule.label}: {one.missing}" for one in result.coverage if one.missing] == []


def rule_lines(source: SourceFile) -> Iterator[int]:
    """The lines that say something: no comments, no blank ones, no `end`, nothing inside a test or a promise."""
    apart = False
    for number, line in enumerate(source.text.split("\n"), start=1):
        apart = apart or line.startswith(("test ", "promise "))
        if not apart and line.strip() and not line.lstrip().startswith("#") and line != "end":
            yield number
        apart = apart and line not in ("end", "")


@every_file
def test_no_line_can_go_without_being_missed(path: Path) -> None:
    """By a finding, a test that fails, or an outcome that no test reaches any more. Only a vocabulary can: it
    forbids names, and changes nothing that happens."""
    (source,) = read(path)
    lines = source.text.split("\n")
    unmissed = []
    for number in rule_lines(source):
        if lines[number - 1].startswith(("event ", "fact ")):
            continue
        without = source_from_text("\n".join([*lines[: number - 1], "", *lines[number:]]), source.path)
        rules, findings = checked(without)
        if findings:
            continue
        result = run_tests(compile_rules(rules))
        if result.passed and not any(one.missing for one in result.coverage):
            unmissed.append(f"{number}: {lines[number - 1]}")
    assert unmissed == []
