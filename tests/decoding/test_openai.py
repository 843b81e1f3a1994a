"""The grammar for OpenAI keeps the limits that OpenAI names, and is read as Lark's own notation."""

from pathlib import Path

import pytest
from lark.load_grammar import GrammarBuilder

from flowrules.decoding.export import Reader, exported
from flowrules.decoding.openai import LIMITS, Limit, beyond

from .conftest import COOKBOOK, Matcher, book, matcher

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")


@pytest.mark.parametrize("name", COOKBOOK)
def test_the_grammar_keeps_every_limit(name: str) -> None:
    text = exported(book(name).grammar, Reader.OPENAI)
    assert beyond(text) == ()
    builder = GrammarBuilder()
    builder.load_grammar(text)
    builder.validate()


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.name)
def test_what_breaks_a_limit_is_found(limit: Limit) -> None:
    assert beyond(limit.example) == (limit.name,)
    assert f"| {limit.name} | `{limit.example}` |" in PAGE


def test_it_says_the_same_as_the_grammar_for_llguidance() -> None:
    text = exported(book("house").grammar, Reader.OPENAI)
    assert exported(book("house").grammar, Reader.LLGUIDANCE) == f"%llguidance {{}}\n{text}"
    rule = 'rule "A"\n  on anything\n  stop\nend\n'
    assert Matcher(text).stops_at(rule) is None
    assert matcher("house").stops_at(rule) is None
