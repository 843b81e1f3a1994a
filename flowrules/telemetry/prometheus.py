"""The numbers as Prometheus reads them, by prometheus-client."""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from flowrules.telemetry.instruments import SECONDS, Instrument, Kind
from flowrules.telemetry.numbers import Labels

_BOUNDS = (*(str(bound) for bound in SECONDS), "+Inf")
Counts = Mapping[Labels, float]
Distributions = Mapping[Labels, tuple[list[int], float]]


class Page(Collector):
    """One answer to one request: numbers that were read together."""

    def __init__(self, read: Mapping[Instrument, Counts | Distributions]) -> None:
        self._read = read

    def text(self, accept: str) -> tuple[bytes, str]:
        """The page, in the format that the Accept header prefers, and its Content-Type."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        ProcessCollector(registry=registry)
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type

    def collect(self) -> Iterator[Metric]:
        for instrument, values in self._read.items():
            yield _family(instrument, values)


def _family(instrument: Instrument, values: Any) -> Metric:
    name, told, labels = instrument.prometheus, instrument.help, instrument.labels
    match instrument.kind:
        case Kind.COUNTER:
            counter = CounterMetricFamily(name, told, labels=labels)
            for of, value in values.items():
                counter.add_metric(of, value)
            return counter
        case Kind.GAUGE:
            gauge = GaugeMetricFamily(name, told, labels=labels)
            for of, value in values.items():
                gauge.add_metric(of, value)
            return gauge
        case Kind.HISTOGRAM:
            histogram = HistogramMetricFamily(name, told, labels=labels)
            for of, (counts, total) in values.items():
                below, buckets = 0, []
                for bound, count in zip(_BOUNDS, counts, strict=True):
                    below += count
                    buckets.append((bound, below))
                histogram.add_metric(of, buckets, total)
            return histogram
