"""Histograms that leave whole, as a real receiver decodes them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import (
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
)
from opentelemetry.sdk.trace import TracerProvider

from flowrules.runtime.engine import Engine
from flowrules.runtime.settings import Settings
from flowrules.sandbox import Sandbox
from flowrules.sandbox import Settings as SandboxSettings
from flowrules.telemetry.histograms import WholeHistograms
from flowrules.telemetry.instruments import ALL, DECIDE, SECONDS, VERB, Kind
from flowrules.telemetry.numbers import by_label
from flowrules.telemetry.telemetry import Telemetry

RULES = "on intent=sales set_lead_field plan to yes\n"


class Host:
    """A program whose exporter adds the histograms of its engines."""

    def __init__(self, url: str, **options: Any) -> None:
        self.exporter = WholeHistograms(OTLPMetricExporter(f"{url}/v1/metrics", **options))
        self.metrics = MeterProvider([PeriodicExportingMetricReader(self.exporter)], shutdown_on_exit=False)
        self.traces = TracerProvider(shutdown_on_exit=False)

    def telemetry(self, name: str = "") -> Telemetry:
        return Telemetry(
            opentelemetry=True,
            tracer_provider=self.traces,
            meter_provider=self.metrics,
            histograms=self.exporter,
            name=name,
        )

    async def play(self, telemetry: Telemetry, folder: Path, events: int) -> None:
        """So many events of one call, each with a verb, from the start of an engine to its end."""
        (folder / "main.rules").write_text(RULES)
        async with Sandbox(SandboxSettings(audio="none")) as sandbox:
            settings = Settings(base_url=sandbox.base_url, watch=False, check_apart=False)
            async with Engine(folder / "main.rules", settings=settings, telemetry=telemetry) as engine:
                call = engine.call_from((await sandbox.open_call()).metadata)
                for _ in range(events):
                    await call.event(intent="sales")
                await asyncio.to_thread(self.metrics.force_flush)
                await call.close()

    async def end(self) -> None:
        await asyncio.to_thread(self.metrics.shutdown)
        await asyncio.to_thread(self.traces.shutdown)


def last(receiver: Any, name: str) -> list[Any]:
    """The points of a histogram that have come last."""
    *_, found = [metric.histogram for metric in receiver.metrics if metric.name == name]
    assert found.aggregation_temporality == 2  # Cumulative.
    return list(found.data_points)


def told(point: Any) -> dict[str, str]:
    return {one.key: one.value.string_value for one in point.attributes}


async def test_what_arrives_is_what_the_engine_has_counted(receiver: Any, tmp_path: Path) -> None:
    host = Host(receiver.url)
    assert host.exporter.takes
    telemetry = host.telemetry()
    await host.play(telemetry, tmp_path, 3)
    await host.end()
    read = telemetry.read()
    for one in (one for one in ALL if one.kind is Kind.HISTOGRAM and read[one]):
        points = last(receiver, one.name)
        assert [told(point) for point in points] == [by_label(one, labels) for labels in read[one]]
        for point, (counts, total) in zip(points, read[one].values(), strict=True):
            assert list(point.bucket_counts) == counts
            assert list(point.explicit_bounds) == list(SECONDS)
            assert (point.count, point.sum) == (sum(counts), total)
            assert 0 < point.start_time_unix_nano < point.time_unix_nano
    assert [sum(counts) for counts, _ in read[VERB].values()] == [3]
    # Twice: while the engine ran, and at the end; each time with all that was counted by then.
    sent = [metric for metric in receiver.metrics if metric.name == VERB.name]
    assert [point.count for metric in sent for point in metric.histogram.data_points] == [3, 3]


async def test_each_engine_has_its_own(receiver: Any, tmp_path: Path) -> None:
    host = Host(receiver.url)
    for name, events in (("a", 1), ("b", 2)):
        await host.play(host.telemetry(name), tmp_path, events)
    receiver.metrics.clear()
    await host.end()
    sent = [metric for metric in receiver.metrics if metric.name == VERB.name]
    assert sorted(point.count for metric in sent for point in metric.histogram.data_points) == [1, 2]


@pytest.mark.parametrize(
    "preference",
    [
        {"preferred_temporality": {Histogram: AggregationTemporality.DELTA}},
        {"preferred_aggregation": {Histogram: ExponentialBucketHistogramAggregation()}},
        {"preferred_aggregation": {Histogram: ExplicitBucketHistogramAggregation([0.5, 5.0])}},
    ],
    ids=["delta", "exponential", "buckets"],
)
async def test_a_collector_that_wants_others_gets_them_from_the_sdk(
    receiver: Any, tmp_path: Path, preference: dict[str, Any]
) -> None:
    host = Host(receiver.url, **preference)
    assert not host.exporter.takes
    await host.play(host.telemetry(), tmp_path, 2)
    await host.end()
    (kind,) = {metric.WhichOneof("data") for metric in receiver.metrics if metric.name == DECIDE.name}
    found = [getattr(metric, kind) for metric in receiver.metrics if metric.name == DECIDE.name]
    points = [point for one in found for point in one.data_points]
    if "preferred_temporality" in preference:
        assert {one.aggregation_temporality for one in found} == {1}
        assert sum(point.count for point in points) == 3  # The end of the call, too.
        return
    assert points[-1].count == 3
    if kind == "histogram":
        assert {tuple(point.explicit_bounds) for point in points} == {(0.5, 5.0)}
    else:
        assert kind == "exponential_histogram"
