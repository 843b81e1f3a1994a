"""The comparisons as data: one row says how a comparison is written, what it asks, and what meets it.

The grammar, the builder, the printer, the findings, the checks, the look-up, explanations and `diff` follow this table.
They match on a row's family, so a comparison of a family that exists is a row and its truth
(`compiler/guards/comparisons.py`); a new family is a type error in each of them until it is handled there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from flowrules.language.nodes import FactType, Op
from flowrules.language.values import Scalar


class Operand(StrEnum):
    """What stands on the right of a comparison."""

    NONE = "nothing"
    ONE = "one value"
    MANY = "values joined by commas"
    LIST = "the name of a list"
    RANGE = "two values joined by `and`"
    DIGITS = "a number, then `digits`"


class Family(StrEnum):
    """What kind of question a comparison is: `among` whether the fact equals a value, `order` whether it lies on one
    side of it, `range` whether between two, `phrase` whether words occur in a text, `digits` how many digits do, or
    whether it holds so many and nothing else, `affix` how a text begins or ends, `presence` whether anybody has
    supplied the fact."""

    AMONG = "among"
    ORDER = "order"
    RANGE = "range"
    PHRASE = "phrase"
    DIGITS = "digits"
    AFFIX = "affix"
    PRESENCE = "presence"


ANY = frozenset(FactType)
ORDERED = frozenset({FactType.NUMBER, FactType.DURATION, FactType.TIME, FactType.DATE})
TEXTUAL = frozenset({FactType.TEXT, FactType.ONE_OF})


@dataclass(frozen=True, slots=True)
class Sample:
    """An operand as it is written, and values of a fact that the comparison answers yes and no. A list is written
    `vips`, and holds gold and silver."""

    operand: str
    met_by: tuple[Scalar, ...]
    missed_by: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """A row of the table. `words` is the canonical spelling, `infinitive` the same behind "to" or "must not";
    `also` holds the other spellings that are read.

    `negation` is the comparison that answers yes exactly where this one answers no, None where only `not` says
    that. `negative` marks the one of such a pair that holds a "not".
    """

    op: Op
    family: Family
    words: str
    infinitive: str
    operand: Operand
    sample: Sample
    negation: Op | None = None
    negative: bool = False
    also: tuple[str, ...] = ()

    @property
    def symbol(self) -> str | None:
        """The one spelling without letters, where there is one (`>=`)."""
        return next((spelling for spelling in self.also if not spelling[0].isalpha()), None)

    @property
    def types(self) -> frozenset[FactType]:
        """The facts it can be asked of."""
        match self.family:
            case Family.AMONG | Family.PRESENCE:
                return ANY
            case Family.ORDER | Family.RANGE:
                return ORDERED
            case Family.PHRASE | Family.DIGITS | Family.AFFIX:
                return TEXTUAL
            case _:
                assert_never(self.family)


_SAME = Sample("gold", ("gold", "Gold"), ("silver",))
_OTHER = Sample("gold", ("silver",), ("gold", "Gold"))
_FEW = Sample("gold, silver", ("gold", "silver"), ("basic",))
_NO_FEW = Sample("gold, silver", ("basic",), ("gold", "silver"))
_LISTED = Sample("vips", ("gold", "silver"), ("basic",))
_NOT_LISTED = Sample("vips", ("basic",), ("gold", "silver"))

OPERATORS: tuple[Operator, ...] = (
    Operator(
        Op.EQ, Family.AMONG, "is", "be", Operand.ONE, _SAME, Op.NE, also=("=",),
    ),
    Operator(
        Op.NE, Family.AMONG, "is not", "not be", Operand.ONE, _OTHER, Op.EQ, negative=True, also=("!=",),
    ),
    Operator(
        Op.LT, Family.ORDER, "is less than", "be less than", Operand.ONE,
        Sample("500", (499, -1), (500, 501)), Op.GE, also=("<",),
    ),
    Operator(
        Op.LE, Family.ORDER, "is at most", "be at most", Operand.ONE,
        Sample("500", (499, 500), (501,)), Op.GT, also=("<=",),
    ),
    Operator(
        Op.GT, Family.ORDER, "is more than", "be more than", Operand.ONE,
        Sample("500", (501,), (500, 499)), Op.LE, also=(">",),
    ),
    Operator(
        Op.GE, Family.ORDER, "is at least", "be at least", Operand.ONE,
        Sample("500", (500, 501), (499, -1)), Op.LT, also=(">=",),
    ),
    Operator(
        Op.ONE_OF, Family.AMONG, "is one of", "be one of", Operand.MANY, _FEW, Op.NOT_ONE_OF,
    ),
    Operator(
        Op.NOT_ONE_OF, Family.AMONG, "is not one of", "not be one of", Operand.MANY, _NO_FEW, Op.ONE_OF, negative=True,
    ),
    Operator(
        Op.IN_LIST, Family.AMONG, "is in", "be in", Operand.LIST, _LISTED, Op.NOT_IN_LIST,
    ),
    Operator(
        Op.NOT_IN_LIST, Family.AMONG, "is not in", "not be in", Operand.LIST, _NOT_LISTED, Op.IN_LIST, negative=True,
    ),
    Operator(
        Op.CONTAINS, Family.PHRASE, "contains", "contain", Operand.ONE,
        Sample('"my money"', ("where is my money", "My money!"), ("my, er, money", "money")),
    ),
    Operator(
        Op.CONTAINS_ANY, Family.PHRASE, "contains any of", "contain any of", Operand.MANY,
        Sample('"refund", "money"', ("a refund", "my money"), ("refunds", "hello")),
    ),
    Operator(
        Op.CONTAINS_LIST, Family.PHRASE, "contains any of", "contain any of", Operand.LIST,
        Sample("vips", ("a gold card", "silver"), ("golden", "hello")),
    ),
    Operator(
        Op.CONTAINS_DIGITS, Family.DIGITS, "contains at least", "contain at least", Operand.DIGITS,
        Sample("6 digits", ("123456", "12 34 56 78"), ("12345", "hello")),
    ),
    Operator(
        Op.IS_DIGITS, Family.DIGITS, "is", "be", Operand.DIGITS,
        Sample("4 digits", ("1234", "12 34", "1234#", 1234), ("123", "12345", "pin 1234", "hello")), Op.IS_NOT_DIGITS,
    ),
    Operator(
        Op.IS_NOT_DIGITS, Family.DIGITS, "is not", "not be", Operand.DIGITS,
        Sample("4 digits", ("123", "12345", "pin 1234", "hello"), ("1234", "12 34", "1234#", 1234)), Op.IS_DIGITS,
        negative=True,
    ),
    Operator(
        Op.STARTS_WITH, Family.AFFIX, "starts with", "start with", Operand.ONE,
        Sample('"56"', ("5600", "56"), ("0056", "5")),
    ),
    Operator(
        Op.ENDS_WITH, Family.AFFIX, "ends with", "end with", Operand.ONE,
        Sample('"56"', ("0056", "56"), ("5600", "6")),
    ),
    Operator(
        Op.BETWEEN, Family.RANGE, "is between", "be between", Operand.RANGE,
        Sample("5 and 10", (5, 7, 10), (4, 11)), Op.NOT_BETWEEN, also=("between",),
    ),
    Operator(
        Op.NOT_BETWEEN, Family.RANGE, "is not between", "not be between", Operand.RANGE,
        Sample("5 and 10", (4, 11), (5, 7, 10)), Op.BETWEEN, negative=True,
    ),
    Operator(
        Op.KNOWN, Family.PRESENCE, "is known", "be known", Operand.NONE,
        Sample("", ("gold", 0, False), ()), Op.UNKNOWN, also=("is not unknown",),
    ),
    Operator(
        Op.UNKNOWN, Family.PRESENCE, "is unknown", "not be known", Operand.NONE,
        Sample("", (), ("gold", 0, False)), Op.KNOWN, negative=True, also=("is not known",),
    ),
)  # fmt: skip

BY_OP: Mapping[Op, Operator] = {row.op: row for row in OPERATORS}

FIRST_WORDS: frozenset[str] = frozenset(
    spelling.split()[0] for row in OPERATORS for spelling in (row.words, *row.also) if spelling[0].isalpha()
)
"""The words with which a comparison can begin."""

SYMBOLS: tuple[str, ...] = tuple(row.symbol for row in OPERATORS if row.symbol is not None)


AFFIXES: Mapping[Op, Callable[[str, str], bool]] = {
    Op.STARTS_WITH: str.startswith,
    Op.ENDS_WITH: str.endswith,
}
"""Whether a text has what a comparison of the family `affix` looks for, both folded."""


def positive(row: Operator) -> Operator:
    """The comparison without a "not" that is asked; the row itself where there is none in it."""
    return BY_OP[row.negation] if row.negative and row.negation is not None else row


def taking(row: Operator, operand: Operand) -> Operator | None:
    """The comparison that asks the same of another kind of operand: `is one of` for `is`; None where none does."""
    return next(
        (
            other
            for other in OPERATORS
            if (other.family, other.negative, other.operand) == (row.family, row.negative, operand)
        ),
        None,
    )
