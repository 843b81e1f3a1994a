"""Every tree has one text, and that text is the tree."""

from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.language.nodes import Item
from flowrules.language.parse import parse_block
from flowrules.language.printer import print_item


@settings(max_examples=600, deadline=None)
@given(data=st.data())
def test_printing_and_parsing_gives_the_same_tree(
    data: st.DataObject, items: st.SearchStrategy[Item]
) -> None:
    item = data.draw(items)
    text = print_item(item)
    parsed, problems = parse_block(text)
    assert not problems, f"{text}\n{problems[0]}"
    assert parsed == item
    assert print_item(parsed) == text
