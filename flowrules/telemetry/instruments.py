"""Every number that is told, by name: what it counts, in which unit, with which labels.

A name is the one that OpenTelemetry is told (dots). Prometheus is told the same with underscores, the unit and, of a
counter, `_total`, as OpenTelemetry's specification translates names. Two numbers never share a name in either: that is
looked at when the table is made.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import get_args

from flowrules.runtime.counters import Count


class Kind(Enum):
    COUNTER = auto()
    GAUGE = auto()
    HISTOGRAM = auto()


_NAME = re.compile(r"flowrules(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+")
_LABEL = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_UNITS: Mapping[str, str] = {"s": "seconds", "": ""}
"""UCUM units that are used, and how Prometheus writes them; what stands in braces is written nowhere. A gauge of the
unit `1` would be called a ratio."""
SERIES = {
    Kind.COUNTER: ("_total", "_created"),
    Kind.GAUGE: ("",),
    Kind.HISTOGRAM: ("_bucket", "_sum", "_count", "_created"),
}
SECONDS = (
    0.00005,
    0.0001,
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
)
"""Upper bounds of the buckets: a decision takes some microseconds, a verb that is tried again some seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Instrument:
    """`unit` by UCUM: `s`, `{call}`. Raises ValueError for a name or a label that can't be one."""

    name: str
    kind: Kind
    unit: str
    help: str
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise ValueError(
                f"{self.name!r} is no name of a number: small letters and digits, after `flowrules.`"
            )
        for label in self.labels:
            if _LABEL.fullmatch(label) is None or label == "le":
                raise ValueError(f"{label!r} can't be a label of {self.name}")
        if len(set(self.labels)) < len(self.labels):
            raise ValueError(f"{self.name} has a label twice")
        if self.unit not in _UNITS and not (self.unit.startswith("{") and self.unit.endswith("}")):
            raise ValueError(f"{self.unit!r} is no unit that is known here")

    @property
    def prometheus(self) -> str:
        """The name of the family; that of a counter's series ends in `_total`."""
        plain, unit = self.name.replace(".", "_"), _UNITS.get(self.unit, "")
        return f"{plain}_{unit}" if unit else plain

    @property
    def series(self) -> tuple[str, ...]:
        """The names under which Prometheus knows it."""
        return tuple(f"{self.prometheus}{end}" for end in SERIES[self.kind])


def table(instruments: Iterable[Instrument]) -> tuple[Instrument, ...]:
    """Raises ValueError where two of them would be one series."""
    made = tuple(instruments)
    taken: dict[str, str] = {}
    for one in made:
        for series in {one.prometheus, *one.series}:
            if (other := taken.setdefault(series, one.name)) != one.name:
                raise ValueError(f"{other} and {one.name} would both be {series} for Prometheus")
    if len({one.name for one in made}) < len(made):
        raise ValueError("a name is given twice")
    return made


