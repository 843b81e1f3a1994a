"""Pairs that a plan has opened: where it fails they are closed, so that no caller is left on hold."""

from dataclasses import dataclass
from datetime import datetime

from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.planning.plan import PlannedStep, PlannedVerb
from flowrules.engine.planning.planner import make_closing
from flowrules.engine.state import CallState
from flowrules.verbs import BY_NAME, CATALOGUE

CLOSED_ON_FAILURE = frozenset(spec.name for spec in CATALOGUE if spec.closed_on_failure)
"""Verbs whose pairs a failed plan closes by itself."""


@dataclass(frozen=True, slots=True)
class OpenPair:
    """`rule` is the one that opened it, which need not be the one that failed: two rules may have steps of one path,
    and no two requests share a key."""

    opening: PlannedVerb
    rule: RuleRef

    def is_closed_by(self, step: PlannedVerb) -> bool:
        same_target = step.body.get("target") == self.opening.body.get("target")
        return BY_NAME[self.opening.verb].closed_by == step.verb and same_target

    def closing(self, ruleset: RuleSet, state: CallState, now: datetime) -> tuple[PlannedStep, ...]:
        """The steps that close it, by the guard rails of this moment."""
        opening = self.opening
        verb = BY_NAME[opening.verb].closed_by
        assert verb is not None
        target = {"target": opening.body["target"]} if "target" in opening.body else {}
        body = {"event": verb, **target}
        return make_closing(ruleset, verb, body, f"{opening.path}.close", state, now).steps
