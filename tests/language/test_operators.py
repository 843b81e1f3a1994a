"""The table of comparisons agrees with what the grammar reads."""

import pytest

from flowrules.language.nodes import Compare, Op, Rule
from flowrules.language.operators import AFFIXES, BY_OP, OPERATORS, Family, Operand, taking
from flowrules.language.parse import parse_block
from flowrules.language.printer import print_condition


def test_every_comparison_has_one_row() -> None:
    assert [row.op for row in OPERATORS] == list(Op)


@pytest.mark.parametrize(
    ("spelling", "op"), [(spelling, row.op) for row in OPERATORS for spelling in (row.words, *row.also)]
)
def test_every_spelling_is_read(spelling: str, op: Op) -> None:
    item, problems = parse_block(f"on a when x {spelling} {BY_OP[op].sample.operand} hangup")
    assert isinstance(item, Rule), problems
    condition = item.guards[0].condition
    assert isinstance(condition, Compare)
    assert condition.op is op
    assert print_condition(condition) == f"x {BY_OP[op].words} {BY_OP[op].sample.operand}".rstrip()


def test_negations_come_in_pairs() -> None:
    for row in OPERATORS:
        if row.negation is not None:
            assert BY_OP[row.negation].negation is row.op
            assert BY_OP[row.negation].types == row.types
            assert BY_OP[row.negation].family is row.family
        assert not row.negative or (row.negation is not None and not BY_OP[row.negation].negative)


def test_a_negation_is_met_where_its_row_is_missed() -> None:
    for row in OPERATORS:
        if row.negation is not None:
            assert set(BY_OP[row.negation].sample.met_by) <= set(row.sample.missed_by)


def test_infinitives() -> None:
    for row in OPERATORS:
        first, *rest = row.words.split()
        base = "be" if first == "is" else first.removesuffix("s")
        if not row.negative:
            assert row.infinitive.split() == [base, *rest]


def test_every_family_is_in_use_and_has_what_its_members_need() -> None:
    assert {row.family for row in OPERATORS} == set(Family)
    assert set(AFFIXES) == {row.op for row in OPERATORS if row.family is Family.AFFIX}


def test_taking_finds_the_comparison_of_several_values() -> None:
    several = {row.op: other.op for row in OPERATORS if (other := taking(row, Operand.MANY)) is not None}
    assert several == {
        Op.EQ: Op.ONE_OF, Op.ONE_OF: Op.ONE_OF, Op.IN_LIST: Op.ONE_OF,
        Op.NE: Op.NOT_ONE_OF, Op.NOT_ONE_OF: Op.NOT_ONE_OF, Op.NOT_IN_LIST: Op.NOT_ONE_OF,
        Op.CONTAINS: Op.CONTAINS_ANY, Op.CONTAINS_ANY: Op.CONTAINS_ANY, Op.CONTAINS_LIST: Op.CONTAINS_ANY,
    }  # fmt: skip


def test_symbols() -> None:
    symbols = {row.op: row.symbol for row in OPERATORS if row.symbol}
    assert symbols == {Op.EQ: "=", Op.NE: "!=", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">="}
