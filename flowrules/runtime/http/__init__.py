"""The engine behind a port: frames, reports and probes over HTTP and WebSocket."""
