"""A condition's answer in words, made by the closures that decide."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.compiler.explain import because
from flowrules.language.operators import OPERATORS, Operator, positive


@pytest.mark.parametrize(
    ("condition", "facts", "reason"),
    [
        ("balance is at least 500", {"balance": 120}, "balance is 120, needs at least 500"),
        ("balance is at least 500", {"balance": 900.0}, "balance is 900"),
        ("balance is at least 500", {}, "nobody supplied balance"),
        (
            "balance is at least 500",
            {"balance": "lots"},
            "balance is lots, which can't be held against at least 500",
        ),
        ("verified is yes", {"verified": False}, "verified is no, needs yes"),
        ("intent is not sales", {"intent": "sales"}, "intent is sales, must not be sales"),
        ("not intent is sales", {"intent": "sales"}, "intent is sales, must not be sales"),
        ("said contains refund", {"said": "hello there"}, 'said is "hello there", needs to contain refund'),
        ("x is known", {}, "nobody supplied x"),
        ("x is unknown", {"x": 5}, "x is 5, must not be known"),
        ("x is one of a, b", {"x": ("c", "d")}, "x is c, d, needs one of a, b"),
        ("a is yes and b is yes", {"a": False, "b": True}, "a is no, needs yes"),
        ("a is yes and b is yes", {"a": True}, "nobody supplied b"),
        ("a is yes or b is yes", {"a": False, "b": False}, "a is no, needs yes, and b is no, needs yes"),
        ("a is yes or b is yes", {"b": True}, "b is yes"),
        ("not (a is yes or b is yes)", {"b": True}, "b is yes, must not be yes"),
        ("today is tuesday", {}, "today is monday, needs tuesday"),
    ],
)
def test_reasons(asked: Callable[[str], Any], condition: str, facts: dict[str, Any], reason: str) -> None:
    assert because(asked(condition).explanation(facts)) == reason


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        ("2026-03-02T05:30", "office is open"),
        ("2026-03-02T01:30", "office is closed, opens 09:00"),
        ("2026-03-02T15:30", "office is closed, opens Tuesday 09:00"),
        ("2026-03-03T15:30", "office is closed, opens Thursday 09:00"),  # Wednesday is a holiday
        ("2026-03-06T15:30", "office is closed, opens Monday 09:00"),
    ],
)
def test_hours_say_when_they_open(asked: Callable[[str], Any], now: str, reason: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert because(asked("during office").explanation({}, moment)) == reason


@pytest.mark.parametrize("row", OPERATORS, ids=lambda row: row.op)
def test_every_comparison_says_what_is_missing(asked: Callable[[str], Any], row: Operator) -> None:
    condition = f"x {row.words} {row.sample.operand}".rstrip()
    operand = row.sample.operand.replace('"', "")
    for value in row.sample.missed_by:
        reason = because(asked(condition).explanation({"x": value})).replace('"', "")
        needs = reason.partition(", ")[2] if not isinstance(value, str) or "," not in value else reason
        meaning = positive(row)
        if row.negative:
            assert needs.endswith(f"must not {meaning.infinitive} {operand}".rstrip())
        elif meaning.infinitive.startswith("be"):
            assert needs.endswith(
                f"needs {row.words.removeprefix('is ')} {operand}".replace("needs is ", "needs ")
            )
        else:
            assert needs.endswith(f"needs to {row.infinitive} {operand}")


def test_long_texts_are_cut(asked: Callable[[str], Any]) -> None:
    reason = because(asked("said contains refund").explanation({"said": "word " * 100}))
    assert len(reason) < 110


SAMPLES = [value for row in OPERATORS for value in (*row.sample.met_by, *row.sample.missed_by)]
ATOMS = st.sampled_from(
    [
        "a is yes",
        "b is yes",
        "x is at least 5",
        "x is 7",
        "y is one of p, q",
        "during office",
        *(f"{fact} {row.words} {row.sample.operand}" for row in OPERATORS for fact in "xy"),
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda one: f"not ({one})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda many: " and ".join(f"({one})" for one in many)),
        st.lists(inner, min_size=2, max_size=3).map(lambda many: " or ".join(f"({one})" for one in many)),
    ),
    max_leaves=6,
)
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "a": st.booleans(), "b": st.sampled_from([True, "no", "perhaps"]), "x": st.sampled_from([1, 7, "9", "many", *SAMPLES]),
        "y": st.sampled_from(["p", "z", ("z", "q"), *SAMPLES]),
    },
)  # fmt: skip


@pytest.mark.timeout(600)
def test_an_explanation_answers_as_the_condition_does(asked: Callable[[str], Any]) -> None:
    compiled: dict[str, Any] = {}

    @given(CONDITIONS, FACTS)
    def check(condition: str, facts: dict[str, Any]) -> None:
        one = compiled.get(condition)
        if one is None:
            one = compiled[condition] = asked(f"({condition})")
        explained = one.explanation(facts)
        assert explained.answer is one.answer(facts)
        assert because(explained)

    check()
