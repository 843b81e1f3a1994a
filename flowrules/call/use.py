"""When a run of a rule counts against its limits."""

from dataclasses import dataclass
from datetime import datetime

from flowrules.call.call import Call
from flowrules.engine.state import use_limits


@dataclass(slots=True)
class Use:
    """A run of a rule, which counts once: from when its first request left, or where it has no verb, when its part has
    come to its end. A cap is no run of its rule. `tried`: it came to a verb."""

    rule_id: str
    counted: bool = False
    tried: bool = False

    def count(self, call: Call, at: datetime) -> None:
        if not self.counted:
            self.counted = True
            call.state = use_limits(call.state, self.rule_id, at)

    def completed(self, call: Call) -> None:
        if not self.tried:
            self.count(call, call.now)
