"""Plain numbers about what has happened since the start."""

from collections import Counter
from typing import Literal

Count = Literal[
    "calls",
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
    "frames_ignored",
    "timers",
    "reloads",
    "reloads_refused",
    "reloads_held",
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
