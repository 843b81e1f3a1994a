"""From rule text to a plan, as the command line does it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from flowrules.analysis.check import check
from flowrules.analysis.model.checked import CheckedRules
from flowrules.compiler.compile import compile_rules
from flowrules.compiler.ruleset import RuleSet
from flowrules.diagnostics.diagnostic import has_errors
from flowrules.engine.apply_event import apply_event
from flowrules.engine.decide import decide
from flowrules.engine.event import Event, Source, make_event
from flowrules.engine.planning.plan import FailedStep, Plan, PlannedStep, PlannedVerb
from flowrules.engine.planning.plan_json import requests
from flowrules.engine.planning.planner import make_plan
from flowrules.engine.state import CallState
from flowrules.language.parse import parse
from flowrules.source import source_from_text

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
"""A Monday, 11:00 in Kolkata."""


def checked(text: str, checks: bool = True) -> CheckedRules:
    file, findings = parse(source_from_text(text, "test.rules"))
    assert not findings, findings
    rules, findings = check([file])
    assert not (checks and has_errors(findings)), [finding.message for finding in findings]
    return rules


@dataclass(frozen=True)
class Planned:
    """A plan with the ways a test looks at it."""

    plan: Plan
    ruleset: RuleSet
    state: CallState

    @property
    def steps(self) -> list[PlannedStep]:
        return [step for part in self.plan.parts for step in part.steps]

    @property
    def verbs(self) -> list[PlannedVerb]:
        return [step for step in self.steps if isinstance(step, PlannedVerb)]

    @property
    def failed(self) -> FailedStep:
        (step,) = [step for step in self.steps if isinstance(step, FailedStep)]
        return step

    @property
    def notes(self) -> str:
        return "\n".join(self.plan.notes)

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        return [dict(body) for body in requests(self.plan)]

    @property
    def words(self) -> list[str]:
        """The verbs in sending order, and each failed one as `verb!reason`."""
        return [
            step.verb if isinstance(step, PlannedVerb) else f"{step.verb}!{step.reason}"
            for step in self.steps
            if isinstance(step, (PlannedVerb, FailedStep))
        ]


PlanFor = Callable[..., Planned]


@pytest.fixture(scope="session")
def plan_for() -> PlanFor:
    """`plan_for(text, {"intent": "sales"}, known={…}, sources={…}, now=…)`; the event may be a bare name."""

    def plan(
        text: str,
        event: Mapping[str, object] | str | Event = "go",
        *,
        known: Mapping[str, Any] | None = None,
        sources: Mapping[str, Source] | None = None,
        now: datetime = NOW,
        checks: bool = True,
        **options: Any,
    ) -> Planned:
        ruleset = compile_rules(checked(text, checks), **options)
        match event:
            case str():
                event = make_event(event)
            case Mapping():
                event = make_event(facts=event)
        before = CallState("call_1", now, dict(known or {}), dict(sources or {}))
        state = apply_event(ruleset, before, event, now)
        decision = decide(ruleset, event, state, now)
        return Planned(make_plan(ruleset, decision, state), ruleset, state)

    return plan
