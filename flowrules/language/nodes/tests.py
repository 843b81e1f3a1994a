"""Tests that stand in the rule file."""

from dataclasses import dataclass

from flowrules.language.nodes.steps import Step
from flowrules.language.nodes.words import Literal, Name, span_
from flowrules.source import Span


@dataclass(frozen=True, slots=True)
class Given:
    """`given balance is 900`. Several values: the fact holds all of them."""

    fact: Name
    values: tuple[Literal, ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class GivenTime:
    """`given time is 2026-03-02 11:00`."""

    date: Literal
    time: Literal
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class GivenFails:
    """`given transfer fails [because unavailable]`."""

    verb: Name
    reasons: tuple[Name, ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class EventKey:
    """One key of a played event. No values: a bare event."""

    name: Name
    values: tuple[Literal, ...] = ()
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Play:
    """`on intent=sales with lead_source=web`: the first key, then those behind `with`. `meanwhile` comes while what
    this event led to still waits, as for the bot's last word before a hangup."""

    keys: tuple[EventKey, ...]
    meanwhile: "Play | None" = None
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class PlayAfter:
    """`after 8 minutes` (to that time of the call), `after 10 seconds of silence`."""

    duration: Literal
    fact: Name | None = None
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class PlayAt:
    """`at 21:00`: the clock moves on to that time of day."""

    time: Literal
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class AnyStep:
    """`expect advise`: a step of the engine's own by its first word alone, whatever it says."""

    word: str
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Pattern:
    """What is expected: a step with the arguments that matter (those not written match anything)."""

    step: Step | AnyStep
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Expect:
    """`expect A then B`: in this order, others between them allowed."""

    patterns: tuple[Pattern, ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class ExpectNot:
    pattern: Pattern
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class ExpectNothing:
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class ExpectRule:
    label: Literal
    span: Span = span_()


TestLine = (
    Given
    | GivenTime
    | GivenFails
    | Play
    | PlayAfter
    | PlayAt
    | Expect
    | ExpectNot
    | ExpectNothing
    | ExpectRule
)


@dataclass(frozen=True, slots=True)
class Test:
    label: Literal
    lines: tuple[TestLine, ...]
    span: Span = span_()
