"""Chance as an argument: the machine's own, and one that a test or a simulation seeds."""

import random
from collections.abc import Callable
from typing import Protocol


class Chance(Protocol):
    """Where what is left to chance comes from; `random.Random(seed)` is one."""

    def random(self) -> float:
        """A number from 0 up to, but not including, 1."""


machine_chance: Callable[[], Chance] = random.Random
"""Another one each time it is called, seeded by the machine."""
