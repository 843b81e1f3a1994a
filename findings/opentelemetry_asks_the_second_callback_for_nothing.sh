#!/usr/bin/env bash
# opentelemetry-sdk 1.45.2 (and 1.36.0): of two observable instruments with one name and description the second one's callbacks
# are never asked.
#
# A good guess: two parts of a program that each call meter.create_observable_gauge("calls.live", callbacks=[…]) are both
#   observed. The specification has the SDK give back functioning instruments for such a duplicate, and take several callbacks
#   for one instrument.
# What happens: the second call gives back the first instrument, and its callbacks are dropped. Numbers of the second part are in no
#   reading. Where name, unit and description are the same, nothing is logged.
# Why it matters for call flows: two engines in one process (a tenant each, or one that was closed and started anew) tell one
#   meter provider. The calls of the second are in no number, and no alert on them can ring; after a restart of the engine the numbers
#   are those of the one that is closed.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat > twice.py <<'PYTHON'
from importlib.metadata import version

from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader


def read(reader):
    data = reader.get_metrics_data()
    return sorted(
        (point.attributes["engine"], point.value)
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    )


def gauge(meter, engine, calls):
    callback = lambda options: [Observation(calls, {"engine": engine})]  # noqa: E731
    return meter.create_observable_gauge("calls.live", [callback], "{call}", "Calls that are live.")


reader = InMemoryMetricReader()
meter = MeterProvider([reader]).get_meter("desk")
first, second = gauge(meter, "a", 3), gauge(meter, "b", 5)
print(f"opentelemetry-sdk {version('opentelemetry-sdk')}: one meter, two gauges of one name:  {read(reader)}")

reader = InMemoryMetricReader()
provider = MeterProvider([reader])
gauge(provider.get_meter("desk", attributes={"engine": "a"}), "a", 3)
gauge(provider.get_meter("desk", attributes={"engine": "b"}), "b", 5)
apart = read(reader)
print(f"  a meter each, told apart by an attribute of its scope: {apart}")

reader = InMemoryMetricReader()
meter = MeterProvider([reader]).get_meter("desk")
lost = gauge(meter, "a", 3) is gauge(meter, "b", 5) and read(reader) == [("a", 3)]
raise SystemExit(0 if lost and apart == [("a", 3), ("b", 5)] else 1)
PYTHON
for version in 1.45.2 1.36.0; do
  python3 -m venv "venv-$version"
  "venv-$version/bin/pip" install --quiet --disable-pip-version-check "opentelemetry-sdk==$version"
  "venv-$version/bin/python" twice.py
done
