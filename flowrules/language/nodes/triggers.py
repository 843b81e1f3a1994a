"""What a rule waits for, and how often it may run."""

from enum import StrEnum

from flowrules.language.nodes.conditions import Compare
from flowrules.language.nodes.words import NOWHERE, Literal, Name, Zone
from flowrules.record import Node
from flowrules.source import Span


class EventTest(Node, frozen=True):
    """One thing that may have happened: a bare event (`payment_done`) or a test of what the event carries."""

    name: Name
    test: Compare | None = None
    """Its `fact` is `name` again."""
    span: Span = NOWHERE


class Times(Node, frozen=True):
    """`2 times`, `3 times in a row`."""

    count: int
    in_a_row: bool
    span: Span = NOWHERE


class On(Node, frozen=True):
    """`on A or B`; with `times`, the count belongs to the whole.

    `same`, of `on the same FACT 3 times`: each value of the fact is counted by itself. Its one test asks whether the
    event carries the fact.
    """

    tests: tuple[EventTest, ...]
    times: Times | None = None
    same: bool = False
    span: Span = NOWHERE


class OnAnything(Node, frozen=True):
    span: Span = NOWHERE


class AfterCall(Node, frozen=True):
    """`after 8 minutes` of the call."""

    duration: Literal
    span: Span = NOWHERE


class AfterFact(Node, frozen=True):
    """`after 10 seconds of silence`, or of any fact that has been yes so long. `in_all`: all the time of the call in
    which it was yes counts, taken together."""

    duration: Literal
    fact: Name
    in_all: bool = False
    span: Span = NOWHERE


class AtTime(Node, frozen=True):
    """`at 21:00`, `at 21:00 in lead.timezone or Asia/Kolkata`; without a zone by the rule set's clock."""

    time: Literal
    zone: Zone | None = None
    span: Span = NOWHERE


Trigger = On | OnAnything | AfterCall | AfterFact | AtTime


class LimitKind(StrEnum):
    PER_CALL = "per call"
    """`once per call` (count 1) and `at most N times per call`."""
    COOLDOWN = "cooldown"
    """`not again for D`."""


class Limit(Node, frozen=True):
    """`amount` is a count, or seconds for a cooldown; `raw` the duration as written."""

    kind: LimitKind
    amount: int
    raw: str = ""
    span: Span = NOWHERE
