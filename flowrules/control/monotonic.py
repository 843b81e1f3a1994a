"""The part of a clock that measures: what keeps to limits and lifetimes needs no more, and waits for nothing."""

from typing import Protocol


class Monotonic(Protocol):
    """Whatever tells seconds that never run backwards: the machine's clock, a test's, a simulation's."""

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
