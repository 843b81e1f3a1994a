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
