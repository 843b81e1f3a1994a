"""What stands before a place in a text, and what the grammar takes there, also in a block that has mistakes."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from flowrules.language.nodes import Block, RuleFile
from flowrules.language.parser.grammar import keywords
from flowrules.language.parser.lalr import Walk
from flowrules.language.parser.tree import Token
from flowrules.language.split_blocks import split_blocks

MAX_SKIPPED = 5
"""Lines of a block with a mistake that are left out, at most, so that the others tell what may stand here."""
MAX_BLOCK = 20_000
"""Characters of a block before a place, at most, for anything to be said of it."""
_START = attrgetter("start")
_WORD = re.compile(r"[\w.\-\u200c\u200d]*\Z")
_BEFORE_WORD = re.compile(r"[^\S\n]*\Z")
_QUOTE = re.compile(r"[\"“”„]")
_COMMENT = re.compile(r"(?<!\S)#")


@dataclass(frozen=True)
class Cursor:
    """A place at `offset` in a file. `word` is what was typed of the word there, from `start` on; `text` is the block
    before it, '' where none has begun. `in_text` and `in_comment` say that it stands inside quotes, or behind a `#`."""

    file: RuleFile
    offset: int
    start: int
    word: str
    line: str
    """The line before the word."""
    text: str
    may_begin: bool
    """Whether another block may begin here."""
    in_text: bool
    in_comment: bool
    whole_line: str
    """The line before the place."""
    begin: int
    """Where the block begins; the place itself where none has."""

    @classmethod
    def at(cls, file: RuleFile, offset: int) -> "Cursor":
        text = file.source.text
        offset = min(max(offset, 0), len(text))
        line_start = text.rfind("\n", 0, offset) + 1
        line = text[line_start:offset]
        word = _WORD.search(line)
        assert word is not None  # it may be empty
        start = line_start + word.start()
        in_text = len(_QUOTE.findall(line)) % 2 == 1
        comment = _COMMENT.search(line)
        in_comment = comment is not None and len(_QUOTE.findall(line[: comment.start()])) % 2 == 0
        begun, ended = _block_before(file, start)
        indented = line[: word.start()]
        new_line = not indented.strip()
        inside = begun is not None and (start <= begun.end or not ended or not new_line)
        goes_on = (
            begun is not None and not inside and new_line and "\n" not in text[begun.end : line_start - 1]
        )
        before = text[begun.start : start] if begun is not None and (inside or goes_on) else ""
        return cls(
            file,
            offset,
            start,
            word[0],
            indented,
            before if len(before) <= MAX_BLOCK else "",
            new_line and not (inside and begun is not None and start > begun.start),
            in_text,
            in_comment,
            line,
            begun.start if begun is not None and before else start,
        )

    @cached_property
    def readable(self) -> str:
        """The block before the word, without lines that stop the parser above this one."""
        text = self.text
        for _ in range(MAX_SKIPPED):
            walk = _walked(text)
            at = walk.at
            if not (walk.refused or walk.unreadable) or "\n" not in text[at:]:
                break
            begin, end = text.rfind("\n", 0, at) + 1, text.find("\n", at) + 1
            text = text[:begin] + text[end:]
        return text

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The words of the block before this one."""
        walk = Walk(self.readable)
        tokens = tuple(walk.tokens())
        return tokens[:-1] if walk.refused else tokens

    @cached_property
    def accepts(self) -> frozenset[str]:
        """The parser's names for what may stand here; none where it has stopped before, in this line."""
        return accepted(self.readable) if self.text else frozenset()

    @cached_property
    def goes_on(self) -> frozenset[str]:
        """What may stand here as if the line above went on."""
        return accepted(self.text.rstrip()) if self.text and not self.line.strip() else frozenset()

    def takes(self, phrase: str, *, goes_on: bool = False) -> bool:
        """Whether the parser takes all words of a phrase here, and none of the language's own as a name."""
        text = f"{self.text.rstrip()}\n  " if goes_on else self.readable
        walk = Walk(f"{text}{phrase}")
        words = keywords().values()
        for token in walk.tokens():
            if token.type == "NAME" and token.start_pos >= len(text) and token.lower() in words:
                return False
        return not (walk.refused or walk.unreadable)


def accepted(text: str) -> frozenset[str]:
    """What may stand behind a text; nothing where it can't be read."""
    walk = _walked(text)
    return frozenset() if walk.refused or walk.unreadable else walk.accepts()


def _walked(text: str) -> Walk:
    walk = Walk(text)
    for _ in walk.tokens():
        pass
    return walk


def _block_before(file: RuleFile, at: int) -> tuple[Block | None, bool]:
    """The last block that begins before a place, and whether it has its end."""
    index = bisect_right(file.blocks, at, key=_START) - 1
    if index < 0:
        return None, True
    block = file.blocks[index]
    if block.item is not None:
        return block, True
    raw = next(split_blocks(file.source, file.source.position(block.start).line - 1))
    return block, raw.ended
