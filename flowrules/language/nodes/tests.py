"""Tests that stand in the rule file."""

from flowrules.language.nodes.steps import Step
from flowrules.language.nodes.words import NOWHERE, Literal, Name
from flowrules.record import Node
from flowrules.source import Span


class Given(Node, frozen=True):
    """`given balance is 900`. Several values: the fact holds all of them."""

    fact: Name
    values: tuple[Literal, ...]
    span: Span = NOWHERE


class GivenTime(Node, frozen=True):
    """`given time is 2026-03-02 11:00`."""

    date: Literal
    time: Literal
    span: Span = NOWHERE


class GivenFails(Node, frozen=True):
    """`given transfer fails [because unavailable]`."""

    verb: Name
    reasons: tuple[Name, ...]
    span: Span = NOWHERE


class EventKey(Node, frozen=True):
    """One key of a played event. No values: a bare event."""

    name: Name
    values: tuple[Literal, ...] = ()
    span: Span = NOWHERE


class Play(Node, frozen=True):
    """`on intent=sales with lead_source=web`: the first key, then those behind `with`. `meanwhile` comes while what
    this event led to still waits, as for the bot's last word before a hangup."""

    keys: tuple[EventKey, ...]
    meanwhile: "Play | None" = None
    span: Span = NOWHERE


class PlayAfter(Node, frozen=True):
    """`after 8 minutes` (to that time of the call), `after 10 seconds of silence`."""

    duration: Literal
    fact: Name | None = None
    span: Span = NOWHERE


class PlayAt(Node, frozen=True):
    """`at 21:00`: the clock moves on to that time of day."""

    time: Literal
    span: Span = NOWHERE


class AnyStep(Node, frozen=True):
    """`expect advise`: a step of the engine's own by its first word alone, whatever it says."""

    word: str
    span: Span = NOWHERE


class Pattern(Node, frozen=True):
    """What is expected: a step with the arguments that matter (those not written match anything)."""

    step: Step | AnyStep
    span: Span = NOWHERE


class Expect(Node, frozen=True):
    """`expect A then B`: in this order, others between them allowed."""

    patterns: tuple[Pattern, ...]
    span: Span = NOWHERE


class ExpectNot(Node, frozen=True):
    pattern: Pattern
    span: Span = NOWHERE


class ExpectNothing(Node, frozen=True):
    span: Span = NOWHERE


class ExpectRule(Node, frozen=True):
    label: Literal
    span: Span = NOWHERE


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


class Test(Node, frozen=True):
    label: Literal
    lines: tuple[TestLine, ...]
    span: Span = NOWHERE
