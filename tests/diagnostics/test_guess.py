"""Which names a mistyped word may mean, and where a machine may write one for it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.diagnostics.guess import Guess, nearest

VERBS = (
    "transfer",
    "hangup",
    "log",
    "hold",
    "unhold",
    "mute",
    "unmute",
    "set_disposition",
    "set_lead_status",
    "set_lead_field",
)


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("tranfser", VERBS, "transfer"),
        ("trasnfer", VERBS, "transfer"),
        ("Hang_up", VERBS, "hangup"),
        ("lgo", VERBS, "log"),
        ("set_dispositon", VERBS, "set_disposition"),
        ("set_status", VERBS, "set_lead_status"),
        ("billing", ("billing_q", "sales_q"), "billing_q"),
        ("office_hours", ("office", "weekend"), "office"),
        ("विक्रय_कतर", ("विक्रय_कतार", "billing_q"), "विक्रय_कतार"),
        ("SALES", ("sales",), "sales"),
        ("sales_qu", ("sales_queue", "sales_q", "sales_desk"), "sales_q"),
    ],
)
def test_the_nearest_is_named(word: str, candidates: tuple[str, ...], meant: str) -> None:
    assert nearest(word, candidates).names == (meant,)


@pytest.mark.parametrize(
    ("word", "candidates"),
    [
        ("banana", VERBS),
        ("q", ("p",)),
        ("set_lead", VERBS),
        ("gold", ()),
        ("bill", ("dill_pickle", "kill_switch_extra")),
    ],
)
def test_what_is_not_close_is_not_guessed(word: str, candidates: tuple[str, ...]) -> None:
    assert nearest(word, candidates) == Guess()


@pytest.mark.parametrize(
    ("word", "candidates", "shown"),
    [
        ("uhold", VERBS, '"hold" or "unhold"'),
        ("vips", ("vipa", "vipb", "gold"), '"vipa" or "vipb"'),
        ("desk4", ("desk1", "desk2", "desk3"), '"desk1", "desk2" or "desk3"'),
    ],
)
def test_all_that_are_equally_near_are_named_and_none_is_written(
    word: str, candidates: tuple[str, ...], shown: str
) -> None:
    guess = nearest(word, candidates)
    assert guess.words() == shown
    assert guess.fix is None


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("tranfser_desk", "transfer_desk"),  # two letters swapped
        ("slver", "silver"),  # a letter dropped
        ("sillver", "silver"),  # doubled
        ("silcer", "silver"),  # the key beside
        ("silvwer", "silver"),  # hit as well
        ("Silver", "silver"),
        ("Asia/Kolkatta", "Asia/Kolkata"),
    ],
)
def test_a_slip_of_the_keyboard_may_be_written(word: str, meant: str) -> None:
    assert nearest(word, (meant,)).fix == meant


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("plan_30", "plan_10"),
        ("plan10", "plan1"),
        ("desk_01", "desk_10"),
        ("tier2", "tierw"),
        ("refund_c", "refund_x"),
        ("room_ab", "room_ba"),
        ("stage_iii", "stage_ii"),
        ("vips", "vip"),
        ("sale", "sales"),
        ("refunds", "refund"),
        ("gold", "hold"),
        ("night", "eight"),
        ("salesq", "sales_q"),
        ("sales-q", "sales_q"),
        ("billing", "billing_q"),
        ("calendar", "calender"),
        ("PST", "EST"),
        ("inbound", "unbound_calls"),
    ],
)
def test_what_may_be_another_real_thing_is_not_written(word: str, other: str) -> None:
    assert nearest(word, (other,)).fix is None


NAMES = st.text("abdegiklmnorstuv_0123", min_size=1, max_size=9)


@given(NAMES, st.lists(NAMES, max_size=6, unique=True))
def test_what_is_written_is_the_only_one_and_has_the_same_digits(word: str, candidates: list[str]) -> None:
    guess = nearest(word, candidates)
    if guess.fix is not None and guess.fix != word:
        assert guess.names == (guess.fix,)
        assert [c for c in word if not c.isalpha()] == [c for c in guess.fix if not c.isalpha()]
        assert abs(len(word) - len(guess.fix)) <= 1
        differing = sum(a != b for a, b in zip(word, guess.fix, strict=False))
        assert differing <= 2 or len(word) != len(guess.fix)


@given(NAMES, st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_the_order_of_the_candidates_makes_no_difference(word: str, candidates: list[str]) -> None:
    there, back = nearest(word, candidates), nearest(word, candidates[::-1])
    assert (set(there.names), there.fix) == (set(back.names), back.fix)
