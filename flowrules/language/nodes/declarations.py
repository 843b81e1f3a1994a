"""What a rule set declares."""

from dataclasses import dataclass
from enum import StrEnum

from flowrules.language.nodes.steps import Step, Target
from flowrules.language.nodes.words import Literal, Name, span_
from flowrules.source import Span


@dataclass(frozen=True, slots=True)
class Timezone:
    zone: Literal
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class OrderAsWritten:
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class ListDef:
    name: Name
    values: tuple[Literal, ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class EventDef:
    names: tuple[Name, ...]
    span: Span = span_()


class FactType(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    YESNO = "yes/no"
    ONE_OF = "one of"
    DURATION = "duration"
    TIME = "time"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class FactDef:
    """`fact language is one of hi, en, ta from host`. `source`: platform, host, model or caller."""

    name: Name
    type: FactType
    values: tuple[Literal, ...] = ()
    source: str | None = None
    span: Span = span_()


class AllowKind(StrEnum):
    NUMBERS = "numbers"
    SIP = "sip"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Allow:
    what: AllowKind
    values: tuple[Literal, ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class DefaultDisposition:
    """`default disposition [for intent=sales] is SALES_XFER`."""

    label: Literal
    event: Name | None = None
    value: Literal | None = None
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Destination:
    name: Name
    target: Target
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class DestinationRow:
    key: Literal
    target: Target
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class DestinationMap:
    name: Name
    by: Name
    rows: tuple[DestinationRow, ...]
    otherwise: Target | None = None
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Opening:
    """From inclusive to exclusive, in minutes after midnight; an end at or before the start is overnight."""

    start: Literal
    end: Literal
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class OpenWeek:
    """Days as numbers, 0 is Monday, in written order with ranges spelled out."""

    days: tuple[int, ...]
    openings: tuple[Opening, ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class OpenDate:
    dates: tuple[Literal, ...]
    openings: tuple[Opening, ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class ClosedOn:
    dates: tuple[Literal, ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Holidays:
    """`holidays IN`, `holidays IN-KA`: closed on a country's (or a part's) public holidays."""

    calendar: Name
    span: Span = span_()


HoursLine = OpenWeek | OpenDate | ClosedOn | Holidays


@dataclass(frozen=True, slots=True)
class Hours:
    name: Name
    lines: tuple[HoursLine, ...]
    zone: Literal | None = None
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Steps:
    name: Name
    steps: tuple[Step, ...]
    span: Span = span_()
