"""Names and values as they stand on the page."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec.structs import force_setattr

from flowrules.language.names import fold
from flowrules.record import Node
from flowrules.source import Span

NOWHERE = Span(0, 0)
if TYPE_CHECKING:
    Value = str | int | float | bool | date
else:  # as it is read from disk, where a date is a text
    Value = str | int | float | bool


class Name(Node, frozen=True):
    """A name as written; `key` is what it is compared by."""

    text: str
    span: Span = NOWHERE

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


class Literal(Node, frozen=True):
    """A value on the page. `raw` is how it was written, for printing and messages."""

    kind: Kind
    value: Value
    raw: str
    span: Span = NOWHERE

    def __post_init__(self) -> None:
        if self.kind is Kind.DATE and isinstance(self.value, str):
            force_setattr(self, "value", date.fromisoformat(self.value))


class CallZone(Node, frozen=True):
    """`lead.timezone or Asia/Kolkata`: the time zone that a fact of the call names. `otherwise` is the zone where it
    names none."""

    fact: Name
    otherwise: Literal | None = None
    span: Span = NOWHERE


Zone = Literal | CallZone
