"""What a rule waits for, and how often it may run."""

from dataclasses import dataclass, field
from enum import StrEnum

from flowrules.language.nodes.conditions import Compare
from flowrules.language.nodes.words import Literal, Name, span_
from flowrules.source import Span


@dataclass(frozen=True, slots=True)
class EventTest:
    """One thing that may have happened: a bare event (`payment_done`) or a test of what the event carries."""

    name: Name
    test: Compare | None = None
    """Its `fact` is `name` again."""
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Times:
    """`2 times`, `3 times in a row`."""

    count: int
    in_a_row: bool
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class On:
    """`on A or B`; with `times`, the count belongs to the whole."""

    tests: tuple[EventTest, ...]
    times: Times | None = None
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class OnAnything:
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class AfterCall:
    """`after 8 minutes` of the call."""

    duration: Literal
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class AfterFact:
    """`after 10 seconds of silence`, or of any fact that has been yes so long."""

    duration: Literal
    fact: Name
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class AtTime:
    """`at 21:00`."""

    time: Literal
    span: Span = span_()


Trigger = On | OnAnything | AfterCall | AfterFact | AtTime


class LimitKind(StrEnum):
    PER_CALL = "per call"
    """`once per call` (count 1) and `at most N times per call`."""
    COOLDOWN = "cooldown"
    """`not again for D`."""


@dataclass(frozen=True, slots=True)
class Limit:
    """`amount` is a count, or seconds for a cooldown; `raw` the duration as written."""

    kind: LimitKind
    amount: int
    raw: str = field(default="", compare=False)
    span: Span = span_()
