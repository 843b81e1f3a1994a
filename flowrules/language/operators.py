"""The comparisons as data: one row says how a comparison is written and what it can be asked of.

The grammar, the printer, the findings and the guide follow this table. To add a comparison: its `Op` in
`nodes.py`, one row here, its rule in the grammar, its truth in the engine, a truth table in the tests.
"""

from dataclasses import dataclass
from enum import StrEnum

from flowrules.language.nodes import FactType, Op


class Operand(StrEnum):
    """What stands on the right of a comparison."""

    NONE = "nothing"
    ONE = "one value"
    MANY = "values joined by commas"
    LIST = "the name of a list"
    RANGE = "two values joined by `and`"
    DIGITS = "a number, then `digits`"


ANY = frozenset(FactType)
ORDERED = frozenset({FactType.NUMBER, FactType.DURATION, FactType.TIME, FactType.DATE})
TEXTUAL = frozenset({FactType.TEXT, FactType.ONE_OF})


@dataclass(frozen=True, slots=True)
class Operator:
    """A row of the table. `words` is the canonical spelling; `also` holds the others that are read.

    `types` are the facts it can be asked of. `negation` is the comparison that answers yes exactly where this
    one answers no, None where only `not` says that.
    """

    op: Op
    words: str
    operand: Operand
    types: frozenset[FactType]
    negation: Op | None
    also: tuple[str, ...] = ()

    @property
    def symbol(self) -> str | None:
        """The one spelling without letters, where there is one (`>=`)."""
        return next((spelling for spelling in self.also if not spelling[0].isalpha()), None)


OPERATORS: tuple[Operator, ...] = (
    Operator(Op.EQ, "is", Operand.ONE, ANY, Op.NE, ("=",)),
    Operator(Op.NE, "is not", Operand.ONE, ANY, Op.EQ, ("!=",)),
    Operator(Op.LT, "is less than", Operand.ONE, ORDERED, Op.GE, ("<",)),
    Operator(Op.LE, "is at most", Operand.ONE, ORDERED, Op.GT, ("<=",)),
    Operator(Op.GT, "is more than", Operand.ONE, ORDERED, Op.LE, (">",)),
    Operator(Op.GE, "is at least", Operand.ONE, ORDERED, Op.LT, (">=",)),
    Operator(Op.ONE_OF, "is one of", Operand.MANY, ANY, Op.NOT_ONE_OF),
    Operator(Op.NOT_ONE_OF, "is not one of", Operand.MANY, ANY, Op.ONE_OF),
    Operator(Op.IN_LIST, "is in", Operand.LIST, ANY, Op.NOT_IN_LIST),
    Operator(Op.NOT_IN_LIST, "is not in", Operand.LIST, ANY, Op.IN_LIST),
    Operator(Op.CONTAINS, "contains", Operand.ONE, TEXTUAL, None),
    Operator(Op.CONTAINS_ANY, "contains any of", Operand.MANY, TEXTUAL, None),
    Operator(Op.CONTAINS_LIST, "contains any of", Operand.LIST, TEXTUAL, None),
    Operator(Op.CONTAINS_DIGITS, "contains at least", Operand.DIGITS, TEXTUAL, None),
    Operator(Op.STARTS_WITH, "starts with", Operand.ONE, TEXTUAL, None),
    Operator(Op.BETWEEN, "is between", Operand.RANGE, ORDERED, Op.NOT_BETWEEN, ("between",)),
    Operator(Op.NOT_BETWEEN, "is not between", Operand.RANGE, ORDERED, Op.BETWEEN),
    Operator(Op.KNOWN, "is known", Operand.NONE, ANY, Op.UNKNOWN, ("is not unknown",)),
    Operator(Op.UNKNOWN, "is unknown", Operand.NONE, ANY, Op.KNOWN, ("is not known",)),
)

BY_OP: dict[Op, Operator] = {row.op: row for row in OPERATORS}
