"""Rule sets of the cookbook with their grammars, and llguidance's matcher over single bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llguidance import LLMatcher, LLTokenizer
from llguidance._tokenizer import TokenizerWrapper

from flowrules.analysis.gather import gather
from flowrules.decoding.export import Reader, exported
from flowrules.decoding.grammar import grammar_of
from flowrules.decoding.notation import Grammar
from flowrules.language.nodes import Before, Item, Never, Promise, Rule, RuleFile, Test
from flowrules.language.parse import parse
from flowrules.source import SourceFile, read

ROOT = Path(__file__).parents[2] / "rules"
COOKBOOK = tuple(sorted(path.stem for path in ROOT.glob("*.rules")))
HOUSE = "house"
"""The file that the others are loaded with."""


class Bytes:
    """A tokenizer whose tokens are the 256 bytes, and one that ends the text."""

    eos_token_id = 256
    bos_token_id = None
    tokens = (*(bytes([one]) for one in range(256)), b"<end>")
    special_token_ids = (256,)

    def __call__(self, text: bytes) -> list[int]:
        return list(text)


TOKENIZER = LLTokenizer(TokenizerWrapper(Bytes()))


@dataclass(frozen=True)
class Book:
    """A file of the cookbook with the house rules: what it is read from, and its grammar."""

    sources: tuple[SourceFile, ...]
    file: RuleFile
    grammar: Grammar

    def items(self) -> Iterator[Item]:
        """What the grammar can write: all but declarations."""
        for block in self.file.blocks:
            if isinstance(block.item, Rule | Never | Before | Promise | Test):
                yield block.item


@cache
def book(name: str) -> Book:
    sources = tuple(one for stem in dict.fromkeys((name, HOUSE)) for one in read(ROOT / f"{stem}.rules"))
    files = [parse(source)[0] for source in sources]
    return Book(sources, files[0], grammar_of(gather(files)))


class Matcher:
    """Whether llguidance lets a model write a text to its end."""

    def __init__(self, lark: str) -> None:
        self._new = LLMatcher(TOKENIZER, LLMatcher.grammar_from_lark(lark))
        assert not self._new.is_error(), self._new.get_error()

    def stops_at(self, text: str) -> str | None:
        """What stands before the first byte that is refused; the whole text where only its end is refused; None where
        nothing is."""
        matcher, data = self._new.deep_copy(), text.encode()
        taken = matcher.try_consume_tokens(list(data))
        if taken == len(data) and matcher.is_accepting():
            return None
        return data[:taken].decode("utf-8", "ignore")


@cache
def matcher(name: str) -> Matcher:
    return Matcher(exported(book(name).grammar, Reader.LLGUIDANCE))
