"""Rules, and the guard rails over verbs."""

from enum import StrEnum

from flowrules.language.nodes.conditions import Guard
from flowrules.language.nodes.steps import Step
from flowrules.language.nodes.triggers import Limit, Trigger
from flowrules.language.nodes.words import NOWHERE, Literal, Name
from flowrules.record import Node
from flowrules.source import Span


class Rank(StrEnum):
    PLAIN = ""
    ALSO = "also"
    URGENT = "urgent"


class Rule(Node, frozen=True):
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
    span: Span = NOWHERE
    head_span: Span = NOWHERE


class Never(Node, frozen=True):
    """`never VERBS GUARDS [instead STEPS]`. A verb name here may be `say`. With a `label` it is a block."""

    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...]
    instead: tuple[Step, ...] | None = None
    label: Literal | None = None
    span: Span = NOWHERE


class Before(Node, frozen=True):
    """`before VERBS [GUARDS] then STEPS`. With a `label` it is a block."""

    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...]
    steps: tuple[Step, ...]
    label: Literal | None = None
    span: Span = NOWHERE
