"""Cutting credentials out of text that others wrote."""

import re

_TOKEN = re.compile(r"yt_(cb|live|test)_[A-Za-z0-9_-]+|(?i:bearer)\s+[^\s\"']+", re.ASCII)


def redact(text: str) -> str:
    """The text with every token of the platform, and whatever follows `Bearer`, replaced."""
    return _TOKEN.sub(lambda match: f"yt_{match[1]}_[redacted]" if match[1] else "Bearer [redacted]", text)
