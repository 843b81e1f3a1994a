"""Embedding: what a model is told to report, and an adapter a framework.

`vocabulary` and `tool` need nothing but flowrules. `pipecat`, `livekit` and `mcp` need the extra of their name.
"""
