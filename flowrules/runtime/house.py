"""What all calls of an engine share."""

from dataclasses import dataclass

from flowrules.analysis.host_fence import HostFence
from flowrules.control.clock import Clock
from flowrules.runtime.alarms import Alarms
from flowrules.runtime.counters import Counters
from flowrules.runtime.settings import Settings
from flowrules.runtime.share import LoopShare


@dataclass(frozen=True, slots=True)
class House:
    """One for each engine."""

    clock: Clock
    settings: Settings
    share: LoopShare
    alarms: Alarms
    fence: HostFence
    counters: Counters
