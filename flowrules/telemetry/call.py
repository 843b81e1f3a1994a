"""One call's observer: counts, and takes the times of what happens."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flowrules.call.entries import CapDue, Decided, Entry, NotSent, Received, Sending, Settled
from flowrules.call.inputs import Input, Reported
from flowrules.call.setup import Setup
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.plan import Plan
from flowrules.engine.state import CallState
from flowrules.telemetry.instruments import DECIDE, DECISIONS, EVENTS, PLAN, QUEUE, VERB, VERBS
from flowrules.telemetry.numbers import LabelValues, Numbers
from flowrules.telemetry.spans import EventSpan, Spans, VerbSpan

_MOST_REPORTED = 512
"""Reported events whose beginning is kept: those that never come to a decision are forgotten with the oldest."""


class ObservedCall:
    """`spans` None: numbers alone."""

    __slots__ = (
        "_call_id", "_decide", "_decide_took", "_labels", "_make_plan", "_numbers", "_open", "_plan_began",
        "_plan_took", "_reported", "_sending", "_spans", "_verbs",
    )  # fmt: skip

    def __init__(
        self,
        call_id: str,
        setup: Setup,
        numbers: Numbers,
        rules: LabelValues,
        verbs: LabelValues,
        spans: Spans | None,
    ) -> None:
        self._call_id = call_id
        self._decide, self._make_plan = setup.decide, setup.make_plan
        self._numbers, self._labels, self._verbs, self._spans = numbers, rules, verbs, spans
        self._reported: dict[int, tuple[Mapping[str, Any], float, int, Any]] = {}
        """By the identity of an event's keys: these, when it came by both clocks, and the span it was reported in."""
        self._sending: dict[tuple[str, str], int] = {}
        """When a verb's intent was put on record (monotonic, in nanoseconds)."""
        self._open: dict[str, EventSpan] = {}
        self._decide_took = self._plan_took = 0.0
        self._plan_began = 0

    # --- what takes time ---

    def decide(
        self, ruleset: RuleSet, event: Event, state: CallState, now: datetime, trace: bool = False
    ) -> Decision:
        began = time.perf_counter()
        decision = self._decide(ruleset, event, state, now, trace=trace)
        self._decide_took = took = time.perf_counter() - began
        self._numbers.observe(DECIDE, took)
        return decision

    def make_plan(self, ruleset: RuleSet, decision: Decision, state: CallState) -> Plan:
        self._plan_began, began = time.time_ns(), time.perf_counter()
        plan = self._make_plan(ruleset, decision, state)
        self._plan_took = took = time.perf_counter() - began
        self._numbers.observe(PLAN, took)
        return plan

    # --- what happens ---

    def took(self, received: Input) -> None:
        if type(received) is Reported:
            reported = self._reported
            if len(reported) >= _MOST_REPORTED:
                del reported[next(iter(reported))]
            keys = received.event.keys
            within = None if self._spans is None else self._spans.current()
            reported[id(keys)] = keys, time.perf_counter(), time.time_ns(), within

    def wrote(self, entry: Entry) -> None:
        match entry:
            case Decided(event, _, decision, plan):
                self._decided(event, bool(decision.parts), plan)
            case Sending(event_id, _, path):
                self._sending[event_id, path] = time.time_ns()
            case Received(event_id, rule, path, request, _):
                self._fate(entry, rule, event_id, path, request.verb)
            case NotSent(event_id, rule, path, verb, _):
                self._fate(entry, rule, event_id, path, verb)
            case Settled():
                self._settled(entry)
            case CapDue(event_id, plan) if self._spans is not None:
                self._open[event_id] = EventSpan(self._call_id, event_id, time.time_ns(), None, plan.revision)
            case _:
                pass

    # --- inside ---

    def _decided(self, event: Event, matched: bool, plan: Plan) -> None:
        keys, came, began, within = self._reported.pop(id(event.keys), (None, 0.0, 0, None))
        if keys is not None:
            self._numbers.observe(QUEUE, max(0.0, time.perf_counter() - came - self._decide_took))
        if self._spans is not None:
            span = EventSpan(self._call_id, event.event_id, began or time.time_ns(), within, plan.revision)
            if matched:
                span.planned = self._plan_began, int(self._plan_took * 1e9)
            self._open[event.event_id] = span

    def _fate(self, entry: Received | NotSent, rule: RuleRef, event_id: str, path: str, verb: str) -> None:
        receipt, named = entry.receipt, self._verbs.of(verb, verb)
        self._numbers.add(
            VERBS, (named, receipt.status.value, receipt.reason.value if receipt.reason else "")
        )
        began = self._sending.pop((event_id, path), 0)
        if began:
            self._numbers.observe(VERB, (time.time_ns() - began) / 1e9, (named,))
        if (span := self._open.get(event_id)) is not None:
            now = time.time_ns()
            span.verbs.append(
                VerbSpan(verb, self._labels.of(rule.id, rule.label), path, began or now, now, receipt)
            )

    def _settled(self, entry: Settled) -> None:
        outcome = entry.outcome
        self._numbers.add(EVENTS, (outcome.status.value,))
        rules = [(self._labels.of(rule.id, rule.label), how) for rule, how in outcome.rules]
        if outcome.decision is not None or rules:
            for rule_and_outcome in rules or [("", "unmatched")]:
                self._numbers.add(DECISIONS, rule_and_outcome)
        if self._spans is None or (span := self._open.pop(outcome.event_id, None)) is None:
            return
        span.ended, span.status, span.rules = time.time_ns(), outcome.status.value, tuple(rules)
        raised_by = self._open.get(outcome.event_id.rpartition(">")[0])
        if raised_by is not None:
            raised_by.raised.append(span)
        else:
            self._spans.put(span)
