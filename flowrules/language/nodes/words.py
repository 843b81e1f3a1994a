"""Names and values as they stand on the page."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from flowrules.language.names import fold
from flowrules.source import Span

NOWHERE = Span(0, 0)


def span_() -> Span:
    """Where a node stands in its block: no part of what it says."""
    return field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A name as written; `key` is what it is compared by."""

    text: str
    span: Span = span_()

    @property
    def key(self) -> str:
        return fold(self.text)


class Kind(StrEnum):
    """What a literal looks like on the page."""

    WORD = "word"
    """A bare name: text (`sales`), or digits that begin with a zero (`0123`)."""
    TEXT = "text"
    """Quoted; `value` has `""` resolved and `{…}` as written."""
    NUMBER = "number"
    YESNO = "yes or no"
    DURATION = "duration"
    """`value` in seconds."""
    TIME = "time"
    """`value` in minutes after midnight, 0 to 1440."""
    DATE = "date"
    PHONE = "phone number"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value on the page. `raw` is how it was written, for printing and messages."""

    kind: Kind
    value: str | int | float | bool | date
    raw: str = field(compare=False)
    span: Span = span_()
