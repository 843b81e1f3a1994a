"""Promises: what must hold in every call. They change nothing; they are checked by playing stories.

Five patterns of Dwyer, Avrunin and Corbett (Patterns in Property Specifications for Finite-State Verification, 1999).
A verb's name here may be `say` or `advise`.
"""

from dataclasses import dataclass

from flowrules.language.nodes.conditions import Condition, Guard
from flowrules.language.nodes.triggers import EventTest
from flowrules.language.nodes.words import Literal, Name, span_
from flowrules.source import Span


@dataclass(frozen=True, slots=True)
class Existence:
    """`at the end CONDITION`: it is true when nothing more comes of the call."""

    condition: Condition
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Absence:
    """`never VERBS [GUARDS]`: none of the verbs leaves while the guards hold."""

    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...] = ()
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Precedence:
    """`before VERBS CONDITION`: it is true whenever one of the verbs leaves."""

    verbs: tuple[Name, ...]
    condition: Condition
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Universality:
    """`while CONDITION CONDITION`: as long as the first is true, so is the second."""

    during: Condition
    condition: Condition
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Response:
    """`after TRIGGER [GUARDS] within DURATION VERBS [or the call ends]`. The trigger is an event (one of `events`) or
    one of `verbs`; the other is empty. `within` is None for `before the call ends`."""

    events: tuple[EventTest, ...]
    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...]
    within: Literal | None
    answers: tuple[Name, ...]
    or_end: bool = False
    span: Span = span_()


Promised = Existence | Absence | Precedence | Universality | Response


@dataclass(frozen=True, slots=True)
class Promise:
    """`promise "NAME" PATTERN`; `block` tells which of the two shapes was written."""

    label: Literal
    pattern: Promised
    block: bool = False
    span: Span = span_()
