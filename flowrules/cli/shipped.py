"""The rule sets that come with flowrules: in a wheel inside the package, in a checkout beside it."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_rules(name: str) -> Path:
    """The folder or file of a shipped rule set, such as `demo`."""
    inside = _PACKAGE / "_rules" / name
    return inside if inside.exists() else _PACKAGE.parent / "rules" / name
