"""What is asked of facts."""

from dataclasses import dataclass
from enum import StrEnum

from flowrules.language.nodes.words import Literal, Name, span_
from flowrules.source import Span


class Op(StrEnum):
    """What is asked of a fact. `language/operators.py` has their words, symbols and negations."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    ONE_OF = "one_of"
    NOT_ONE_OF = "not_one_of"
    IN_LIST = "in_list"
    NOT_IN_LIST = "not_in_list"
    CONTAINS = "contains"
    CONTAINS_ANY = "contains_any"
    CONTAINS_LIST = "contains_list"
    CONTAINS_DIGITS = "contains_digits"
    """`contains at least 6 digits`: the number is the one value."""
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    KNOWN = "known"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Compare:
    """`balance is at least 500`. `values` holds literals, `list` the name behind `is in` and `contains any of`."""

    fact: Name
    op: Op
    values: tuple[Literal, ...] = ()
    list: Name | None = None
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class During:
    """`during office` (inside) or `outside office`."""

    hours: Name
    inside: bool
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Not:
    part: "Condition"
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Condition", ...]
    span: Span = span_()


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Condition", ...]
    span: Span = span_()


Condition = Compare | During | Not | And | Or


class GuardWord(StrEnum):
    WHEN = "when"
    UNLESS = "unless"
    DURING = "during"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard phrase of a rule or rail. With `during` and `outside` the condition is a `During`."""

    word: GuardWord
    condition: Condition
    span: Span = span_()
