import pytest

from flowrules.diagnostics.guess import closest

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
    ],
)
def test_a_slip_is_guessed(word: str, candidates: tuple[str, ...], meant: str) -> None:
    assert closest(word, candidates) == meant


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
    assert closest(word, candidates) is None


def test_the_nearest_of_several_wins() -> None:
    assert closest("sales_qu", ("sales_queue", "sales_q", "sales_desk")) == "sales_q"
