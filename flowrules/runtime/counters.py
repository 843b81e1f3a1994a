"""Plain numbers about what has happened since the start."""

from collections import Counter
from typing import Literal

from flowrules.call.entries import Decided, Entry, NotSent, Received, Settled
from flowrules.call.outcome import EventStatus
from flowrules.call.receipt import Status

Count = Literal[
    "calls",
    "calls_by_candidate",
    "events",
    "events_matched",
    "events_repeated",
    "events_queue_full",
    "events_after_the_end",
    "facts_not_kept",
    "plans_failed",
    "plans_preempted",
    "plans_broken",
    "hangups_interrupted",
    "verbs_accepted",
    "verbs_refused",
    "verbs_unknown",
    "verbs_dropped",
    "verbs_withheld",
    "requests",
    "tokens_renewed",
    "reconnects",
    "frames_ignored",
    "timers",
    "reloads",
    "reloads_refused",
    "reloads_held",
    "listeners_broken",
]


class Counters:
    """`snapshot()` for a metrics exporter: names as above, each at least 0."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[Count] = Counter()

    def add(self, name: Count, amount: int = 1) -> None:
        self._counts[name] += amount

    def __getitem__(self, name: Count) -> int:
        return self._counts[name]

    def snapshot(self) -> dict[str, int]:
        return dict(sorted(self._counts.items()))


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


def count(counters: Counters, entry: Entry) -> None:
    """Count what a call puts on record."""
    if isinstance(entry, Settled):
        if (name := _SETTLED.get(entry.outcome.status)) is not None:
            counters.add(name)
    elif isinstance(entry, Decided):
        if entry.event.timer:
            counters.add("timers")
        if entry.decision.parts:
            counters.add("events_matched")
    elif isinstance(entry, Received | NotSent):
        counters.add("requests", entry.receipt.attempts)
        counters.add(_VERBS[entry.receipt.status])
