"""One call's observer: counts, and takes the times of what happens."""

from collections.abc import Mapping
from time import perf_counter, time_ns
from typing import TYPE_CHECKING, Any

from flowrules.call.entries import CapDue, Decided, Entry, NotSent, Received, Sending, Settled
from flowrules.call.inputs import Input, Reported
from flowrules.call.outcome import EventOutcome, EventStatus
from flowrules.telemetry.instruments import DECIDE, DECISIONS, EVENTS, PLAN, QUEUE, VERB, VERBS
from flowrules.telemetry.noted import EventSpan, VerbSpan
from flowrules.telemetry.numbers import LabelValues, Numbers

if TYPE_CHECKING:
    from flowrules.telemetry.spans import Spans

_MOST_REPORTED = 512
"""Reported events whose beginning is kept: those that never come to a decision are forgotten with the oldest."""


_ENDED = {status: (EVENTS, (status.value,)) for status in EventStatus}
_UNMATCHED = DECISIONS, ("", "unmatched")


class ObservedCall:
    """`spans` None: numbers alone. Each event comes by here several times, so what can be made before is."""

    __slots__ = (
        "_call_id", "_counted", "_decide_took", "_decided_in", "_numbers", "_open",
        "_plan_began", "_plan_took", "_planned_in", "_reported", "_rules", "_sending", "_spans", "_verbs", "_waited",
    )  # fmt: skip

    def __init__(
        self,
        call_id: str,
        numbers: Numbers,
        rules: LabelValues,
        verbs: LabelValues,
        spans: "Spans | None",
    ) -> None:
        self._call_id = call_id
        self._numbers, self._rules, self._verbs, self._spans = numbers, rules, verbs, spans
        self._counted = numbers.counted
        self._decided_in = numbers.of(DECIDE).observe
        self._planned_in = numbers.of(PLAN).observe
        self._waited = numbers.of(QUEUE).observe
        self._reported: dict[int, tuple[Mapping[str, Any], float, int, Any]] = {}
        """By the identity of an event's keys: these, when it came by both clocks, and in which context."""
        self._sending: dict[tuple[str, str], int] = {}
        """When a verb's intent was put on record, in nanoseconds since the epoch."""
        self._open: dict[str, EventSpan] = {}
        self._decide_took = self._plan_took = 0.0
        self._plan_began = 0

    # --- what takes time ---

    def decided_in(self, seconds: float) -> None:
        self._decide_took = seconds
        self._decided_in(seconds)

    def planned_in(self, seconds: float) -> None:
        if self._spans is not None:
            self._plan_began = time_ns() - int(seconds * 1e9)
        self._plan_took = seconds
        self._planned_in(seconds)

    # --- what happens ---

    def took(self, received: Input) -> None:
        if type(received) is Reported:
            reported = self._reported
            if len(reported) >= _MOST_REPORTED:
                del reported[next(iter(reported))]
            keys, spans = received.event.keys, self._spans
            if spans is None:
                reported[id(keys)] = keys, perf_counter(), 0, None
            else:
                reported[id(keys)] = keys, perf_counter(), time_ns(), spans.current()

    def wrote(self, entry: Entry) -> None:
        kind = type(entry)
        if kind is Decided:
            self._decided(entry)  # type: ignore[arg-type]  # as its type says
        elif kind is Settled:
            self._settled(entry.outcome)  # type: ignore[union-attr]
        elif isinstance(entry, Sending):
            self._sending[entry.event_id, entry.path] = time_ns()
        elif isinstance(entry, Received):
            self._fate(entry, entry.request.verb)
        elif isinstance(entry, NotSent):
            self._fate(entry, entry.verb)
        elif isinstance(entry, CapDue) and self._spans is not None:
            name = entry.event_id
            self._open[name] = EventSpan(self._call_id, name, time_ns(), None, entry.plan.revision)

    # --- inside ---

    def _decided(self, entry: Decided) -> None:
        event = entry.event
        reported = self._reported.pop(id(event.keys), None)
        if reported is not None:
            waited = perf_counter() - reported[1] - self._decide_took
            self._waited(waited if waited > 0 else 0.0)
        if self._spans is None:
            return
        began, within = (time_ns(), None) if reported is None else reported[2:]
        name = event.event_id
        span = self._open[name] = EventSpan(self._call_id, name, began, within, entry.plan.revision)
        if entry.decision.parts:
            span.planned = self._plan_began, int(self._plan_took * 1e9)

    def _fate(self, entry: Received | NotSent, verb: str) -> None:
        receipt, named = entry.receipt, self._verbs.of(verb, verb)
        reason = receipt.reason.value if receipt.reason else ""
        self._counted[VERBS, (named, receipt.status.value, reason)] += 1
        began = self._sending.pop((entry.event_id, entry.path), 0) if self._sending else 0
        if began:
            self._numbers.of(VERB, (named,)).observe((time_ns() - began) / 1e9)
        if self._spans is not None and (span := self._open.get(entry.event_id)) is not None:
            rule, now = self._rules.of(entry.rule.id, entry.rule.label), time_ns()
            span.verbs.append(VerbSpan(verb, rule, entry.path, began or now, now, receipt))

    def _settled(self, outcome: EventOutcome) -> None:
        counted = self._counted
        counted[_ENDED[outcome.status]] += 1
        if outcome.rules:
            for rule, how in outcome.rules:
                counted[DECISIONS, (self._rules.of(rule.id, rule.label), how)] += 1
        elif outcome.decision is not None:
            counted[_UNMATCHED] += 1
        if self._spans is None or (span := self._open.pop(outcome.event_id, None)) is None:
            return
        span.ended, span.status = time_ns(), outcome.status.value
        span.rules = tuple([(self._rules.of(rule.id, rule.label), how) for rule, how in outcome.rules])
        raised_by = self._open.get(outcome.event_id.rpartition(">")[0])
        if raised_by is not None:
            raised_by.raised.append(span)
        else:
            self._spans.put(span)
