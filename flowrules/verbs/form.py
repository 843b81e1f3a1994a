"""The notation in which a verb says how it is written, read once at import into typed parts.

    transfer [now] <target:target> [with <metadata:pairs>]

`word` is a keyword, `word?` one that may be left out and that the formatter writes, `[word]` an optional
keyword whose presence is an argument (named by its words joined with `_`), `<name:kind>` an argument,
`[…<name:kind>…]` an optional group with one argument or several. The grammar, the printer, the findings and
the guides all read these parts, so that a verb is described in one place.
"""

import re

from flowrules.record import Record


class Keyword(Record, frozen=True):
    """Fixed words; `noise` ones may be left out by a writer and are put in by the formatter."""

    words: tuple[str, ...]
    noise: bool = False


class Flag(Record, frozen=True):
    """Optional fixed words that mean something: present or not."""

    words: tuple[str, ...]

    @property
    def name(self) -> str:
        return "_".join(self.words)


class Slot(Record, frozen=True):
    """A place for an argument of a kind that the grammar has a rule for."""

    name: str
    kind: str


class Group(Record, frozen=True):
    """Parts that are written all together or not at all."""

    parts: tuple["Keyword | Slot", ...]


Part = Keyword | Flag | Slot | Group


class Form(Record, frozen=True):
    """One way of writing a verb: its first word and what follows."""

    text: str
    word: str
    parts: tuple[Part, ...]

    @property
    def argument_names(self) -> tuple[str, ...]:
        names: list[str] = []
        for part in self.parts:
            match part:
                case Flag() | Slot():
                    names.append(part.name)
                case Group():
                    names.extend(inner.name for inner in part.parts if isinstance(inner, Slot))
        return tuple(names)


_TOKEN = re.compile(r"\[|\]|<(?P<name>\w+):(?P<kind>\w+)>|(?P<word>[\w_]+)(?P<noise>\?)?")


def form(text: str) -> Form:
    """Read the notation above. The first word is the verb's (or its synonym's, such as `say`)."""
    first, _, rest = text.partition(" ")
    parts: list[Part] = []
    group: list[Keyword | Slot] | None = None
    for token in _TOKEN.finditer(rest):
        if token.group() == "[":
            group = []
        elif token.group() == "]":
            assert group, text
            parts.append(_close(tuple(group)))
            group = None
        else:
            part = _part(token)
            (parts if group is None else group).append(part)
    assert group is None, text
    return Form(text, first, tuple(parts))


def _part(token: re.Match[str]) -> Keyword | Slot:
    if token["name"]:
        return Slot(token["name"], token["kind"])
    return Keyword((token["word"],), noise=bool(token["noise"]))


def _close(group: tuple[Keyword | Slot, ...]) -> Part:
    if all(isinstance(part, Keyword) for part in group):
        return Flag(tuple(word for part in group if isinstance(part, Keyword) for word in part.words))
    return Group(group)
