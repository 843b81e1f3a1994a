"""Cutting credentials out of text that others wrote."""

import re
from collections.abc import Mapping
from typing import Any

_SHAPE = r"yt_(cb|live|test)_[A-Za-z0-9_-]+"
"""Of the platform's tokens and keys. No quote and no backslash is in one."""
_TOKEN = re.compile(_SHAPE)
_TOKEN_IN_JSON = re.compile(_SHAPE.encode())
_CREDENTIAL = re.compile(rf"{_SHAPE}|(?i:bearer)\s+[^\s\"']+", re.ASCII)


def redact(text: str) -> str:
    """The text with every token of the platform, and whatever follows `Bearer`, replaced."""
    return _CREDENTIAL.sub(
        lambda match: f"yt_{match[1]}_[redacted]" if match[1] else "Bearer [redacted]", text
    )


def holds_token(text: str) -> bool:
    """Whether a token of the platform stands in a text."""
    return "yt_" in text and _TOKEN.search(text) is not None


def redact_json(line: bytes) -> bytes:
    """JSON with every token of the platform replaced; it stays JSON."""
    return _TOKEN_IN_JSON.sub(rb"yt_\1_[redacted]", line) if b"yt_" in line else line


def redact_data(value: Any) -> Any:
    """What was read from JSON, with every token of the platform cut out of its texts and names."""
    match value:
        case str():
            return redact(value) if holds_token(value) else value
        case dict():
            return {redact_data(name): redact_data(inner) for name, inner in value.items()}
        case list():
            return [redact_data(inner) for inner in value]
    return value


_SECRET_NAME = re.compile(
    r"(?:^|[^a-z])(?:pass(?:word|code|phrase)|secret|token|authori[sz]ation|credentials?|api_?key|private_?key|pin|cvv|cvc)"
    r"(?:$|[^a-z])"
)
"""Names of fields whose values nobody is to see."""
_WORD_BORDER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
HIDDEN = "[redacted]"


def without_secrets(value: Any) -> Any:
    """Data for whoever looks on: every token of the platform is cut out, and the values of fields whose names say that
    they are secret (`password`, `accessToken`) are replaced."""
    match value:
        case str():
            return redact(value) if holds_token(value) else value
        case Mapping():
            return {
                redact_data(name): HIDDEN if _is_secret(name) else without_secrets(inner)
                for name, inner in value.items()
            }
        case list() | tuple():
            return [without_secrets(inner) for inner in value]
    return value


def _is_secret(name: object) -> bool:
    return isinstance(name, str) and _SECRET_NAME.search(_WORD_BORDER.sub("_", name).lower()) is not None
