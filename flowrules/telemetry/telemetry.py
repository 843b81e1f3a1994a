"""What a host gives to its engine to be told how the calls go."""

import asyncio
import time
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flowrules.runtime.engine import Engine
from flowrules.runtime.observer import CallObserver
from flowrules.runtime.rules.loads import LoadStatus
from flowrules.telemetry import instruments as told
from flowrules.telemetry.call import ObservedCall
from flowrules.telemetry.instruments import ALL, COUNTED, Instrument, Kind
from flowrules.telemetry.lag import LoopLag
from flowrules.telemetry.numbers import Labels, LabelValues, Numbers

if TYPE_CHECKING:
    from flowrules.telemetry.histograms import WholeHistograms
    from flowrules.telemetry.otel import Teller
    from flowrules.telemetry.spans import Spans

_MOMENT = 0.5
"""Seconds."""
_PATIENCE = 2.0
"""Seconds in which what waits for its span has it, when the engine ends."""


class Telemetry:
    """Of one engine: `Engine(…, telemetry=Telemetry())`.

    `metrics` gives all numbers as Prometheus reads them. With `opentelemetry` they are told to OpenTelemetry's meter,
    too, and each event is a span; by the providers given, or the global ones. It takes the extra `otel`: raises
    ImportError where that is missing. `histograms` is the exporter of the meter's reader that adds histograms whole,
    which costs less than to tell each observation. Where several engines tell the same providers, each has a `name`,
    which is an attribute of its scope there.
    """

    def __init__(
        self,
        *,
        opentelemetry: bool = False,
        tracer_provider: Any = None,
        meter_provider: Any = None,
        histograms: "WholeHistograms | None" = None,
        name: str = "",
    ) -> None:
        self._name, self._histograms = name, histograms
        self._teller: Teller | None = None
        self._numbers = Numbers()
        self._rules, self._verbs = LabelValues("rule"), LabelValues("verb", 100)
        self._lag = LoopLag(self._numbers.of(told.LAG).observe)
        self._engine: Engine | None = None
        self._spans: Spans | None = None
        self._seen: Mapping[Instrument, Mapping[Labels, float]] = {}
        self._last: Mapping[Instrument, Mapping[Labels, float]] = {}
        """Of an engine that has ended."""
        self._looked_at = -_MOMENT
        self._providers = (tracer_provider, meter_provider) if opentelemetry else None
        if opentelemetry:
            import_module("opentelemetry.trace")  # Where it is missing, that is said here, and not in a call.

    # --- for whoever asks ---

    def read(self) -> Mapping[Instrument, Mapping[Labels, Any]]:
        """All numbers at this moment: of counters and gauges by label values, of histograms the counts of the buckets
        and the sum. From any thread."""
        gauges, read = self._of_engine(), self._numbers
        return {
            one: read.distributions(one)
            if one.kind is Kind.HISTOGRAM
            else gauges.get(one) or read.counts(one)
            for one in ALL
        }

    async def metrics(self, accept: str = "") -> tuple[bytes, str]:
        """The page for Prometheus and its Content-Type; OpenMetrics where the Accept header asks for it."""
        from flowrules.telemetry.prometheus import Page

        page = Page(self.read())
        return await asyncio.to_thread(page.text, accept)

    # --- told by the engine (`runtime/observer.py`) ---

    def started(self, engine: Engine) -> None:
        if self._engine is not None:
            raise RuntimeError("a Telemetry belongs to one engine")
        self._engine = engine
        self._lag.start()
        if self._providers is not None:
            from flowrules.telemetry.otel import begin

            server = urlsplit(engine.settings.base_url).hostname or ""
            self._teller, self._spans = begin(
                self._name,
                self._numbers,
                self._read_one,
                self._providers,
                self._histograms,
                server,
                lambda: self._numbers.add(told.DROPPED),
            )

    def call(self, call_id: str) -> CallObserver:
        return ObservedCall(call_id, self._numbers, self._rules, self._verbs, self._spans)

    def loaded(self, status: LoadStatus) -> None:
        self._numbers.add(told.LOADS, (status.value,))

    def polled(self, outcome: str, *, taken: bool) -> None:
        """A server was asked for a bundle; whether what it has is the one that was taken last."""
        self._numbers.add(told.POLLS, (outcome,))
        self._numbers.counted[told.NOT_TAKEN, ()] = float(not taken)

    async def stopped(self) -> None:
        self._lag.stop()
        self._last = {one: values for one, values in self._of_engine().items() if one.kind is Kind.COUNTER}
        self._looked_at = -_MOMENT
        spans, self._spans, self._engine = self._spans, None, None
        if spans is not None:
            await asyncio.to_thread(spans.stop, _PATIENCE)
        if (teller := self._teller) is not None:
            teller.busy, self._teller = False, None

    # --- inside ---

    def _read_one(self, one: Instrument) -> Mapping[Labels, float]:
        """A counter or a gauge. Readers ask for one after the other, so what the engine says holds for a moment."""
        if time.monotonic() - self._looked_at > _MOMENT:
            self._looked_at, self._seen = time.monotonic(), self._of_engine()
        return self._seen.get(one) or self._numbers.counts(one)

    def _of_engine(self) -> Mapping[Instrument, Mapping[Labels, float]]:
        """What the engine itself counts, and how it is."""
        engine = self._engine
        if engine is None:
            return self._last
        health, calls = engine.health(), engine.calls
        counters = health.counters
        not_live = any("rules on disk" in one for one in engine.rules.problems)
        plain = {
            told.LIVE_CALLS: len(calls),
            told.QUEUED: sum(call.waiting for call in calls.values()),
            told.READY: health.ready,
            told.PROBLEMS: len(health.problems),
            told.WARNINGS: len(health.warnings),
            told.NOT_LIVE: not_live,
            told.LAST_GOOD: bool(engine.rules.fallback),
            **{instrument: counters.get(name, 0) for name, instrument in COUNTED.items()},
        }
        made: dict[Instrument, Mapping[Labels, float]] = {
            one: {(): float(value)} for one, value in plain.items()
        }
        made[told.REVISION] = {(health.revision,): 1.0}
        if (candidate := health.candidate) is not None:
            made[told.CANDIDATE] = {(candidate.revision,): 1.0}
            made[told.SHARE] = {(): candidate.share}
        return made
