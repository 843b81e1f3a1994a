"""A model without any sense, one byte after another under llguidance's mask: whatever it writes to an end parses."""

from random import Random

import pytest
from llguidance import LLMatcher

from flowrules.decoding.export import Reader, exported
from flowrules.diagnostics.diagnostic import Severity
from flowrules.language.parse import parse
from flowrules.source import source_from_text

from .conftest import COOKBOOK, TOKENIZER, book

WALKS = 6
LONGEST = 6_000
"""Bytes of a walk. One that has come to no end is left out."""
ENDS = {ord(sign): 40 for sign in '"\n)'}
"""Signs that end something are taken more often, so that walks come to an end."""


def walk(start: LLMatcher, dice: Random) -> str | None:
    matcher, written = start.deep_copy(), bytearray()
    while len(written) < LONGEST:
        if matcher.is_accepting():
            return written.decode()
        mask = matcher.compute_bitmask()
        allowed = [one for one in range(128) if mask[one // 8] >> one % 8 & 1]
        (byte,) = dice.choices(allowed, [ENDS.get(one, 1) for one in allowed])
        assert matcher.consume_token(byte)
        written.append(byte)
    return None


@pytest.mark.parametrize("name", COOKBOOK)
def test_what_is_written_under_the_mask_parses(name: str) -> None:
    start = LLMatcher(TOKENIZER, LLMatcher.grammar_from_lark(exported(book(name).grammar, Reader.LLGUIDANCE)))
    dice = Random(f"walks {name}")
    texts = [text for _ in range(WALKS) if (text := walk(start, dice)) is not None]
    assert len(texts) >= WALKS // 2
    for text in texts:
        findings = parse(source_from_text(text, "walk.rules"))[1]
        assert [one.message for one in findings if one.code.severity is Severity.ERROR] == [], text
