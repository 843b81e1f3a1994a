"""What is claimed about conditions, held against the engine that answers them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.analysis.gather import gather
from flowrules.analysis.logic.dnf import can_be, conjoin, conjunction_implies, to_dnf
from flowrules.analysis.model.report import Report
from flowrules.analysis.model.scope import Scope
from flowrules.analysis.valid_rules import valid_rules
from flowrules.compiler.guards.conditions import compile_condition
from flowrules.compiler.guards.guard_codegen import Test as ConditionTest
from flowrules.compiler.guards.scope import make_scope
from flowrules.engine.state import start_call
from flowrules.language.nodes import Condition, Rule, RuleFile
from flowrules.language.operators import OPERATORS
from flowrules.language.values import Value

Parse = Callable[..., tuple[RuleFile, ...]]

DECLARED = """\
hours office in UTC
  mon to fri 09:00 to 17:00
end
timezone UTC
list vips is gold, silver
fact age is number
fact tier is one of gold, silver, basic
fact member is yes/no
"""
SAMPLED = st.sampled_from([f"sampled {row.words} {row.sample.operand}" for row in OPERATORS])
"""Every comparison of the table, asked of one fact."""
SAMPLES = st.sampled_from(
    [value for row in OPERATORS for value in (*row.sample.met_by, *row.sample.missed_by)]
)
NUMBERS = st.sampled_from(["0", "5", "10", "10.5", "20", "1 minute"])
NUMBER_FACTS = st.sampled_from(["age", "balance"])
WORDS = st.sampled_from(["gold", "silver", "basic", "yes", "no", "5", '"5"'])
WORD_FACTS = st.sampled_from(["tier", "plan", "intent"])
ATOMS = st.one_of(
    SAMPLED,
    SAMPLED,
    st.builds("{} {} {}".format, NUMBER_FACTS, st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), NUMBERS),
    st.builds("{} {} {} and {}".format, NUMBER_FACTS, st.sampled_from(["between", "is not between"]), NUMBERS, NUMBERS),
    st.builds("{} {} {}".format, WORD_FACTS, st.sampled_from(["is", "is not"]), WORDS),
    st.builds("{} {} {}, {}".format, WORD_FACTS, st.sampled_from(["is one of", "is not one of"]), WORDS, WORDS),
    st.builds("{} {} vips".format, WORD_FACTS, st.sampled_from(["is in", "is not in"])),
    st.builds("{} is {}".format, st.sampled_from(["member", "plan", "call.on_hold"]), st.sampled_from(["yes", "no", "not yes"])),
    st.builds("{} {}".format, st.one_of(NUMBER_FACTS, WORD_FACTS), st.sampled_from(["is known", "is unknown"])),
    st.builds("said contains {}".format, st.sampled_from(['"gold"', '"silver"', '"gold card"'])),
    st.builds("said contains any of {}".format, st.sampled_from(['"gold", "silver"', "vips"])),
    st.builds("said contains at least {} digits".format, st.sampled_from(["2", "6"])),
    st.builds("said starts with {}".format, st.sampled_from(['"gold"', '"no"'])),
    st.builds("{} office".format, st.sampled_from(["during", "outside"])),
    st.builds("today {} {}".format, st.sampled_from(["is", "is not"]), st.sampled_from(["mon", "tuesday", "sat"])),
    st.builds("time {} {}".format, st.sampled_from(["<", ">=", "="]), st.sampled_from(["09:00", "12:00"])),
    st.builds("time {} {} and {}".format, st.sampled_from(["between", "is not between"]), st.sampled_from(["09:00", "22:00"]), st.sampled_from(["06:00", "12:00"])),
    st.builds("date {} {}".format, st.sampled_from(["<", ">", "is"]), st.sampled_from(["2026-03-02", "2026-03-03"])),
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda part: st.one_of(
        st.builds("({}) and ({})".format, part, part),
        st.builds("({}) or ({})".format, part, part),
        st.builds("not ({})".format, part),
    ),
    max_leaves=5,
)
SCALARS = st.sampled_from(
    ["gold", "silver", "basic", "bronze", "yes", "no", "5", "10.5", 0, 5, 10, 10.5, 15, 60, True, False]
)
VALUES = st.one_of(SCALARS, st.tuples(SCALARS, SCALARS))
SAID = st.sampled_from(
    ["a gold card", "silver", "no gold", "123456 gold", "12", "goldsmith", ("gold", "silver")]
)
FACTS = st.fixed_dictionaries(
    {"call.on_hold": st.booleans()},
    optional={
        "age": st.sampled_from([0, 5, 10, 10.5, 15, 20, 60, "5", "many"]),
        "balance": st.sampled_from([0, 5, 10, 10.5, 15, 20, 60, "5", "many"]),
        "member": st.one_of(st.booleans(), st.sampled_from(["yes", "no", "perhaps"])),
        "tier": SCALARS,
        "plan": VALUES,
        "intent": VALUES,
        "said": SAID,
        "sampled": st.one_of(SAMPLES, st.tuples(SAMPLES, SAMPLES)),
    },
)
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
MOMENTS = st.sampled_from(
    [
        datetime(2026, 3, day, hour, minute, tzinfo=UTC)
        for day in (1, 2, 3, 7)
        for hour, minute in ((8, 59), (9, 0), (12, 0), (23, 0))
    ]
)


class Asked:
    """Conditions as the analysis sees them and as the engine answers them."""

    def __init__(self, parse_texts: Parse, *conditions: str) -> None:
        rules = "".join(f"on intent=sales when {condition} hangup\n" for condition in conditions)
        files = parse_texts(f"{DECLARED}{rules}")
        self.scope: Scope = gather(files)
        compiled = make_scope(valid_rules(self.scope, Report()))
        self.nodes: list[Condition] = []
        self.tests: list[ConditionTest] = []
        for unit in self.scope.rules:
            assert isinstance(unit.item, Rule)
            (guard,) = unit.item.guards
            self.nodes.append(guard.condition)
            self.tests.append(compile_condition(guard.condition, compiled).test)

    def answer(self, index: int, facts: Mapping[str, Value], now: datetime) -> bool | None:
        return self.tests[index](facts, (now, start_call("call", now)))


NUMBER_BOUNDS = ("0", "5", "10", "10.5")
NUMBER_QUESTIONS = (
    *(f"{{}} {op} {bound}" for op in ("<", "<=", ">", ">=", "=", "!=") for bound in NUMBER_BOUNDS),
    *(f"{{}} {op} 5 and {high}" for op in ("is between", "is not between") for high in ("0", "5", "10")),
    "{} is one of 0, 5",
    "{} is not one of 5, 10",
    "{} is known",
    "{} is unknown",
)
NUMBERS_TO_TRY = (-1, 0, 2, 5, "5", 7, 10, 10.25, 10.5, 60, "many", None)
WORD_QUESTIONS = (
    *(f"{{}} {op} {word}" for op in ("is", "is not") for word in ("gold", "silver", '"5"', "5", "yes")),
    *(
        f"{{}} {op} {words}"
        for op in ("is one of", "is not one of")
        for words in ("gold, silver", "gold, 5", "yes, no")
    ),
    "{} is in vips",
    "{} is not in vips",
    '{} contains "gold"',
    '{} contains any of "gold", "silver"',
    'not ({} contains any of "gold", "silver")',
    '{} starts with "go"',
    "{} is known",
    "{} is unknown",
)
WORDS_TO_TRY = (
    "gold", "silver", "bronze", "old gold", "5", 5, "yes", True, False, None,
    ("gold", "silver"), ("gold", "bronze"), ("silver", 5), ("bronze", 7),
)  # fmt: skip
CLOCK_QUESTIONS = (
    *(
        f"time {op} {time}"
        for op in ("<", "<=", ">", ">=", "=", "!=")
        for time in ("09:00", "09:01", "17:00")
    ),
    "time is between 09:00 and 17:00",
    "time is between 17:00 and 09:00",
    "time is not between 17:00 and 09:00",
)
TIMES_TO_TRY = ((0, 0), (8, 59), (9, 0), (9, 1), (9, 2), (12, 0), (16, 59), (17, 0), (17, 1), (23, 59))


def _all_pairs(asked: "Asked", answers: list[list[bool | None]], exact: bool) -> None:
    """`answers[i][v]` is what the engine says of question i for value v. `exact`: every value is tried."""
    conjunctions = [to_dnf(node, asked.scope) for node in asked.nodes]
    for i, one in enumerate(conjunctions):
        for j, other in enumerate(conjunctions):
            assert one is not None
            assert other is not None
            where = (asked.nodes[i], asked.nodes[j])
            both = any(a and b for a, b in zip(answers[i], answers[j], strict=True))
            left = any(a and not b for a, b in zip(answers[i], answers[j], strict=True))
            possible = conjoin([one, other], asked.scope) != []
            implied = all(
                any(conjunction_implies(conjunction, out, asked.scope) for out in other)
                for conjunction in one
            )
            assert possible or not both, where
            assert not implied or not left, where
            if exact:
                assert possible == both, where
                assert len(other) > 1 or implied == (not left), where


@pytest.mark.parametrize(
    ("fact", "questions", "values", "exact"),
    [
        ("age", NUMBER_QUESTIONS, NUMBERS_TO_TRY, True),
        ("balance", NUMBER_QUESTIONS[:24], (*NUMBERS_TO_TRY, True), False),
        ("plan", WORD_QUESTIONS, WORDS_TO_TRY, False),
        ("intent", WORD_QUESTIONS, WORDS_TO_TRY, False),
        ("tier", WORD_QUESTIONS, [v for v in WORDS_TO_TRY if not isinstance(v, tuple)], False),
    ],
)
def test_every_two_questions_of_a_fact(
    parse_texts: Parse, fact: str, questions: Sequence[str], values: Sequence[Value | None], exact: bool
) -> None:
    asked = Asked(parse_texts, *(question.format(fact) for question in questions))
    known = [{} if value is None else {fact: value} for value in values]
    answers = [[asked.answer(i, facts, NOW) for facts in known] for i in range(len(questions))]
    _all_pairs(asked, answers, exact)


def test_every_two_questions_of_the_clock(parse_texts: Parse) -> None:
    asked = Asked(parse_texts, *CLOCK_QUESTIONS)
    moments = [NOW.replace(hour=hour, minute=minute) for hour, minute in TIMES_TO_TRY]
    answers = [[asked.answer(i, {}, now) for now in moments] for i in range(len(CLOCK_QUESTIONS))]
    _all_pairs(asked, answers, exact=True)


@settings(max_examples=200, deadline=None)
@given(condition=CONDITIONS, facts=FACTS, now=MOMENTS)
def test_what_is_called_impossible_is_never_so(
    parse_texts: Parse, condition: str, facts: Mapping[str, Value], now: datetime
) -> None:
    asked = Asked(parse_texts, condition)
    answer = asked.answer(0, facts, now)
    if to_dnf(asked.nodes[0], asked.scope) == []:
        assert answer is not True
    if to_dnf(asked.nodes[0], asked.scope, yes=False) == []:
        assert answer is not False


@settings(max_examples=200, deadline=None)
@given(one=CONDITIONS, other=CONDITIONS, facts=FACTS, now=MOMENTS)
def test_what_is_called_implied_follows(
    parse_texts: Parse, one: str, other: str, facts: Mapping[str, Value], now: datetime
) -> None:
    asked = Asked(parse_texts, one, other)
    inner, outer = (to_dnf(node, asked.scope) for node in asked.nodes)
    if asked.answer(0, facts, now) and inner is not None and outer is not None:
        if all(
            any(conjunction_implies(conjunction, out, asked.scope) for out in outer) for conjunction in inner
        ):
            assert asked.answer(1, facts, now) is True
        if not can_be(asked.nodes[:1], asked.nodes[1:], asked.scope):
            assert asked.answer(1, facts, now) is True
        if not can_be(asked.nodes, (), asked.scope):
            assert asked.answer(1, facts, now) is not True
