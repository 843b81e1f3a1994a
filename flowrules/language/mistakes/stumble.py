"""The place where the parser stumbled, as the detectors look at it."""

import re
from dataclasses import dataclass
from functools import cached_property

from flowrules.language.reserved import STEP_WORDS
from flowrules.source import Span

_TOKEN = re.compile(
    r"""(?P<comment>(?<!\S)\#[^\n]*)
    |(?P<newline>\n)
    |(?P<space>[^\S\n]+)
    |(?P<text>["“”„](?:[^"“”„\n]|"")*["“”„])
    |(?P<open>["“”„][^\n]*)
    |(?P<number>[+-]?\d[\w.,:%/-]*\w|[+-]?\d)
    |(?P<word>[^\W\d][\w\u0900-\u0DFF\u200c\u200d'’]*(?:[.-][\w\u0900-\u0DFF\u200c\u200d]+)*)
    |(?P<sign>&&|\|\||===?|!==?|<>|=<|=>|<=|>=|->|--|//|/\*|\*/|\.\.\.|.)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Piece:
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
    def starts_step(self) -> bool:
        return self.word in STEP_WORDS


NOTHING = Piece("nothing", "", Span(0, 0))


@dataclass(frozen=True)
class Stumble:
    """`pieces` are those of the whole block; `here` is the index of the one that could not be taken.
    `accepts` holds the parser's names for what could have stood there."""

    text: str
    pieces: tuple[Piece, ...]
    here: int
    accepts: frozenset[str]

    @classmethod
    def at(cls, text: str, offset: int, accepts: frozenset[str]) -> "Stumble":
        pieces = tuple(_pieces(text))
        while offset < len(text) and text[offset] in " \t\u00a0":
            offset += 1
        here = next((i for i, piece in enumerate(pieces) if piece.span.end > offset), len(pieces) - 1)
        return cls(text, pieces, here, accepts)

    def piece(self, distance: int = 0) -> Piece:
        """The piece at the stumble, or so many before (negative) or behind it on the same line."""
        step = 1 if distance > 0 else -1
        index = self.here
        for _ in range(abs(distance)):
            index += step
            if not 0 <= index < len(self.pieces) or self.pieces[index].kind == "newline":
                return NOTHING
        return self.pieces[index]

    @cached_property
    def line(self) -> tuple[Piece, ...]:
        """The pieces of the physical line."""
        first, last = self._line_bounds
        return self.pieces[first:last]

    @cached_property
    def before(self) -> tuple[Piece, ...]:
        """The pieces of the line in front of the stumble."""
        return self.pieces[self._line_bounds[0] : self.here]

    @cached_property
    def behind(self) -> tuple[Piece, ...]:
        """The pieces of the line from the stumble on."""
        return self.pieces[self.here : self._line_bounds[1]]

    @cached_property
    def _line_bounds(self) -> tuple[int, int]:
        first = self.here
        while first > 0 and self.pieces[first - 1].kind != "newline":
            first -= 1
        last = self.here
        while last < len(self.pieces) and self.pieces[last].kind != "newline":
            last += 1
        return first, last

    @cached_property
    def first(self) -> Piece:
        """The first piece of the block."""
        return next((piece for piece in self.pieces if piece.kind != "newline"), NOTHING)

    @property
    def on_first_line(self) -> bool:
        return all(piece.kind != "newline" for piece in self.pieces[: self.here])

    @property
    def at_line_end(self) -> bool:
        return self.piece().kind in ("newline", "nothing")

    @property
    def step_may_follow(self) -> bool:
        return "TRANSFER" in self.accepts

    def span(self, first: Piece, last: Piece) -> Span:
        return Span(first.span.start, last.span.end)

    def span_here(self) -> Span:
        """The stumbling piece; at a line's end, the last piece before it."""
        if not self.at_line_end:
            return self.piece().span
        earlier = [piece for piece in self.pieces[: self.here] if piece.kind != "newline"]
        return earlier[-1].span if earlier else Span(0, 0)


def _pieces(text: str) -> list[Piece]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "sign"
        if kind not in ("space", "comment"):
            found.append(Piece(kind, match.group(), Span(*match.span())))
    return found or [Piece("newline", "", Span(0, 0))]
