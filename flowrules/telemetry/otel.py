"""The same numbers, and spans, through OpenTelemetry's API: the host's providers say where they go.

Counters and gauges are read when the host's reader asks for them. Histograms can't be read so there: what was
observed is told by the thread that makes the spans, and not in the event loop.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Histogram, Observation

from flowrules.telemetry.instruments import ALL, SECONDS, Instrument, Kind
from flowrules.telemetry.numbers import Labels, Numbers, by_label
from flowrules.telemetry.spans import Spans

SCOPE = "flowrules"
"""The name of the instrumentation scope."""
Read = Callable[[Instrument], Mapping[Labels, float]]


def begin(
    numbers: Numbers, read: Read, providers: tuple[Any, Any], server: str, on_dropped: Callable[[], None]
) -> Spans:
    """Tell the meter of all instruments, and start the thread that makes spans. `providers`: of traces and of metrics;
    None: the global one."""
    tracers, meters = providers
    tracer = (tracers or trace.get_tracer_provider()).get_tracer(SCOPE, version("flowrules"))
    meter = (meters or metrics.get_meter_provider()).get_meter(SCOPE, version("flowrules"))
    histograms: dict[Instrument, Histogram] = {}
    for one in ALL:
        match one.kind:
            case Kind.COUNTER:
                meter.create_observable_counter(one.name, [_told(one, read)], one.unit, one.help)
            case Kind.GAUGE:
                meter.create_observable_gauge(one.name, [_told(one, read)], one.unit, one.help)
            case Kind.HISTOGRAM:
                histograms[one] = meter.create_histogram(
                    one.name, one.unit, one.help, explicit_bucket_boundaries_advisory=SECONDS
                )
    spans = Spans(tracer, server, on_dropped, _teller(numbers.forward(), histograms))
    spans.start()
    return spans


def _told(one: Instrument, read: Read) -> Callable[[CallbackOptions], Iterable[Observation]]:
    def observe(options: CallbackOptions) -> Iterable[Observation]:
        return [Observation(value, by_label(one, labels)) for labels, value in read(one).items()]

    return observe


def _teller(
    observed: "deque[tuple[Instrument, Labels, float]]", histograms: Mapping[Instrument, Histogram]
) -> Callable[[], bool]:
    """What tells one observation; False where none waits."""

    def tell() -> bool:
        if not observed:
            return False
        one, labels, seconds = observed.popleft()
        histograms[one].record(seconds, by_label(one, labels))
        return True

    return tell
