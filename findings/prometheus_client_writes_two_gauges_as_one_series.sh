#!/usr/bin/env bash
# prometheus-client 0.26.0: two metrics whose names differ in a dot and a hyphen are both taken, and written as one series, twice.
#
# A good guess: a registry refuses a second metric of a name ("Duplicated timeseries in CollectorRegistry"), so what it writes has each
#   series once; a name that the text format can't hold is either refused or quoted.
# What happens: Gauge("calls.live") and Gauge("calls-live") are two names for the registry. The text format writes both as calls_live, with
#   two HELP and two TYPE lines and two values. The library's own parser reads two samples of one series without a word; promtool
#   refuses the whole page ("second HELP line for metric name").
# Why it matters for call flows: names of numbers are made of names that others chose (verbs, lists, tenants). Two facts become one
#   curve, or a host's whole page is lost, and every alert on it with it.
#
# It exits with 1 where this is no longer so.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check prometheus-client==0.26.0
cat > twice.py <<'PYTHON'
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

registry = CollectorRegistry()
Gauge("calls.live", "Calls that are live.", registry=registry).set(3)
Gauge("calls-live", "Calls that went live.", registry=registry).set(500)
page = generate_latest(registry).decode()
print(f"prometheus-client {version('prometheus-client')} writes:\n{page}")
read = [(one.name, one.value) for family in text_string_to_metric_families(page) for one in family.samples]
print(f"its parser reads: {read}")
try:
    Gauge("calls.live", "Again.", registry=registry)
    refused = False
except ValueError as error:
    print(f"the same name again: {error}")
    refused = True
raise SystemExit(0 if refused and read == [("calls_live", 3.0), ("calls_live", 500.0)] else 1)
PYTHON
venv/bin/python twice.py
