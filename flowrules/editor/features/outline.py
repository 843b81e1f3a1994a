"""A file's blocks as an outline, and what of it can be folded."""

from collections.abc import Iterator
from dataclasses import dataclass

from flowrules.editor.index import Index
from flowrules.editor.names import Kind, Role
from flowrules.language.nodes import (
    Before,
    Block,
    Destination,
    DestinationMap,
    EventDef,
    FactDef,
    Hours,
    ListDef,
    Never,
    Promise,
    Rule,
    RuleFile,
    Steps,
    Test,
)
from flowrules.source import Location, Span

_LONGEST = 60
_KINDS = {
    Rule: "rule",
    Never: "rail",
    Before: "rail",
    Promise: "promise",
    Test: "test",
    Steps: "steps",
    Hours: "hours",
    ListDef: "list",
    FactDef: "fact",
    EventDef: "event",
    Destination: "destination",
    DestinationMap: "destination",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A block: its name, or its first line; `kind` is `unread` where it is not understood, `setting` for what has no
    name. `at` is where its name stands."""

    name: str
    kind: str
    block: Location
    at: Location


@dataclass(frozen=True, slots=True)
class Fold:
    """Lines from 0, both included."""

    first: int
    last: int
    is_comment: bool = False


def outline(file: RuleFile, index: Index) -> tuple[Entry, ...]:
    """The blocks of a file in written order."""
    return tuple(_entry(block, index) for block in file.blocks)


def _entry(block: Block, index: Index) -> Entry:
    whole = Location(block.source, block.start, block.end)
    kind = "unread" if block.item is None else _KINDS.get(type(block.item), "setting")
    declared = next(
        (one for one in index.names_of(block) if one.role is Role.DECLARES and one.kind is not Kind.VALUE),
        None,
    )
    if declared is not None:
        return Entry(declared.text, kind, whole, block.locate(declared.span))
    first = block.text.partition("\n")[0].rstrip()
    name = first if len(first) <= _LONGEST else f"{first[: _LONGEST - 1]}…"
    return Entry(name, kind, whole, block.locate(Span(0, len(first))))


def folds(file: RuleFile) -> Iterator[Fold]:
    """Blocks and comments of several lines."""
    source = file.source
    for block in file.blocks:
        first, last = source.position(block.start).line, source.position(block.end).line
        if last > first:
            yield Fold(first - 1, last - 1)
    begun: int | None = None
    for number in range(1, len(source.line_starts) + 2):
        is_comment = number <= len(source.line_starts) and source.line(number).lstrip().startswith("#")
        if is_comment and begun is None:
            begun = number
        elif not is_comment and begun is not None:
            if number - 1 > begun:
                yield Fold(begun - 1, number - 2, is_comment=True)
            begun = None
