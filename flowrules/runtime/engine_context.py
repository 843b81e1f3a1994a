"""What all calls of an engine share."""

from dataclasses import dataclass

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.control.clock import Clock
from flowrules.runtime.counters import Counters
from flowrules.runtime.loop_budget import LoopBudget
from flowrules.runtime.settings import Settings
from flowrules.runtime.timer_scheduler import TimerScheduler


@dataclass(frozen=True, slots=True)
class EngineContext:
    """One for each engine."""

    clock: Clock
    settings: Settings
    loop_budget: LoopBudget
    scheduler: TimerScheduler
    fence: DestinationPolicy
    counters: Counters