EVENTS = Instrument(
    "flowrules.events", Kind.COUNTER, "{event}", "Events that are over, by how they ended.", ("status",)
)
DECISIONS = Instrument(
    "flowrules.decisions",
    Kind.COUNTER,
    "{decision}",
    "Events that a rule took (fired, otherwise), by the rule; events that none took (unmatched).",
    ("rule", "outcome"),
)
VERBS = Instrument(
    "flowrules.verbs",
    Kind.COUNTER,
    "{verb}",
    "Verbs whose fate is known, by their status and, where they failed, the reason.",
    ("verb", "status", "reason"),
)
DECIDE = Instrument("flowrules.decide.duration", Kind.HISTOGRAM, "s", "How long a decision takes.")
PLAN = Instrument("flowrules.plan.duration", Kind.HISTOGRAM, "s", "How long the making of a plan takes.")
QUEUE = Instrument(
    "flowrules.queue.duration", Kind.HISTOGRAM, "s", "How long a reported event waits for its decision."
)
VERB = Instrument(
    "flowrules.verb.duration",
    Kind.HISTOGRAM,
    "s",
    "From the intent on record to the fate of the verb, with all attempts.",
    ("verb",),
)
LAG = Instrument("flowrules.loop.lag", Kind.HISTOGRAM, "s", "How much later than due the event loop rings.")
LOADS = Instrument(
    "flowrules.loads",
    Kind.COUNTER,
    "{load}",
    "Loads of rules since the start, by how they ended.",
    ("status",),
)
DROPPED = Instrument(
    "flowrules.telemetry.dropped",
    Kind.COUNTER,
    "{event}",
    "Events that no span was made of, since too many waited.",
)
LIVE_CALLS = Instrument("flowrules.calls.live", Kind.GAUGE, "{call}", "Calls that are live.")
QUEUED = Instrument(
    "flowrules.queue.length", Kind.GAUGE, "{event}", "Reported events that wait, in all calls."
)
READY = Instrument("flowrules.ready", Kind.GAUGE, "", "1 where it takes calls, as /readyz says; else 0.")
PROBLEMS = Instrument("flowrules.problems", Kind.GAUGE, "{problem}", "Problems in /health.")
WARNINGS = Instrument("flowrules.warnings", Kind.GAUGE, "{warning}", "Warnings in /health.")
NOT_LIVE = Instrument(
    "flowrules.rules.not_live", Kind.GAUGE, "", "1 where the rules on disk are not live; else 0."
)
LAST_GOOD = Instrument(
    "flowrules.rules.last_good", Kind.GAUGE, "", "1 while the rules of an earlier run are live; else 0."
)
REVISION = Instrument(
    "flowrules.rules.live", Kind.GAUGE, "", "1, with the revision of the live rules.", ("revision",)
)
CANDIDATE = Instrument(
    "flowrules.candidate.live",
    Kind.GAUGE,
    "",
    "1, with the revision of rules that are played beside the live ones, or decide a share of the calls.",
    ("revision",),
)
SHARE = Instrument(
    "flowrules.candidate.share", Kind.GAUGE, "", "Percent of the calls that the candidate rules decide."
)
POLLS = Instrument(
    "flowrules.bundle.polls",
    Kind.COUNTER,
    "{poll}",
    "How often the server was asked for a bundle, by how that ended.",
    ("outcome",),
)
NOT_TAKEN = Instrument(
    "flowrules.bundle.not_taken",
    Kind.GAUGE,
    "",
    "1 while the bundle that the server has can't be had, or is not taken; else 0.",
)

_COUNTED: Mapping[Count, str] = {
    "calls": "Calls that were taken.",
    "calls_by_candidate": "Calls that candidate rules decide.",
    "events": "Events that were reported, but for those that came again.",
    "events_matched": "Events that a rule took.",
    "events_repeated": "Events that were reported again.",
    "events_queue_full": "Events that were refused, since too many waited.",
    "events_after_the_end": "Events that came after the call's end.",
    "facts_not_kept": "Facts for which a call had no room.",
    "plans_failed": "Plans in which a step failed, and nothing was written for that.",
    "plans_preempted": "Plans that gave way to an urgent rule.",
    "plans_broken": "Plans in which flowrules itself failed: please report them.",
    "hangups_interrupted": "Hangups that were dropped, since the caller spoke.",
    "verbs_accepted": "Verbs that were accepted.",
    "verbs_refused": "Verbs that were refused, or could not be sent.",
    "verbs_unknown": "Verbs that went out, and nobody knows whether they acted.",
    "verbs_dropped": "Verbs that were decided and not sent.",
    "verbs_withheld": "Verbs that would have been sent, in a mode that sends nothing.",
    "requests": "Requests that left, repeats included.",
    "tokens_renewed": "Tokens that came in a call's frames.",
    "reconnects": "Calls that came again after their connection was gone.",
    "frames_ignored": "Frames that were not understood.",
    "timers": "Timers that rang.",
    "reloads": "Loads that went live after the start.",
    "reloads_refused": "Loads that were refused.",
    "reloads_held": "Loads that were held.",
    "listeners_broken": "Listeners of the host that raised something.",
}  # fmt: skip
COUNTED: Mapping[Count, Instrument] = {
    name: Instrument(f"flowrules.engine.{name}", Kind.COUNTER, "", help) for name, help in _COUNTED.items()
}
"""What `Engine.counters` counts."""
assert set(get_args(Count)) == set(COUNTED)

ALL = table(
    (
        EVENTS, DECISIONS, VERBS, DECIDE, PLAN, QUEUE, VERB, LAG, LOADS, DROPPED, LIVE_CALLS, QUEUED, READY, PROBLEMS,
        WARNINGS, NOT_LIVE, LAST_GOOD, REVISION, CANDIDATE, SHARE, POLLS, NOT_TAKEN, *COUNTED.values(),
    )
)  # fmt: skip
