"""The shapes that a fact's value can have while the engine runs."""

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...]
"""A fact's value. Several at once (two intents in one sentence) stand in a tuple; any of them matches."""
