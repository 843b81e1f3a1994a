"""A simulated run: world after world, and what became of all of them together."""

import gc
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from flowrules.chaos.reconciler import Account
from flowrules.chaos.simulated.play import OWN_CLAIMS, Played, Run, play

_ALLOCATED = 200_000
"""Objects after which the collector looks; some twenty worlds."""
ENOUGH = 5
"""Worlds that went wrong, after which a run ends: the first of them tells what there is to mend."""


@dataclass(slots=True)
class Result:
    """`failed` are the worlds that went wrong; `seconds` is the time of the processor."""

    calls: int = 0
    worlds: int = 0
    seconds: float = 0.0
    failed: list[Played] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)
    claims: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(OWN_CLAIMS, ()))

    @property
    def account(self) -> Account:
        """Of all worlds together."""
        return Account(self.figures, self.claims)

    @property
    def sound(self) -> bool:
        return not self.failed

    def add(self, played: Played) -> None:
        self.worlds += 1
        self.calls += played.calls
        self.figures.update(played.account.figures)
        for claim in played.account.contradictions:
            self.claims.setdefault(claim, ())
        for claim, sentences in played.contradictions.items():
            self.claims[claim] += sentences
        if not played.sound:
            self.failed.append(played)


def simulate(run: Run, calls: int, *, enough: int = ENOUGH) -> Result:
    """Play worlds until there were so many calls, or `enough` worlds have gone wrong."""
    result = Result()
    began = time.process_time()
    with _collecting_seldom():
        while result.calls < calls and len(result.failed) < enough:
            result.add(play(run, result.worlds))
    result.seconds = time.process_time() - began
    return result


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """A world that is over is garbage as a whole, so Python's collector need not look at it while it is played."""
    as_before = gc.get_threshold()
    gc.set_threshold(_ALLOCATED, *as_before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*as_before)
