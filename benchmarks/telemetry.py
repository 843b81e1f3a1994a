"""What it costs an event to be told of: numbers alone, and spans of all events or of a tenth, beside the same event
with telemetry off.

As in `execution`, everything that production does is on, and the wire answers at once. Spans are encoded for OTLP as
the exporter does, and not sent. The event loop's thread is measured by itself, for it is what a caller waits for; spans
are made, and encoded, beside it.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

from benchmarks.answering import answering_process
from benchmarks.execution import NOTHING, SENT, TOLD, Work, answered_calls, events
from benchmarks.results import Results, Spread, Table, Target
from flowrules.runtime.settings import Fsync
from flowrules.telemetry.histograms import WholeHistograms
from flowrules.telemetry.telemetry import Telemetry

ALLOWED = 1.05
"""CPU of an event, in units of the same event's with telemetry off."""
OFF = "off"
NUMBERS = "numbers, for Prometheus"
TENTH = "OpenTelemetry, a tenth of the events as spans"
ALL = "OpenTelemetry, all events as spans"
WAYS = (OFF, NUMBERS, TENTH, ALL)
INTENTS = {NOTHING: "none", TOLD: "told", SENT: "sent"}
Costs = Mapping[str, Sequence[tuple[float, float]]]
"""For each way and round: microseconds of CPU of an event, in the event loop's thread and in all of them."""


class _Encodes(SpanExporter):
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


class _Nowhere(MetricExporter):
    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        pass


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    with tempfile.TemporaryDirectory() as folder, answering_process() as base_url:
        return asyncio.run(_results(Path(folder), base_url, rounds, 200 if quick else 1_000))


async def _results(folder: Path, base_url: str, rounds: int, amount: int) -> Results:
    costs: dict[str, Costs] = {}
    for name, intent in INTENTS.items():
        async with AsyncExitStack() as stack:
            works: dict[str, Work] = {}
            for way in WAYS:
                calls = await answered_calls(
                    stack, base_url, folder / intent / str(len(works)), Fsync.INTERVAL, _telemetry(way, stack)
                )
                works[way] = events(calls, intent)
            costs[name] = await _measured(works, rounds, amount)
    return Results("telemetry", tuple(_table(name, cost) for name, cost in costs.items()), _targets(costs))


def _telemetry(way: str, stack: AsyncExitStack) -> Telemetry | None:
    if way == OFF:
        return None
    if way == NUMBERS:
        return Telemetry()
    sampler = ParentBased(TraceIdRatioBased(0.1 if way == TENTH else 1.0))
    traces = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    traces.add_span_processor(BatchSpanProcessor(_Encodes()))
    exporter = WholeHistograms(_Nowhere())
    metrics = MeterProvider([PeriodicExportingMetricReader(exporter)], shutdown_on_exit=False)
    stack.callback(traces.shutdown)
    stack.callback(metrics.shutdown)
    return Telemetry(opentelemetry=True, tracer_provider=traces, meter_provider=metrics, histograms=exporter)


async def _measured(works: Mapping[str, Work], rounds: int, amount: int) -> Costs:
    """Round after round in turns, the first one not counted. What threads do behind the events is awaited."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            loop, every = time.thread_time(), time.process_time()
            await work(amount)
            loop = time.thread_time() - loop
            await _quiet()
            every = time.process_time() - every
            if number:
                found[name].append((loop / amount * 1e6, every / amount * 1e6))
    return found


async def _quiet() -> None:
    """Until the process's other threads have nothing to do."""
    for _ in range(20):
        before = time.process_time()
        await asyncio.sleep(0.3)
        if time.process_time() - before < 0.03:
            return


def _ratio(cost: Costs, way: str, of: int) -> Spread:
    return Spread.of([one[of] / off[of] for one, off in zip(cost[way], cost[OFF], strict=True)])


def _table(name: str, cost: Costs) -> Table:
    return Table(
        f"An event: {name}",
        ("event loop", "× off", "all threads", "× off "),
        {
            way: (
                Spread.of([loop for loop, _ in cost[way]]),
                _ratio(cost, way, 0),
                Spread.of([every for _, every in cost[way]]),
                _ratio(cost, way, 1),
            )
            for way in WAYS
        },
        "CPU in microseconds.",
    )


def _targets(costs: Mapping[str, Costs]) -> tuple[Target, ...]:
    def loop(name: str, way: str) -> float:
        cost = costs[name]
        return statistics.median(one[0] / off[0] for one, off in zip(cost[way], cost[OFF], strict=True))

    return tuple(
        Target(f"CPU of an event in its loop, {name}: {way}", ALLOWED, loop(name, way))
        for name in INTENTS
        for way in (NUMBERS, ALL)
    )
