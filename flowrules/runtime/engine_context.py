"""What all calls of an engine share."""

from dataclasses import dataclass

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.control.clock import Clock
from flowrules.runtime.counters import Counters
from flowrules.runtime.loop.loop_budget import LoopBudget
from flowrules.runtime.loop.timer_scheduler import TimerScheduler
from flowrules.runtime.settings import Settings


@dataclass(frozen=True, slots=True)
class EngineContext:
    """One for each engine."""

    clock: Clock
    settings: Settings
    loop_budget: LoopBudget
    scheduler: TimerScheduler
    fence: DestinationPolicy
    counters: Counters

    def note_broken(self) -> None:
        """Count a listener that has raised something."""
        self.counters.add("listeners_broken")


def make_context(clock: Clock, settings: Settings, counters: Counters) -> EngineContext:
    """With a loop budget and a scheduler of its own, which is not started."""
    budget = LoopBudget(clock)
    return EngineContext(clock, settings, budget, TimerScheduler(clock, budget), settings.fence, counters)
