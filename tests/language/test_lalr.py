"""The loop over Lark's tables makes the trees that Lark itself makes, and refuses what Lark refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

from flowrules.language.cut import cut
from flowrules.language.grammar import parser
from flowrules.language.lalr import Driver, PlacedTree, read_tree
from flowrules.language.nodes import Item
from flowrules.language.printer import print_item
from flowrules.language.recovery import read_block
from flowrules.source import source_from_text

HERE = Path(__file__).parent
FILES = (HERE / "canonical.rules", *sorted((HERE.parents[1] / "rules").glob("*.rules")))
DRIVER = Driver(parser())

PIECES = (
    "on intent sales = is not one of in and or ( ) , then when unless during office otherwise if it fails because "
    "timeout transfer queue to hangup say wait remember yes 2 times once per call at most after 5 minutes of "
    '09:00 mon 0123 +91 45 seconds "text" “नया” विक्रय ſtop K_q ﬆop end # x\n \n  \t \u00a0 contains any known'
).split(" ")


def as_seen(tree: object) -> object:
    """A tree in plain tuples: its names, its tokens, and where each of them stands."""
    if isinstance(tree, PlacedTree):
        return str(tree.data), tree.start, tree.end, [as_seen(child) for child in tree.children]
    if isinstance(tree, Tree):
        return (
            str(tree.data),
            tree.meta.start_pos,
            tree.meta.end_pos,
            [as_seen(child) for child in tree.children],
        )
    if isinstance(tree, Token):
        return tree.type, str(tree), tree.start_pos, tree.end_pos
    return tree


def as_lark_sees(text: str) -> object:
    try:
        return as_seen(parser().parse(text))
    except UnexpectedInput:
        return None


def blocks_of(path: Path) -> Iterator[str]:
    source = source_from_text(path.read_text("utf-8"))
    for block in cut(source):
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


def test_a_mistake_is_raised_as_lark_raises_it() -> None:
    with pytest.raises(UnexpectedInput) as ours:
        read_tree("on intent=sales transfer queue\n")
    with pytest.raises(UnexpectedInput) as theirs:
        parser().parse("on intent=sales transfer queue\n")
    assert str(ours.value) == str(theirs.value)


def test_blocks_are_read_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not with Lark's own loop, which takes three times as long."""
    monkeypatch.setattr(type(parser()), "parse", None)
    item, problems = read_block("on intent=sales transfer queue sales")
    assert item is not None
    assert not problems
