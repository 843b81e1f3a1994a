"""A call that is played against rule text: events in, decisions out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flowrules.analysis.check import check
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event, make_event
from flowrules.engine.state import CallState, start_call, use_limits
from flowrules.engine.timers import due, next_due
from flowrules.language.parse import parse
from flowrules.source import source_from_text

MONDAY = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
"""11:00 in Kolkata."""


@dataclass
class Call:
    """A call and its clock. `ran` holds the label and outcome of every rule that ran, event by event."""

    ruleset: RuleSet
    now: datetime = MONDAY
    state: CallState = field(init=False)
    decision: Decision = field(init=False)

    def __post_init__(self) -> None:
        self.state = start_call("call-1", self.now)

    def take(self, event: Event, trace: bool = False) -> list[str]:
        """What ran, as `label` or `label otherwise`; the limits of what ran are used up."""
        self.state = apply_event(self.ruleset, self.state, event, self.now)
        self.decision = decide(self.ruleset, event, self.state, self.now, trace=trace)
        for rule, _ in self.decision.parts:
            self.state = use_limits(self.state, rule.id, self.now)
        ref = self.ruleset.ref
        return [
            ref(rule).label if outcome == "fired" else f"{ref(rule).label} otherwise"
            for rule, outcome in self.decision.parts
        ]

    def on(self, *bare: str, turn: str = "", trace: bool = False, **facts: Any) -> list[str]:
        """An event: `on("payment_done", intent="sales")`."""
        return self.take(make_event(*bare, facts=facts, turn_id=turn), trace)

    def wait(self, seconds: float) -> list[list[str]]:
        """Let time pass; what each timer that fired ran."""
        until, fired = self.now + timedelta(seconds=seconds), []
        while (when := next_due(self.ruleset, self.state, self.now)) is not None and when <= until:
            self.now = when
            fired.append(self.take(due(self.ruleset, self.state, self.now)[0]))
        self.now = until
        return fired


@pytest.fixture(scope="session")
def rules() -> Callable[[str], RuleSet]:
    """Rule text → rule set."""

    def compile_text(text: str) -> RuleSet:
        file, found = parse(source_from_text(text, "test.rules"))
        checked, findings = check([file])
        problems = [f.message for f in (*found, *findings) if f.code.severity == "error"]
        assert not problems, problems
        return compile_rules(checked)

    return compile_text


@pytest.fixture(scope="session")
def call(rules: Callable[[str], RuleSet]) -> Callable[..., Call]:
    """Rule text (named rules as blocks) → a call that has just begun."""

    def begin(text: str, now: datetime = MONDAY) -> Call:
        return Call(rules(text), now)

    return begin
