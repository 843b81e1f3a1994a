"""flowrules, by how far it goes with an event."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.subjects import Subject
from benchmarks.workload import Workload, rule_text
from flowrules.compiler.loading.load import load_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event, make_event
from flowrules.engine.planning.planner import make_plan
from flowrules.engine.state import CallState, start_call
from flowrules.source import source_from_text

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""A Monday, 11:30 in Kolkata."""
NOW = START + timedelta(seconds=60)


def ready(workload: Workload) -> RuleSet:
    """The workload's rules, loaded."""
    loaded = load_rules([source_from_text(rule_text(workload), "work.rules")])
    assert loaded.ruleset is not None, [finding.message for finding in loaded.findings[:3]]
    return loaded.ruleset


def decision(workload: Workload) -> Subject:
    """The decision alone, trace off."""
    ruleset = ready(workload)

    def run(batch: list[Any]) -> None:
        for event, state in batch:
            decide(ruleset, event, state, NOW)

    def answers(batch: list[Any]) -> list[int]:
        return _numbers(ruleset, (decide(ruleset, event, state, NOW) for event, state in batch))

    return Subject(lambda events: _heard(workload, ruleset, events), run, answers)


def traced(workload: Workload) -> Subject:
    """The decision with its trace."""
    ruleset = ready(workload)

    def run(batch: list[Any]) -> None:
        for event, state in batch:
            decide(ruleset, event, state, NOW, trace=True)

    def answers(batch: list[Any]) -> list[int]:
        return _numbers(ruleset, (decide(ruleset, event, state, NOW, trace=True) for event, state in batch))

    return Subject(lambda events: _heard(workload, ruleset, events), run, answers)


def whole_turn(workload: Workload) -> Subject:
    """From what the host reports to the plan: the event is made, heard, decided and planned."""
    ruleset = ready(workload)

    def prepare(events: Sequence[str]) -> list[Any]:
        out = []
        for event, facts in _split(workload, events):
            state = start_call("call", START, facts)
            if workload.kind == "house":
                state = apply_event(ruleset, state, make_event(facts=event), START)
            out.append((event, state))
        return out

    def turn(reported: dict[str, Any], before: CallState) -> Decision:
        event = make_event(facts=reported)
        state = apply_event(ruleset, before, event, NOW)
        decided = decide(ruleset, event, state, NOW)
        make_plan(ruleset, decided, state)
        return decided

    def run(batch: list[Any]) -> None:
        for reported, before in batch:
            turn(reported, before)

    return Subject(prepare, run, lambda batch: _numbers(ruleset, (turn(*one) for one in batch)))


def _split(workload: Workload, events: Sequence[str]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What each event carries, and what the platform told of the call before."""
    carried = workload.carried
    out = []
    for event in events:
        facts = json.loads(event)
        out.append(({key: facts.pop(key) for key in carried}, facts))
    return out


def _heard(workload: Workload, ruleset: RuleSet, events: Sequence[str]) -> list[tuple[Event, CallState]]:
    """Each event with the state of a call of its own, which heard it already once where rules count."""
    out = []
    for carried, facts in _split(workload, events):
        state = start_call("call", START, facts)
        event = make_event(facts=carried)
        if workload.kind == "house":
            state = apply_event(ruleset, state, event, START)
        out.append((event, apply_event(ruleset, state, event, NOW)))
    return out


def _numbers(ruleset: RuleSet, decisions: Iterable[Decision]) -> list[int]:
    number = {rule.id: number for number, rule in enumerate(ruleset.rules)}
    return [number[decided.parts[-1][0].id] if decided.parts else -1 for decided in decisions]
