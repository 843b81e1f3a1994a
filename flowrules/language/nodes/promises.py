"""Promises: what must hold in every call. They change nothing; they are checked by playing stories.

Five patterns of Dwyer, Avrunin and Corbett (Patterns in Property Specifications for Finite-State Verification, 1999).
A verb's name here may be `say` or `advise`.
"""

from flowrules.language.nodes.conditions import Condition, Guard
from flowrules.language.nodes.triggers import On
from flowrules.language.nodes.words import NOWHERE, Literal, Name
from flowrules.record import Node
from flowrules.source import Span


class Existence(Node, frozen=True):
    """`at the end CONDITION`: it is true when nothing more comes of the call."""

    condition: Condition
    span: Span = NOWHERE


class Absence(Node, frozen=True):
    """`never VERBS [GUARDS]`: none of the verbs leaves while the guards hold."""

    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...] = ()
    span: Span = NOWHERE


class Precedence(Node, frozen=True):
    """`before VERBS CONDITION`: it is true whenever one of the verbs leaves."""

    verbs: tuple[Name, ...]
    condition: Condition
    span: Span = NOWHERE


class Universality(Node, frozen=True):
    """`while CONDITION CONDITION`: as long as the first is true, so is the second."""

    during: Condition
    condition: Condition
    span: Span = NOWHERE


class Response(Node, frozen=True):
    """`after TRIGGER [GUARDS] within DURATION VERBS [or the call ends]`. The trigger is what may stand behind a rule's
    `on`, or one of `verbs`: either `on` is None, or `verbs` is empty. `within` is None for `before the call ends`."""

    on: On | None
    verbs: tuple[Name, ...]
    guards: tuple[Guard, ...]
    within: Literal | None
    answers: tuple[Name, ...]
    or_end: bool = False
    span: Span = NOWHERE


Promised = Existence | Absence | Precedence | Universality | Response


class Promise(Node, frozen=True):
    """`promise "NAME" PATTERN`; `block` tells which of the two shapes was written."""

    label: Literal
    pattern: Promised
    block: bool = False
    span: Span = NOWHERE
