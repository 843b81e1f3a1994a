"""How a rule is known outside its rule set."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleRef:
    """Which rule: `id` survives a reload (its name, or the digest of its text); file and line for people."""

    id: str
    label: str
    """The rule's name, or its first line where it has none."""
    file: str
    line: int
