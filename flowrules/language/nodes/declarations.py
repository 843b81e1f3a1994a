"""What a rule set declares."""

from enum import StrEnum

from flowrules.language.nodes.steps import Step, Target
from flowrules.language.nodes.words import NOWHERE, Literal, Name, Zone
from flowrules.record import Node
from flowrules.source import Span


class Timezone(Node, frozen=True):
    zone: Literal
    span: Span = NOWHERE


class OrderAsWritten(Node, frozen=True):
    span: Span = NOWHERE


class OnlyDeclared(Node, frozen=True):
    """`only declared names`: every fact and event that these rules use must be declared."""

    span: Span = NOWHERE


class ListDef(Node, frozen=True):
    name: Name
    values: tuple[Literal, ...]
    span: Span = NOWHERE


class EventDef(Node, frozen=True):
    names: tuple[Name, ...]
    span: Span = NOWHERE


class FactType(StrEnum):
    NUMBER = "number"
    TEXT = "text"
    YESNO = "yes/no"
    ONE_OF = "one of"
    DURATION = "duration"
    TIME = "time"
    DATE = "date"


class FactDef(Node, frozen=True):
    """`fact language is one of hi, en, ta from host`. `source`: platform, host, model or caller."""

    name: Name
    type: FactType
    values: tuple[Literal, ...] = ()
    source: str | None = None
    only: bool = False
    """Whether no other source may say it, a stronger one neither: `only from caller`."""
    span: Span = NOWHERE


class AllowKind(StrEnum):
    NUMBERS = "numbers"
    SIP = "sip"
    AUDIO = "audio"


class Allow(Node, frozen=True):
    what: AllowKind
    values: tuple[Literal, ...]
    span: Span = NOWHERE


class DefaultDisposition(Node, frozen=True):
    """`default disposition [for intent=sales] is SALES_XFER`."""

    label: Literal
    event: Name | None = None
    value: Literal | None = None
    span: Span = NOWHERE


class Destination(Node, frozen=True):
    name: Name
    target: Target
    span: Span = NOWHERE


class DestinationRow(Node, frozen=True):
    key: Literal
    target: Target
    span: Span = NOWHERE


class DestinationMap(Node, frozen=True):
    name: Name
    by: Name
    rows: tuple[DestinationRow, ...]
    otherwise: Target | None = None
    span: Span = NOWHERE


class Opening(Node, frozen=True):
    """From inclusive to exclusive, in minutes after midnight; an end at or before the start is overnight."""

    start: Literal
    end: Literal
    span: Span = NOWHERE


class OpenWeek(Node, frozen=True):
    """Days as numbers, 0 is Monday, in written order with ranges spelled out."""

    days: tuple[int, ...]
    openings: tuple[Opening, ...]
    span: Span = NOWHERE


class OpenDate(Node, frozen=True):
    dates: tuple[Literal, ...]
    openings: tuple[Opening, ...]
    span: Span = NOWHERE


class ClosedOn(Node, frozen=True):
    """`closed on 2026-01-26, holiday_dates`: dates, and lists of dates."""

    dates: tuple[Literal, ...]
    lists: tuple[Name, ...] = ()
    span: Span = NOWHERE


class Holidays(Node, frozen=True):
    """`holidays IN`, `holidays IN-KA`: closed on a country's (or a part's) public holidays."""

    calendar: Name
    span: Span = NOWHERE


HoursLine = OpenWeek | OpenDate | ClosedOn | Holidays


class Hours(Node, frozen=True):
    name: Name
    lines: tuple[HoursLine, ...]
    zone: Zone | None = None
    span: Span = NOWHERE


class Steps(Node, frozen=True):
    name: Name
    steps: tuple[Step, ...]
    span: Span = NOWHERE
