"""What the instrumentation is called for OpenTelemetry."""

SCOPE = "flowrules"
"""The name of the instrumentation scope; that of an engine which has a name is an attribute of the scope."""
NAME = "flowrules.engine"
