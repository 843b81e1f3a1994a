"""A call's state and outcomes as plain data, so that two accounts of a call can be compared."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flowrules.call.outcome import EventOutcome
from flowrules.call.request import VerbRequest
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.state import CallState
from flowrules.engine.timers import next_due

from .story import START


def of_request(request: VerbRequest) -> str:
    return json.dumps({"key": request.key, **request.body}, sort_keys=True)


def of_outcome(outcome: EventOutcome) -> Mapping[str, Any]:
    return {
        "event": outcome.event_id,
        "status": outcome.status.value,
        "rules": tuple((rule.id, part) for rule, part in outcome.rules),
        "steps": tuple(
            (step.rule.id, step.path, step.verb, step.status.value, step.reason) for step in outcome.steps
        ),
        "advise": outcome.advise,
        "stay_silent": outcome.stay_silent,
        "raised": tuple(of_outcome(raised) for raised in outcome.raised),
        "notes": outcome.notes,
        "revision": outcome.revision,
    }


def of_answer(outcome: EventOutcome) -> tuple[str, str, bool]:
    return outcome.event_id, outcome.status.value, outcome.repeated


def of_state(state: CallState, ruleset: RuleSet, now: datetime, **more: bool) -> Mapping[str, Any]:
    """What is true of a call at a moment. Moments are seconds of the call. `more` says what else is."""
    due = None if more["over"] else next_due(ruleset, state, now)
    return {
        **more,
        "now": _at(now),
        "facts": dict(state.facts),
        "sources": {fact: source.name for fact, source in state.sources.items()},
        "turn": state.turn,
        "place": state.place,
        "uses": {rule: (use.times, _at(use.last)) for rule, use in state.uses.items()},
        "counts": {rule: tuple(count) for rule, count in state.counts.items()},
        "since": {fact: _at(moment) for fact, moment in state.since.items()},
        "silent_for": state.silent_for.total_seconds(),
        "timers_fired": state.timers_fired,
        "next_timer": None if due is None else _at(due),
        "caps": tuple(
            (_at(cap.due), cap.rule.id, cap.event_id, cap.path, cap.verb, dict(cap.body))
            for cap in state.caps
        ),
    }


def _at(moment: datetime) -> float:
    return (moment - START).total_seconds()
