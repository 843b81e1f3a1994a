"""The table of comparisons agrees with what the grammar reads."""

import pytest

from flowrules.language.nodes import Compare, Op, Rule
from flowrules.language.operators import BY_OP, OPERATORS, Operand
from flowrules.language.parse import parse_block

WRITTEN = {
    Operand.NONE: "",
    Operand.ONE: " 5",
    Operand.MANY: ' "a", "b"',
    Operand.LIST: " vips",
    Operand.RANGE: " 1 and 5",
    Operand.DIGITS: " 6 digits",
}


def test_every_comparison_has_one_row() -> None:
    assert [row.op for row in OPERATORS] == list(Op)


@pytest.mark.parametrize(
    ("spelling", "op"), [(spelling, row.op) for row in OPERATORS for spelling in (row.words, *row.also)]
)
def test_every_spelling_is_read(spelling: str, op: Op) -> None:
    item, problems = parse_block(f"on a when x {spelling}{WRITTEN[BY_OP[op].operand]} hangup")
    assert isinstance(item, Rule), problems
    condition = item.guards[0].condition
    assert isinstance(condition, Compare)
    assert condition.op is op


def test_negations_come_in_pairs() -> None:
    for row in OPERATORS:
        if row.negation is not None:
            assert BY_OP[row.negation].negation is row.op
            assert BY_OP[row.negation].types == row.types


def test_symbols() -> None:
    symbols = {row.op: row.symbol for row in OPERATORS if row.symbol}
    assert symbols == {Op.EQ: "=", Op.NE: "!=", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
