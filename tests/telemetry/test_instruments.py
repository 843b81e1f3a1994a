"""Names of numbers: what can't be one, and that two numbers are never one series."""

import pytest
from prometheus_client.core import CounterMetricFamily

from flowrules.telemetry.instruments import ALL, SECONDS, Instrument, Kind, table
from flowrules.telemetry.numbers import OTHER, LabelValues, Numbers


def counter(name: str, *labels: str) -> Instrument:
    return Instrument(name, Kind.COUNTER, "{call}", "", labels)


@pytest.mark.parametrize(
    "name",
    [
        "flowrules.calls-live",
        "flowrules.Calls",
        "calls",
        "flowrules",
        "flowrules.a..b",
        "flowrules.1",
        "flowrules.ä",
    ],
)
def test_a_name_that_prometheus_would_have_to_change_is_none(name: str) -> None:
    with pytest.raises(ValueError, match="no name of a number"):
        counter(name)


@pytest.mark.parametrize("labels", [("le",), ("a-b",), ("__name__",), ("a", "a")])
def test_a_label_that_can_not_be_one(labels: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="label"):
        counter("flowrules.x", *labels)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (counter("flowrules.calls.live"), counter("flowrules.calls_live")),
        (counter("flowrules.calls"), Instrument("flowrules.calls.total", Kind.GAUGE, "", "")),
        (Instrument("flowrules.wait", Kind.HISTOGRAM, "s", ""), Instrument("flowrules.wait.seconds.sum", Kind.GAUGE, "", "")),
        (Instrument("flowrules.wait", Kind.GAUGE, "s", ""), Instrument("flowrules.wait.seconds", Kind.GAUGE, "", "")),
        (counter("flowrules.calls"), counter("flowrules.calls")),
    ],
)  # fmt: skip
def test_two_numbers_that_would_be_one_series_are_refused(one: Instrument, other: Instrument) -> None:
    with pytest.raises(ValueError, match=r"would both be|given twice"):
        table((one, other))


def test_names_are_what_the_library_writes() -> None:
    for one in ALL:
        if one.kind is Kind.COUNTER:
            assert CounterMetricFamily(one.prometheus, "").name == one.prometheus
            assert not one.prometheus.endswith("_total")
    assert list(SECONDS) == sorted(set(SECONDS))


def test_labels_have_a_bound_and_tell_things_of_one_name_apart() -> None:
    values = LabelValues("rule", most=3)
    assert values.of("id1", "on x") == "on x"
    assert values.of("id2", "on x") == "on x (2)"
    assert values.of("id1", "on x") == "on x"
    assert values.of("id3", "on x (2)") == "on x (2) (2)"
    assert {values.of(f"more{number}", f"on {number}") for number in range(50)} == {OTHER}
    assert values.of("id2", "on x") == "on x (2)"


def test_what_looks_like_the_overflow_is_not_counted_with_it() -> None:
    assert LabelValues("rule").of("id", OTHER) != OTHER


def test_no_label_shows_a_token_or_goes_on_for_ever() -> None:
    values = LabelValues("rule")
    assert "yt_cb_01" not in values.of("a", 'on said contains "yt_cb_01"')
    assert len(values.of("b", "x" * 10_000)) == 120


def test_a_distribution_has_every_observation_in_one_bucket() -> None:
    numbers, one = Numbers(), Instrument("flowrules.x", Kind.HISTOGRAM, "s", "")
    for seconds in (0.0, SECONDS[0], SECONDS[0] * 1.01, 29.9, 30.0, 31.0, 1e9):
        numbers.of(one).observe(seconds)
    counts, total = numbers.distributions(one)[()]
    assert sum(counts) == 7
    assert (counts[0], counts[1], counts[-2], counts[-1]) == (2, 1, 2, 2)
    assert total > 1e9
