"""The whole language, file by file, with the tree that each file gives: `tests/corpus/good/NAME.rules` and `.ast`."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from lark import Tree

from flowrules.cli.showing.show import syntax_data
from flowrules.cli.showing.tree import outline
from flowrules.language import nodes
from flowrules.language.nodes import RuleFile
from flowrules.language.parse import parse, parse_block
from flowrules.language.parser.grammar import parser
from flowrules.language.printer import print_item
from flowrules.source import Span, source_from_bytes

FOLDER = Path(__file__).parent.parent / "corpus" / "good"
FILES = [pytest.param(path, id=path.stem) for path in sorted(FOLDER.glob("*.rules"))]


def read(path: Path) -> RuleFile:
    file, findings = parse(source_from_bytes(path.read_bytes(), path.name))
    assert [(finding.location.first, finding.message) for finding in findings] == []
    return file


@pytest.mark.parametrize("path", FILES)
def test_a_file_gives_its_tree(path: Path, golden: Callable[[Path, str], None]) -> None:
    golden(path.with_suffix(".ast"), "".join(f"{line}\n" for line in outline(syntax_data(read(path)))))


@pytest.mark.parametrize("path", FILES)
def test_every_item_is_printed_to_text_of_the_same_tree(path: Path) -> None:
    for block in read(path).blocks:
        assert block.item is not None
        printed = print_item(block.item)
        assert parse_block(printed) == (block.item, ()), printed


@pytest.mark.parametrize("path", FILES)
def test_every_place_lies_in_its_block(path: Path) -> None:
    for block in read(path).blocks:
        for node in walk(block.item):
            span = getattr(node, "span", None)
            if span is not None and span != nodes.NOWHERE:
                assert 0 <= span.start < span.end <= len(block.text) + 1


def test_every_rule_of_the_grammar_is_in_the_corpus() -> None:
    made = {
        rule.alias or rule.origin.name
        for rule in parser().rules
        if (rule.alias or not rule.options.expand1) and not rule.origin.name.startswith("_")
    }
    found = {
        str(node.data)
        for path in FOLDER.glob("*.rules")
        for block in read(path).blocks
        for node in parser().parse(f"{block.text}\n").iter_subtrees()
        if isinstance(node, Tree)
    }
    assert made - found == set()


def test_every_kind_of_node_is_in_the_corpus() -> None:
    kinds = {kind for kind in vars(nodes).values() if is_dataclass(kind)} - {nodes.RuleFile}
    found = {
        type(node)
        for path in FOLDER.glob("*.rules")
        for block in read(path).blocks
        for node in walk(block.item)
    }
    assert {kind.__name__ for kind in kinds} - {kind.__name__ for kind in found} == set()


def walk(node: object) -> Iterator[object]:
    if isinstance(node, tuple) and not isinstance(node, Span):
        for part in node:
            yield from walk(part)
    elif is_dataclass(node):
        yield node
        for field in fields(node):
            yield from walk(getattr(node, field.name))
