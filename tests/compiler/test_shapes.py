"""Guards of every shape: one function for the whole guard answers as its parts do together."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.language.operators import OPERATORS

ATOMS = st.sampled_from(
    [
        *(f"{fact} {row.words} {row.sample.operand}" for row in OPERATORS for fact in "ab"),
        "a is sales", "a is one of sales, Support", "a is not sales", "b is at least 5", "b is more than 5",
        "b is less than 5", "b is at most 5", "b is yes", "b is no", 'a is "5"', "a is 5", "a contains sales",
        "a is between 2 and 7", "b is known", "a is unknown", "during office", "turn is 1",
    ]
)  # fmt: skip
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map("not ({})".format),
        st.lists(inner, min_size=2, max_size=4).map(
            lambda parts: " and ".join(f"({part})" for part in parts)
        ),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: " or ".join(f"({part})" for part in parts)),
    ),
    max_leaves=5,
)
VALUES = st.sampled_from(
    [
        *(value for row in OPERATORS for value in (*row.sample.met_by, *row.sample.missed_by)),
        "sales",
        "SALES",
        "support",
        "5",
        " 7 ",
        5,
        5.0,
        7,
        1,
        True,
        False,
        "yes",
        "no",
        "lots",
        ("sales", 5),
        (),
    ]
)


@settings(deadline=None)
@given(CONDITIONS, st.dictionaries(st.sampled_from(["a", "b"]), VALUES))
def test_a_guard_answers_as_its_parts_do(
    asked: Callable[[str], Any], condition: str, facts: dict[str, Any]
) -> None:
    guard = asked(condition)
    assert guard.answer(facts) is guard.explanation(facts).answer
