"""What is counted of a call, by what it wants done."""

from flowrules.call.effects import Effect, LeftOut, Record
from flowrules.call.entries import Decided, NotSent, Received, Settled
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.call.receipt import Receipt, Status
from flowrules.runtime.counters import Count, Counters

_VERBS: dict[Status, Count] = {
    Status.ACCEPTED: "verbs_accepted",
    Status.REFUSED: "verbs_refused",
    Status.UNKNOWN: "verbs_unknown",
    Status.DROPPED: "verbs_dropped",
    Status.WITHHELD: "verbs_withheld",
}
_SETTLED: dict[EventStatus, Count] = {
    EventStatus.FAILED: "plans_failed",
    EventStatus.PREEMPTED: "plans_preempted",
    EventStatus.INTERRUPTED: "hangups_interrupted",
    EventStatus.QUEUE_FULL: "events_queue_full",
    EventStatus.CALL_OVER: "events_after_the_end",
}


def count(counters: Counters, effect: Effect) -> None:
    match effect:
        case Record(Decided(event=event, decision=decision)):
            if event.timer:
                counters.add("timers")
            if decision.parts:
                counters.add("events_matched")
        case Record(Received(receipt=receipt) | NotSent(receipt=receipt)):
            _count_verb(counters, receipt)
        case Record(Settled(outcome)):
            _count_event(counters, outcome)
        case LeftOut(facts):
            counters.add("facts_not_kept", facts)


def _count_verb(counters: Counters, receipt: Receipt) -> None:
    counters.add("requests", receipt.attempts)
    counters.add(_VERBS[receipt.status])


def _count_event(counters: Counters, outcome: EventOutcome) -> None:
    if (name := _SETTLED.get(outcome.status)) is not None:
        counters.add(name)
