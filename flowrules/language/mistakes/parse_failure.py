"""The place where the parser stumbled, as the detectors look at it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import regex

from flowrules.language.parser.grammar import keywords
from flowrules.language.parser.lalr import END, Walk, first_failure
from flowrules.language.parser.tree import Token
from flowrules.language.reserved import STEP_WORDS, is_reserved
from flowrules.source import Span

Edits = tuple[tuple[Span, str], ...]

_LINE_END = 1_000
"""What a line's end counts for, when it is asked how many words the parser takes."""
MAX_TRIED = 20_000
"""Characters of a block in which mendings are tried out, at most: each try reads the block again."""

_TOKEN = regex.compile(
    r"""(?P<comment>(?<!\S)\#[^\n]*)
    |(?P<newline>\n)
    |(?P<space>[^\S\n]+)
    |(?P<text>["“”„](?:[^"“”„\n]|"")*["“”„])
    |(?P<open>["“”„][^\n]*)
    |(?P<number>[+-]?\d[\w.,:%/-]*\w|[+-]?\d)
    |(?P<word>[\p{L}_][\p{L}\p{M}\p{N}_\u200c\u200d'’]*(?:[.-][\p{L}\p{N}_][\p{L}\p{M}\p{N}_\u200c\u200d]*)*)
    |(?P<sign>&&|\|\||===?|!==?|<>|:=|=<|=>|<=|>=|->|--|//|/\*|\*/|\.\.\.|.)
    """,
    regex.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word, number, text or sign. `kind` is one of word, number, text, open (a quote never closed), sign,
    newline, nothing."""

    kind: str
    text: str
    span: Span

    @property
    def word(self) -> str:
        """The word in lower case; empty for anything else."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def shown(self) -> str:
        """As messages quote it."""
        return self.text if self.kind == "text" else f'"{self.text}"'

    @property
    def starts_step(self) -> bool:
        return self.word in STEP_WORDS

    @property
    def step(self) -> str:
        """What begins a step, as it is named: `go` alone is none."""
        return "go on" if self.word == "go" else self.text

    @property
    def is_nothing(self) -> bool:
        """The line's end, or the text's."""
        return self.kind in ("newline", "nothing")


def quoted(text: str) -> str:
    """As messages quote it; what stands in quotes already gets no others."""
    return text if text[:1] in ('"', "“", "”", "„") else f'"{text}"'


NOTHING = Lexeme("nothing", "", Span(0, 0))


@dataclass(frozen=True)
class ParseFailure:
    """`lexemes` are those of the whole block; `here` is the index of the one that could not be taken.
    `accepts` holds the parser's names for what could have stood there, `last` its name for what stands before."""

    text: str
    lexemes: tuple[Lexeme, ...]
    here: int
    accepts: frozenset[str]
    last: str = ""

    @classmethod
    def at(cls, text: str, offset: int, accepts: frozenset[str], last: str = "") -> "ParseFailure":
        lexemes = tuple(_pieces(text))
        while offset < len(text) and text[offset].isspace() and text[offset] != "\n":
            offset += 1
        here = next((i for i, lexeme in enumerate(lexemes) if lexeme.span.end > offset), len(lexemes) - 1)
        return cls(text, lexemes, here, accepts, last)

    @classmethod
    def of(cls, text: str) -> "ParseFailure":
        """Where a text that can't be read stops the parser."""
        at, accepts, last = first_failure(text)
        return cls.at(text, at, accepts, last)

    def lexeme(self, distance: int = 0) -> Lexeme:
        """The lexeme at the failure, or so many before (negative) or behind it on the same line."""
        index = self.here + distance
        first, last = self._line_bounds
        if distance == 0:
            return self.lexemes[index]
        return self.lexemes[index] if first <= index < last else NOTHING

    @cached_property
    def line(self) -> tuple[Lexeme, ...]:
        """The lexemes of the physical line."""
        first, last = self._line_bounds
        return self.lexemes[first:last]

    @cached_property
    def before(self) -> tuple[Lexeme, ...]:
        """The lexemes of the line in front of the failure."""
        return self.lexemes[self._line_bounds[0] : self.here]

    @cached_property
    def behind(self) -> tuple[Lexeme, ...]:
        """The lexemes of the line from the failure on."""
        return self.lexemes[self.here : self._line_bounds[1]]

    @cached_property
    def _line_bounds(self) -> tuple[int, int]:
        first = self.here
        while first > 0 and self.lexemes[first - 1].kind != "newline":
            first -= 1
        last = self.here
        while last < len(self.lexemes) and self.lexemes[last].kind != "newline":
            last += 1
        return first, last

    @cached_property
    def first(self) -> Lexeme:
        """The first lexeme of the block."""
        return next((lexeme for lexeme in self.lexemes if lexeme.kind != "newline"), NOTHING)

    @cached_property
    def rail(self) -> Lexeme | None:
        """The `never` or `before` with which the block's guard rail begins; below a name it stands on the next line."""
        if self.first.word in ("never", "before"):
            return self.first
        if self.first.word != "rule":
            return None
        at = next(
            (i for i, lexeme in enumerate(self.lexemes) if lexeme.kind == "newline" and i > 0),
            len(self.lexemes),
        )
        below = next((lexeme for lexeme in self.lexemes[at:] if lexeme.kind != "newline"), NOTHING)
        is_rail = below.word in ("never", "before") and below.span.start < self.lexeme().span.start
        return below if is_rail else None

    @property
    def on_first_line(self) -> bool:
        return all(lexeme.kind != "newline" for lexeme in self.lexemes[: self.here])

    @property
    def on_last_line(self) -> bool:
        return all(lexeme.kind != "newline" for lexeme in self.lexemes[self.here : -1])

    @property
    def at_line_end(self) -> bool:
        return self.lexeme().is_nothing

    @property
    def line_end(self) -> int:
        """Where the last lexeme of the line ends."""
        return self.line[-1].span.end if self.line else self.lexeme().span.start

    @property
    def is_long(self) -> bool:
        """Too long for mendings to be tried out."""
        return len(self.text) > MAX_TRIED

    @property
    def step_may_follow(self) -> bool:
        return "TRANSFER" in self.accepts

    @property
    def comparison_may_follow(self) -> bool:
        return {"IS", "CONTAINS"} <= self.accepts

    @cached_property
    def keywords(self) -> frozenset[str]:
        """The words of the language that could have stood here."""
        return frozenset(word for name, word in keywords().items() if name in self.accepts)

    @cached_property
    def in_guard(self) -> tuple[Lexeme, ...]:
        """The lexemes of the condition that is being written, from behind its first word to the failure."""
        for index in range(self.here - 1, -1, -1):
            if self.lexemes[index].word in ("when", "unless", "if"):
                return self.lexemes[index + 1 : self.here]
        return ()

    def rest(self, lexeme: Lexeme) -> str:
        """The line's text from a lexeme on."""
        return self.text[lexeme.span.start : self.line_end]

    def span_here(self) -> Span:
        """The stumbling lexeme; at a line's end, the last lexeme before it."""
        if not self.at_line_end:
            return self.lexeme().span
        earlier = [lexeme for lexeme in self.lexemes[: self.here] if lexeme.kind != "newline"]
        return earlier[-1].span if earlier else Span(0, 0)

    def mends(self, edits: Edits, past: int = 1) -> bool:
        """Does the parser come further with these edits: past them, past the failure, and past the next words?"""
        if not edits or self.is_long:
            return False
        at = self.lexeme().span.start
        target = grown = 0
        for span, new in sorted(edits):
            grown += len(new) - (span.end - span.start)
            reached = max(at, span.end) if span.start <= at else span.end
            target = max(reached + grown, target) if span.start > at else reached + grown
        return _passes(with_edits(self.text, edits), target, past, min(edits)[0].start)


def with_edits(text: str, edits: Edits) -> str:
    for span, new in sorted(edits, reverse=True):
        text = f"{text[: span.start]}{new}{text[span.end :]}"
    return text


def _passes(text: str, target: int, count: int, changed: int) -> bool:
    """Does the parser take so many tokens behind `target` (fewer at a line's end), and from `changed` on no
    reserved word as a name?"""
    walk = Walk(text)
    fed: Token | None = None
    for token in walk.tokens():
        if fed is not None:
            count -= _counts(fed, target)
        if count <= 0 and token.start_pos >= target:
            return True
        if token.type == "NAME" and is_reserved(token) and token.start_pos >= changed:
            return False
        fed = token
    if walk.unreadable:
        return fed is not None and count <= _counts(fed, target)
    return not walk.refused and END in walk.choices()


def _counts(token: Token, target: int) -> int:
    if token.end_pos <= target:
        return 0
    return _LINE_END if token.type == "_NL" else 1


def _pieces(text: str) -> Iterator[Lexeme]:
    found = False
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "sign"
        if kind not in ("space", "comment"):
            found = True
            yield Lexeme(kind, match.group(), Span(*match.span()))
    if not found:
        yield Lexeme("newline", "", Span(0, 0))
