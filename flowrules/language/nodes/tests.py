"""Tests that stand in the rule file."""

from flowrules.language.nodes.steps import Step
from flowrules.language.nodes.words import NOWHERE, Literal, Name
from flowrules.record import Node
from flowrules.source import Span


class Given(Node, frozen=True):
    """`given balance is 900 [from host]`. Several values: the fact holds all of them."""

    fact: Name
    values: tuple[Literal, ...]
    source: str | None = None
    span: Span = NOWHERE


class GivenTime(Node, frozen=True):
    """`given time is 2026-03-02 11:00`."""

    date: Literal
    time: Literal
    span: Span = NOWHERE


class GivenFails(Node, frozen=True):
    """`given transfer fails [once | 2 times] [because unavailable]`. `times` is None where every attempt fails."""

    verb: Name
    reasons: tuple[Name, ...]
    times: int | None = None
    span: Span = NOWHERE


class EventKey(Node, frozen=True):
    """One key of a played event. No values: a bare event."""

    name: Name
    values: tuple[Literal, ...] = ()
    span: Span = NOWHERE


class PlayedEvent(Node, frozen=True):
    """`intent=sales with lead_source=web from model`: the first key, then those behind `with`; who reports it, None for
    the host."""

    keys: tuple[EventKey, ...]
    source: str | None = None
    span: Span = NOWHERE


class Reports(Node, frozen=True):
    """`intent=manager and in the same turn intent=do_not_call`: what is reported, one right after the other."""

    events: tuple[PlayedEvent, ...]
    span: Span = NOWHERE


class Play(Node, frozen=True):
    """`on intent=sales`. `meanwhile` comes while what this led to still waits, as for the bot's last word before a
    hangup."""

    reports: Reports
    meanwhile: Reports | None = None
    span: Span = NOWHERE


class PlayAfter(Node, frozen=True):
    """`after 8 minutes` (to that time of the call), `after 10 seconds of silence`."""

    duration: Literal
    fact: Name | None = None
    meanwhile: Reports | None = None
    span: Span = NOWHERE


class PlayAt(Node, frozen=True):
    """`at 21:00`: the clock moves on to that time of day."""

    time: Literal
    meanwhile: Reports | None = None
    span: Span = NOWHERE


class AnyStep(Node, frozen=True):
    """`expect advise`, `expect remember verified`: a step of the engine's own by its first word, and of `remember` the
    fact, whatever else it says."""

    word: str
    fact: Name | None = None
    span: Span = NOWHERE


class Pattern(Node, frozen=True):
    """What is expected: a step with the arguments that matter (those not written match anything)."""

    step: Step | AnyStep
    span: Span = NOWHERE


class Expect(Node, frozen=True):
    """`expect A then B`: in this order, others between them allowed."""

    patterns: tuple[Pattern, ...]
    span: Span = NOWHERE


class ExpectExactly(Node, frozen=True):
    """`expect exactly once A`, `expect exactly 2 times A`."""

    times: int
    pattern: Pattern
    span: Span = NOWHERE


class ExpectNot(Node, frozen=True):
    """`expect not A then B`: A may be there, but no B behind it."""

    patterns: tuple[Pattern, ...]
    span: Span = NOWHERE


class ExpectNothing(Node, frozen=True):
    span: Span = NOWHERE


class ExpectRule(Node, frozen=True):
    label: Literal
    span: Span = NOWHERE


class ExpectNoRule(Node, frozen=True):
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
    | ExpectExactly
    | ExpectNot
    | ExpectNothing
    | ExpectRule
    | ExpectNoRule
)


class Test(Node, frozen=True):
    label: Literal
    lines: tuple[TestLine, ...]
    span: Span = NOWHERE
