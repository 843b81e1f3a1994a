"""How long a text takes to be spoken, as far as its length tells."""

_CHARACTERS_PER_SECOND = 14.0
"""150 words a minute, an unhurried voice."""
_LEAD_IN = 0.5
"""Seconds until synthesised speech begins."""


def spoken_seconds(text: str) -> float:
    return _LEAD_IN + len(text) / _CHARACTERS_PER_SECOND
