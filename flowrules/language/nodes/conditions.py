"""What is asked of facts."""

from enum import StrEnum

from flowrules.language.nodes.words import NOWHERE, Literal, Name
from flowrules.record import Node
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
    IS_DIGITS = "is_digits"
    IS_NOT_DIGITS = "is_not_digits"
    """`contains at least 6 digits`: the number is the one value."""
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    KNOWN = "known"
    UNKNOWN = "unknown"


class Compare(Node, frozen=True):
    """`balance is at least 500`. `values` holds literals, `list` the name behind `is in` and `contains any of`."""

    fact: Name
    op: Op
    values: tuple[Literal, ...] = ()
    list: Name | None = None
    span: Span = NOWHERE


def is_known(fact: Name) -> Compare:
    """`FACT is known`: it has a value, whichever."""
    return Compare(fact, Op.KNOWN, span=fact.span)


class During(Node, frozen=True):
    """`during office` (inside) or `outside office`."""

    hours: Name
    inside: bool
    span: Span = NOWHERE


class Holiday(Node, frozen=True):
    """`today is a holiday of office` (`is_one`), `today is not a holiday`: a public holiday of the country that these
    hours name; None: of the only hours that name one."""

    hours: Name | None
    is_one: bool
    span: Span = NOWHERE


class Not(Node, frozen=True):
    part: "Condition"
    span: Span = NOWHERE


class And(Node, frozen=True):
    parts: tuple["Condition", ...]
    span: Span = NOWHERE


class Or(Node, frozen=True):
    parts: tuple["Condition", ...]
    span: Span = NOWHERE


Condition = Compare | During | Holiday | Not | And | Or


class GuardWord(StrEnum):
    WHEN = "when"
    UNLESS = "unless"
    DURING = "during"
    OUTSIDE = "outside"


class Guard(Node, frozen=True):
    """One guard phrase of a rule or rail. With `during` and `outside` the condition is a `During`."""

    word: GuardWord
    condition: Condition
    span: Span = NOWHERE
