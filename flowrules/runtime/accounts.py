"""The account of one event: what became of each of its verbs, counted and on record."""

from dataclasses import dataclass, field

from flowrules.call.outcome import StepOutcome
from flowrules.call.receipt import Receipt, Status
from flowrules.call.request import VerbRequest
from flowrules.compiler.refs import RuleRef
from flowrules.runtime.counters import Count, Counters
from flowrules.runtime.recorder import Recorder

_COUNTS: dict[Status, Count] = {
    Status.ACCEPTED: "verbs_accepted",
    Status.REFUSED: "verbs_refused",
    Status.UNKNOWN: "verbs_unknown",
    Status.DROPPED: "verbs_dropped",
    Status.WITHHELD: "verbs_withheld",
}


@dataclass(slots=True)
class Account:
    """`steps` in the order in which their fate was known."""

    event_id: str
    recorder: Recorder
    counters: Counters
    steps: list[StepOutcome] = field(default_factory=list)

    async def intend(self, rule: RuleRef, path: str, request: VerbRequest, at_most: float) -> None:
        """Put a request on record before it goes out, in so many seconds. Raises JournalError."""
        await self.recorder.sending(self.event_id, rule, path, request, at_most)

    def sent(self, rule: RuleRef, path: str, request: VerbRequest, receipt: Receipt) -> None:
        """What became of what was intended."""
        self.recorder.receipt(self.event_id, rule, path, request, receipt)
        self._count(rule, path, request.verb, receipt)

    def not_sent(self, rule: RuleRef, path: str, verb: str, receipt: Receipt) -> None:
        """A planned verb that did not come to be sent."""
        self.recorder.step(self.event_id, rule, path, verb, receipt)
        self._count(rule, path, verb, receipt)

    def _count(self, rule: RuleRef, path: str, verb: str, receipt: Receipt) -> None:
        self.steps.append(StepOutcome(rule, path, verb, receipt))
        self.counters.add("requests", receipt.attempts)
        self.counters.add(_COUNTS[receipt.status])
