"""Rules, and the guard rails over verbs."""

from dataclasses import dataclass
from enum import StrEnum

from flowrules.language.nodes.conditions import Guard
from flowrules.language.nodes.steps import Step
from flowrules.language.nodes.triggers import Limit, Trigger
from flowrules.language.nodes.words import Literal, Name, span_
from flowrules.source import Span


class Rank(StrEnum):
    PLAIN = ""
    ALSO = "also"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Rule:
    """`label` is None for a one-liner; `block` tells which of the two shapes was written. `otherwise` is None
    where it was not written."""

    trigger: Trigger
    steps: tuple[Step, ...]
    label: Literal | None = None
    rank: Rank = Rank.PLAIN
    guards: tuple[Guard, ...] = ()
    limits: tuple[Limit, ...] = ()
    otherwise: tuple[Step, ...] | None = None
    block: bool = False
    span: Span = span_()
    head_span: Span = span_()


@dataclass(frozen=True, slots=True)
class Never:
    """`never VERBS GUARDS [instead STEPS]`. A verb name here may be `say`."""

    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...]
    instead: tuple[Step, ...] | None = None
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Before:
    """`before VERBS [GUARDS] then STEPS`."""

    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...]
    steps: tuple[Step, ...]
    span: Span = span_()
