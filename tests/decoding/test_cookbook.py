"""Everything that the cookbook says, as the formatter writes it, can be written under the rule set's own grammar."""

import pytest

from flowrules.analysis.gather import gather
from flowrules.decoding.export import Reader, exported
from flowrules.decoding.grammar import Only, grammar_of
from flowrules.language.parse import parse
from flowrules.language.printer import print_item
from flowrules.source import source_from_text

from .conftest import COOKBOOK, Matcher, book, matcher
from .gbnf import Recogniser


@pytest.mark.parametrize("name", COOKBOOK)
def test_llguidance_accepts_every_block_of_the_cookbook(name: str) -> None:
    written = [f"{print_item(item)}\n" for item in book(name).items()]
    assert len(written) > 10
    assert [stop for text in written if (stop := matcher(name).stops_at(text)) is not None] == []


@pytest.mark.parametrize("name", COOKBOOK)
def test_llguidance_accepts_all_blocks_as_one_file(name: str) -> None:
    assert matcher(name).stops_at("\n".join(f"{print_item(item)}\n" for item in book(name).items())) is None


@pytest.mark.parametrize("name", COOKBOOK)
def test_a_reader_of_gbnf_accepts_every_block_of_the_cookbook(name: str) -> None:
    reads = Recogniser(exported(book(name).grammar, Reader.GBNF))
    written = [f"{print_item(item)}\n" for item in book(name).items()]
    assert [text for text in written if not reads(text)] == []
    assert [text for text in written if reads(text[:-2])] == []


RULES = """\
timezone UTC
fact balance is number
fact plan is one of gold, silver
event payment_done
list trouble is "not working", broken
on intent=sales transfer queue sales
test "sales" \n  on intent=sales
  expect transfer queue sales
end
"""


def _matcher(*only: Only) -> Matcher:
    files = [parse(source_from_text(RULES, "a.rules"))[0]]
    return Matcher(exported(grammar_of(gather(files), only), Reader.LLGUIDANCE))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("on intent=sales stop\n", "on intent=sails stop\n"),
        ("on payment_done stop\n", "on payment_made stop\n"),
        ("on plan=gold stop\n", "on plan=bronze stop\n"),
        ("on intent=sales when balance is 5 stop\n", "on intent=sales when balance is gold stop\n"),
        ("on intent=sales transfer queue sales\n", "on intent=sales transfer queue sale\n"),
        ("on said contains any of trouble stop\n", "on said contains any of troubles stop\n"),
        ('on intent=sales say "{balance}"\n', 'on intent=sales say "{balanc}"\n'),
        ("on intent=sales stop\n", "on intent=sales stop"),
        ("on intent=sales stop\n", "on  intent=sales stop\n"),
        ("on intent=sales stop\n", "On intent=sales stop\n"),
        ('rule "a"\n  on anything\n  stop\nend\n', 'rule "a"\n  on anything\nend\n'),
        ("on anything mute\n", "on anything conference_remove helper\n"),
    ],
)
def test_names_and_spelling_are_the_rule_set_s_own(right: str, wrong: str) -> None:
    assert _matcher().stops_at(right) is None
    assert _matcher().stops_at(wrong) is not None


def test_only_some_kinds_of_items_may_be_asked_for() -> None:
    rule, test = "on intent=sales stop\n", 'test "a"\n  on intent=sales\n  expect nothing\nend\n'
    assert _matcher(Only.RULES).stops_at(rule) is None
    assert _matcher(Only.RULES).stops_at(test) == ""
    assert _matcher(Only.RULES, Only.TESTS).stops_at(f"{rule}\n{test}") is None
