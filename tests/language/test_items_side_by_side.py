"""Each kind of item ends where the next one begins, whatever the next one is, without an empty line between them."""

import pytest

from flowrules.language.parse import parse
from flowrules.language.split_blocks import ITEM_WORDS
from flowrules.source import source_from_text

ITEMS = (
    'rule "A"\n  on paid\n  hold\nend',
    "steps calm\n  hold\nend",
    "hours office in Asia/Kolkata\n  mon to fri 09:00 to 18:00\nend",
    'test "t"\n  on paid\n  expect hold\nend',
    'promise "never" never hold',
    'promise "at the end" at the end paid is yes',
    'promise "while" while paid is yes plan is gold',
    'promise "block"\n  after paid before the call ends log\nend',
    "destination desk is queue q",
    "destination map by lead.tier\n  gold is agent a\nend",
    "on paid hold",
    "also on paid hold",
    "urgent on paid hold",
    "after 5 seconds hold",
    "at 19:00 hold",
    "never hold when paid is yes",
    "before hangup set_disposition done",
    "timezone Asia/Kolkata",
    "order as written",
    "event paid",
    "fact paid is yes/no",
    "list vips is gold, silver",
    "allow numbers +91",
    "only declared names",
)
BELONG_TO_NO_ITEM = {"default"}
"""Of a spelling that is told apart as a mistake."""


def test_there_is_one_of_each_word() -> None:
    assert {item.split()[0] for item in ITEMS} == ITEM_WORDS - BELONG_TO_NO_ITEM


@pytest.mark.parametrize("first", ITEMS)
def test_an_item_ends_where_the_next_one_begins(first: str) -> None:
    for second in ITEMS:
        file, findings = parse(source_from_text(f"{first}\n{second}\n"))
        assert not findings, (second, findings)
        assert [block.text for block in file.blocks] == [first, second]
