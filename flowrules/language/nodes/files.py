"""A block with its place, and a file of them."""

from dataclasses import dataclass
from typing import NamedTuple

from flowrules.language.nodes.declarations import (
    Allow,
    DefaultDisposition,
    Destination,
    DestinationMap,
    EventDef,
    FactDef,
    Hours,
    ListDef,
    OnlyDeclared,
    OrderAsWritten,
    Steps,
    Timezone,
)
from flowrules.language.nodes.promises import Promise
from flowrules.language.nodes.rules import Before, Never, Rule
from flowrules.language.nodes.tests import Test
from flowrules.source import Location, SourceFile, Span

Declaration = (
    Timezone
    | OrderAsWritten
    | OnlyDeclared
    | ListDef
    | EventDef
    | FactDef
    | Allow
    | DefaultDisposition
    | Destination
    | DestinationMap
    | Hours
    | Steps
)
Item = Rule | Never | Before | Promise | Declaration | Test


class Block(NamedTuple):
    """One top-level item and where it stands. `item` is None where the text could not be understood.
    `comment` is the text of the comment lines right above it, without their signs and without answers to findings
    (`language/answers.py`). A tuple, since every edit of a
    file moves the blocks below it."""

    source: SourceFile
    start: int
    end: int
    item: Item | None
    comment: str = ""

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def locate(self, span: Span) -> Location:
        """Where a node of this block stands in its file."""
        return Location(self.source, self.start + span.start, self.start + span.end)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A parsed file: its blocks in written order."""

    source: SourceFile
    blocks: tuple[Block, ...]
