"""The usual mistakes, each with the finding that its writer sees: `tests/corpus/mistakes/NAME.rules` and `.txt`."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from flowrules.analysis.check import check
from flowrules.diagnostics.diagnostic import Findings, in_order
from flowrules.diagnostics.fix import fixed
from flowrules.diagnostics.render import full
from flowrules.language.nodes import RuleFile
from flowrules.language.parse import parse
from flowrules.language.parser.grammar import parser
from flowrules.source import SourceFile, source_from_bytes, source_from_text

FOLDER = Path(__file__).parent.parent / "corpus" / "mistakes"
MISTAKES = [pytest.param(path, id=path.stem) for path in sorted(FOLDER.glob("*.rules"))]


def read(path: Path) -> tuple[SourceFile, RuleFile, Findings]:
    source = source_from_bytes(path.read_bytes(), path.name)
    return source, *parse(source)


@pytest.mark.parametrize("path", MISTAKES)
def test_a_mistake_gets_the_finding_that_its_writer_needs(
    path: Path, golden: Callable[[Path, str], None]
) -> None:
    _, file, syntax = read(path)
    _, meaning = check([file])
    assert syntax or meaning
    golden(path.with_suffix(".txt"), full(in_order((*syntax, *meaning))))


@pytest.mark.parametrize("path", MISTAKES)
def test_the_good_rules_around_a_mistake_are_still_understood(path: Path) -> None:
    _, file, findings = read(path)
    places = [finding.location.start for finding in findings]
    for block in file.blocks:
        has_mistake = any(block.start <= place <= block.end for place in places)
        assert (block.item is None) == has_mistake, block.text


@pytest.mark.parametrize("path", MISTAKES)
def test_what_is_offered_as_a_remedy_mends(path: Path) -> None:
    source, _, findings = read(path)
    left = findings
    text = source.text
    for _ in range(len(findings)):
        text, mended = fixed(source, left)
        if not mended:
            break
        source = source_from_text(text, path.name)
        _, left = parse(source)
    assert not any(finding.fix for finding in left)
    assert len(left) <= sum(not finding.fix for finding in findings)


@pytest.mark.parametrize("path", MISTAKES)
def test_no_finding_speaks_of_the_parser(path: Path) -> None:
    source, _, findings = read(path)
    names = {terminal.name for terminal in parser().terminals if len(terminal.name) > 2}
    for finding in findings:
        said = f"{finding.message} {finding.hint}".replace("UTF-8", "")
        words = set(re.findall(r"\b[A-Z_][A-Z_0-9]{2,}\b", said))
        assert not (words & names) - set(re.findall(r"\w+", source.text))


def test_there_are_enough_of_them() -> None:
    assert len(MISTAKES) >= 45
