"""A chaos run: many calls, a platform that fails on purpose, and a separate reader that compares what was written
down with what the platform saw."""
