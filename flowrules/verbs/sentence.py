"""The notation in which a verb says what it does, as a sentence for people, read once at import into typed parts.

    hang up | Hang up[now: at once][, because <reason>]

Before the bar stands what the verb is called behind "never" or "before"; behind it the sentence itself. `<name>` is an
argument in words, `<name|else>` one with the words that stand there where it was not written, `[…]` words that stand
only where all arguments in them were written, `[flag:…]` words that stand only where the flag was.
"""

import re
from collections.abc import Iterator, Mapping

from flowrules.record import Record


class Blank(Record, frozen=True):
    """A place for an argument. `default` None: the argument is always written, or its group is left out."""

    name: str
    default: str | None = None


class Optional(Record, frozen=True):
    """Words that stand only where `flag`, or every argument in them, was written."""

    parts: tuple["str | Blank", ...]
    flag: str = ""

    def stands(self, arguments: Mapping[str, str]) -> bool:
        return all(name in arguments for name in self.names)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.flag,) if self.flag else tuple(p.name for p in self.parts if isinstance(p, Blank))


class Sentence(Record, frozen=True):
    """One way in which a verb is told. It begins with a capital and has no full stop. `name` stands behind "never"."""

    name: str
    parts: tuple[str | Blank | Optional, ...]

    @property
    def argument_names(self) -> frozenset[str]:
        """The arguments that it tells."""
        found = set()
        for part in self.parts:
            if isinstance(part, Blank):
                found.add(part.name)
            elif isinstance(part, Optional):
                found.update(part.names)
        return frozenset(found)

    def fill(self, arguments: Mapping[str, str]) -> str:
        """The sentence with its arguments in words, by their names; a flag that was written is there too."""
        return "".join(_filled(self.parts, arguments))


def _filled(parts: tuple[str | Blank | Optional, ...], arguments: Mapping[str, str]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Blank):
            yield arguments.get(part.name, part.default or "")
        elif part.stands(arguments):
            yield from _filled(part.parts, arguments)


_PIECE = re.compile(
    r"\[(?:(?P<flag>\w+):)?(?P<inner>[^\]]*)\]|<(?P<name>\w+)(?:\|(?P<default>[^>]*))?>|[^\[<]+"
)


def sentence(text: str) -> Sentence:
    """Read the notation above."""
    name, bar, told = text.partition(" | ")
    assert bar, text
    return Sentence(name, tuple(_pieces(told)))


def _pieces(text: str) -> Iterator[str | Blank | Optional]:
    for piece in _PIECE.finditer(text):
        if piece["inner"] is not None:
            inner = tuple(one for one in _pieces(piece["inner"]) if not isinstance(one, Optional))
            yield Optional(inner, piece["flag"] or "")
        elif piece["name"]:
            yield Blank(piece["name"], piece["default"])
        else:
            yield piece[0]
