"""What an event has cost so far."""

from dataclasses import dataclass


@dataclass(slots=True)
class Spent:
    """How many verbs an event has cost, with all that it led to; and whether all of that was stopped: then it leads to
    nothing more."""

    verbs: int = 0
    stopped: bool = False
