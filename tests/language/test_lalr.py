"""The loop over Lark's tables makes the trees that Lark itself makes, and refuses what Lark refuses."""

from collections.abc import Iterator
from pathlib import Path

import lark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark.exceptions import UnexpectedInput, UnexpectedToken

from flowrules.language.nodes import Item
from flowrules.language.parser.grammar import parser
from flowrules.language.parser.lalr import Driver, first_failure, read_tree
from flowrules.language.parser.tables import from_json, make_tables, to_json
from flowrules.language.parser.tree import Token, Tree
from flowrules.language.printer import print_item
from flowrules.language.recovery import read_block
from flowrules.language.split_blocks import split_blocks
from flowrules.source import source_from_text

HERE = Path(__file__).parent
FILES = (HERE / "canonical.rules", *sorted((HERE.parents[1] / "rules").glob("*.rules")))
TABLES = make_tables(parser())
DRIVER = Driver(TABLES)
MISTAKES = sorted((HERE.parents[0] / "corpus" / "mistakes").rglob("*.rules"))

PIECES = (
    "on intent sales = is not one of in and or ( ) , then when unless during office otherwise if it fails because "
    "timeout transfer queue to hangup say wait remember yes 2 times once per call at most after 5 minutes of "
    '09:00 mon 0123 +91 45 seconds "text" “नया” विक्रय ſtop K_q ﬆop end # x\n \n  \t \u00a0 contains any known'
).split(" ")


def as_seen(tree: object) -> object:
    """A tree in plain tuples: its names, its tokens, and where each of them stands."""
    if isinstance(tree, Tree):
        return str(tree.data), tree.start, tree.end, [as_seen(child) for child in tree.children]
    if isinstance(tree, lark.Tree):
        return (
            str(tree.data),
            tree.meta.start_pos,
            tree.meta.end_pos,
            [as_seen(child) for child in tree.children],
        )
    if isinstance(tree, Token | lark.Token):
        return tree.type, str(tree), tree.start_pos, tree.end_pos
    return tree


def as_lark_sees(text: str) -> object:
    try:
        return as_seen(parser().parse(text))
    except UnexpectedInput:
        return None


def blocks_of(path: Path) -> Iterator[str]:
    source = source_from_text(path.read_text("utf-8"))
    for block in split_blocks(source):
        yield source.text[block.start : block.end] + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_give_lark_s_trees(path: Path) -> None:
    for text in blocks_of(path):
        assert as_seen(read_tree(text)) == as_lark_sees(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_beginning_of_a_block_is_read_or_refused_as_lark_does(path: Path) -> None:
    for text in list(blocks_of(path))[:12]:
        for end in range(0, len(text), 7):
            assert as_seen(DRIVER.read(text[:end])) == as_lark_sees(text[:end])


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_item_gives_lark_s_tree(data: st.DataObject, items: st.SearchStrategy[Item]) -> None:
    text = f"{print_item(data.draw(items))}\n"
    assert as_seen(read_tree(text)) == as_lark_sees(text)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(lambda pieces: f"on {' '.join(pieces)}\n"))
def test_what_is_no_rule_is_refused_as_lark_refuses_it(text: str) -> None:
    assert as_seen(DRIVER.read(text)) == as_lark_sees(text)


def where_lark_stumbles(text: str) -> tuple[int, frozenset[str], str] | None:
    """Where, what could have stood there, and what stands before; None where Lark reads it."""
    try:
        parser().parse(text)
    except UnexpectedInput as error:
        at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        at = len(text) if at_end else error.pos_in_stream or 0
    else:
        return None
    walk = parser().parse_interactive(text[:at])
    last, accepts = "", frozenset[str]()
    try:
        for token in walk.exhaust_lexer():
            last = token.type
        accepts = frozenset(walk.accepts())  # type: ignore[no-untyped-call]
    except UnexpectedInput:
        pass
    return at, accepts, last


@pytest.mark.parametrize("path", MISTAKES, ids=lambda path: path.stem)
def test_a_mistake_is_found_where_lark_finds_it(path: Path) -> None:
    for text in blocks_of(path):
        if (theirs := where_lark_stumbles(text)) is not None:
            assert read_tree(text) is None
            assert first_failure(text) == theirs


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join))
def test_any_text_stumbles_where_lark_does(text: str) -> None:
    if (theirs := where_lark_stumbles(text)) is not None:
        assert first_failure(text) == theirs


def test_tables_are_the_same_once_they_were_text() -> None:
    assert from_json(to_json(TABLES)) == TABLES


def test_blocks_are_read_without_lark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own loop takes three times as long."""
    monkeypatch.setattr(type(parser()), "parse", None)
    monkeypatch.setattr(type(parser()), "parse_interactive", None)
    item, problems = read_block("on intent=sales transfer queue sales")
    assert item is not None
    assert not problems
    assert read_block("on intent=sales transfer queue")[1]
