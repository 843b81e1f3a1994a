"""What the numbers of `flowrules run` are told to."""

from contextlib import ExitStack

from flowrules.cli.options.files import fail
from flowrules.cli.running.run_settings import RunSettings
from flowrules.telemetry.telemetry import Telemetry


def telemetry_of(own: RunSettings, stack: ExitStack) -> Telemetry | None:
    """What the numbers are told to; None where nobody asks for them."""
    if own.opentelemetry:
        try:
            from flowrules.telemetry.export import otlp
        except ImportError:
            fail("The setting opentelemetry takes the extra otel: pip install 'flowrules[otel]'")
        traces, metrics, exporter = stack.enter_context(otlp())
        return Telemetry(
            opentelemetry=True, tracer_provider=traces, meter_provider=metrics, histograms=exporter
        )
    asked = own.events_key is not None or own.metrics_key is not None
    return Telemetry() if asked else None
