"""Cutting credentials out of text that others wrote."""

import re

_PLATFORMS = re.compile(rb"yt_(cb|live|test)_[A-Za-z0-9_-]+")
_TOKEN = re.compile(r"yt_(cb|live|test)_[A-Za-z0-9_-]+|(?i:bearer)\s+[^\s\"']+", re.ASCII)


def redact(text: str) -> str:
    """The text with every token of the platform, and whatever follows `Bearer`, replaced."""
    return _TOKEN.sub(lambda match: f"yt_{match[1]}_[redacted]" if match[1] else "Bearer [redacted]", text)


def holds_token(text: str) -> bool:
    """Whether a token of the platform stands in a text."""
    return "yt_" in text and _PLATFORMS.search(text.encode("utf-8", "replace")) is not None


def redact_json(line: bytes) -> bytes:
    """JSON with every token of the platform replaced; it stays JSON, for no quote and no backslash is in a token."""
    return _PLATFORMS.sub(rb"yt_\1_[redacted]", line) if b"yt_" in line else line
