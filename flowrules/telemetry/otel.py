"""The same numbers, and spans, through OpenTelemetry's API: the host's providers say where they go.

Counters and gauges are read when the host's reader asks for them. Histograms can't be read so there: an exporter adds
them whole (`histograms.py`), or what was observed is told by the thread that makes the spans, never by the event loop.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Histogram, Observation

from flowrules.telemetry.instruments import ALL, SECONDS, Instrument, Kind
from flowrules.telemetry.names import NAME, SCOPE
from flowrules.telemetry.numbers import Labels, Numbers, by_label
from flowrules.telemetry.spans import Spans

if TYPE_CHECKING:
    from flowrules.telemetry.histograms import WholeHistograms

Read = Callable[[Instrument], Mapping[Labels, float]]


class Teller:
    """The instruments of one meter. They are made once: of two that are made under one name OpenTelemetry's SDK leaves
    out the second, and asks its callbacks for nothing. `read` is where the numbers come from; of an engine that has
    ended, its last ones, for the reader looks once more when it is shut down. `busy`: the engine still runs."""

    def __init__(self, meter: metrics.Meter, *, records: bool) -> None:
        """`records`: each observation of a histogram is told by itself."""
        self.read: Read | None = None
        self.busy = False
        self.histograms: dict[Instrument, Histogram] = {}
        for one in ALL:
            match one.kind:
                case Kind.COUNTER:
                    meter.create_observable_counter(one.name, [self._told(one)], one.unit, one.help)
                case Kind.GAUGE:
                    meter.create_observable_gauge(one.name, [self._told(one)], one.unit, one.help)
                case Kind.HISTOGRAM if records:
                    self.histograms[one] = meter.create_histogram(
                        one.name, one.unit, one.help, explicit_bucket_boundaries_advisory=SECONDS
                    )
                case Kind.HISTOGRAM:
                    pass  # An exporter adds it.

    def _told(self, one: Instrument) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(options: CallbackOptions) -> Iterable[Observation]:
            read = self.read
            if read is None:
                return []
            return [Observation(value, by_label(one, labels)) for labels, value in read(one).items()]

        return observe


_tellers: "WeakKeyDictionary[Any, dict[str, Teller]]" = WeakKeyDictionary()
"""By the provider of meters, and the name of the engine."""


def begin(
    name: str,
    numbers: Numbers,
    read: Read,
    providers: tuple[Any, Any],
    histograms: "WholeHistograms | None",
    server: str,
    on_dropped: Callable[[], None],
) -> tuple[Teller, Spans]:
    """Have the meter told of all numbers, and start the thread that makes spans. `providers`: of traces and of metrics;
    None: the global one. `histograms` is the exporter that adds them whole. Raises ValueError where another engine of
    this name is told of there."""
    tracers, meters = providers
    whole = histograms if histograms is not None and histograms.takes else None
    attributes = {NAME: name} if name else None
    provider = meters or metrics.get_meter_provider()
    known = _tellers.setdefault(provider, {})
    teller = known.get(name)
    if teller is None:
        meter = provider.get_meter(SCOPE, version("flowrules"), attributes=attributes)
        teller = known[name] = Teller(meter, records=whole is None)
    if teller.busy:
        raise ValueError(
            "another engine's telemetry is told to OpenTelemetry under this name: give each its own name"
        )
    tracer = (tracers or trace.get_tracer_provider()).get_tracer(
        SCOPE, version("flowrules"), attributes=attributes
    )
    if whole is None:
        spans = Spans(tracer, server, on_dropped, _step(numbers.forward(), teller.histograms))
    else:
        whole.tell_of(
            name, lambda: {one: numbers.distributions(one) for one in ALL if one.kind is Kind.HISTOGRAM}
        )
        spans = Spans(tracer, server, on_dropped)
    teller.read, teller.busy = read, True
    spans.start()
    return teller, spans


def _step(
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
