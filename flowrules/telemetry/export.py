"""OpenTelemetry's own exporters for `flowrules run`: where to is said by its environment (`OTEL_EXPORTER_OTLP_ENDPOINT`
and the others), as its specification names it. A host that embeds the engine has providers of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from flowrules.telemetry.histograms import WholeHistograms

_FLUSH = 5_000
"""Milliseconds in which what is left is sent at the end."""


@contextmanager
def otlp() -> Iterator[tuple[Any, Any, WholeHistograms]]:
    """Providers of traces and of metrics, and the exporter of the latter. At the end what is left is sent."""
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "flowrules"}
    resource = Resource.create({**named, "service.version": version("flowrules")})
    traces = TracerProvider(resource=resource, shutdown_on_exit=False)
    traces.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    exporter = WholeHistograms(OTLPMetricExporter())
    reader = PeriodicExportingMetricReader(exporter)
    metrics = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
    try:
        yield traces, metrics, exporter
    finally:
        traces.shutdown()
        metrics.shutdown(timeout_millis=_FLUSH)
