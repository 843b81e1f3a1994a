"""Histograms for OpenTelemetry, whole: what an engine has counted is added to each batch of numbers as it leaves.

OpenTelemetry's API has no instrument that a whole histogram can be read from, only one that is told of each single
observation. For an engine that costs several times what the event itself does with them.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from opentelemetry.sdk.metrics import Histogram as Recorded
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    ScopeMetrics,
)
from opentelemetry.sdk.metrics.view import (
    Aggregation,
    DefaultAggregation,
    ExplicitBucketHistogramAggregation,
)

from flowrules.telemetry.instruments import SECONDS, Instrument
from flowrules.telemetry.names import NAME, SCOPE
from flowrules.telemetry.numbers import Labels, by_label

Distributions = Mapping[Instrument, Mapping[Labels, tuple[list[int], float]]]
"""By label values: how many were observed in each bucket, and the sum."""


class WholeHistograms(MetricExporter):
    """An exporter for another one: `PeriodicExportingMetricReader(exporter)`, and `Telemetry(…, histograms=exporter)`.

    Where `inner` prefers other histograms than cumulative ones with buckets, `takes` is False, and they are told one
    observation after the other. Views of the meter's provider do not see what is added here.
    """

    def __init__(self, inner: MetricExporter) -> None:
        temporality, aggregation = inner._preferred_temporality, inner._preferred_aggregation
        super().__init__(temporality, aggregation)
        self._inner = inner
        self.takes = _is_cumulative((temporality or {}).get(Recorded)) and _has_buckets(
            (aggregation or {}).get(Recorded)
        )
        self._engines: dict[str, tuple[int, Callable[[], Distributions]]] = {}

    def tell_of(self, name: str, read: Callable[[], Distributions]) -> None:
        """Add the histograms of an engine from now on: `name` is the one that its scope has."""
        self._engines[name] = time.time_ns(), read

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        resources = [
            replace(one, scope_metrics=[self._with_ours(scope) for scope in one.scope_metrics])
            for one in metrics_data.resource_metrics
        ]
        return self._inner.export(MetricsData(resources), timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._inner.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        self._inner.shutdown(timeout_millis, **kwargs)

    # --- inside ---

    def _with_ours(self, scope: ScopeMetrics) -> ScopeMetrics:
        if scope.scope.name != SCOPE:
            return scope
        name = (scope.scope.attributes or {}).get(NAME, "")
        engine = self._engines.get(str(name))
        return scope if engine is None else replace(scope, metrics=[*scope.metrics, *_metrics(*engine)])


def _is_cumulative(preferred: AggregationTemporality | None) -> bool:
    return preferred in (None, AggregationTemporality.CUMULATIVE)


def _has_buckets(preferred: Aggregation | None) -> bool:
    """Whether the buckets are those that an instrument advises."""
    if isinstance(preferred, ExplicitBucketHistogramAggregation):
        return preferred._boundaries is None
    return preferred is None or isinstance(preferred, DefaultAggregation)


def _metrics(since: int, read: Callable[[], Distributions]) -> Iterator[Metric]:
    """`since` in nanoseconds since the epoch."""
    now = time.time_ns()
    for one, values in read().items():
        points = [
            HistogramDataPoint(
                attributes=by_label(one, labels),
                start_time_unix_nano=since,
                time_unix_nano=now,
                count=sum(counts),
                sum=total,
                bucket_counts=counts,
                explicit_bounds=SECONDS,
                min=None,  # type: ignore[arg-type]  # OTLP may leave both out, and nobody has kept them.
                max=None,  # type: ignore[arg-type]
            )
            for labels, (counts, total) in values.items()
        ]
        if points:
            yield Metric(one.name, one.help, one.unit, Histogram(points, AggregationTemporality.CUMULATIVE))
