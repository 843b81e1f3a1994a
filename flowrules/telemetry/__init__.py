"""What an engine's calls look like from outside: numbers for Prometheus and OpenTelemetry, and spans.

`Telemetry` is given to an engine. Nothing here quotes a caller, a fact's value, a body or a token: names, counts and
durations only.
"""
