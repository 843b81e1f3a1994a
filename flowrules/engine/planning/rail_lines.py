"""The guard rails with a name that stand over the verbs of a plan, each with what it did there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flowrules.compiler.rails import CompiledRail
from flowrules.compiler.refs import RuleRef
from flowrules.compiler.ruleset import RuleSet
from flowrules.engine.planning.plan import FailedStep, Plan, PlannedVerb, every_step
from flowrules.verbs import BY_NAME


@dataclass(frozen=True, slots=True)
class RailLine:
    """`bound`: it changed the plan."""

    rail: RuleRef
    bound: bool
    reason: str


def rail_lines(ruleset: RuleSet, plan: Plan) -> Iterator[RailLine]:
    """In the order in which guard rails are asked: `never`, then `before`."""
    places = [(at, ref) for part in plan.parts for at, ref in part.rails]
    for rail in (*ruleset.rails.never, *ruleset.rails.before):
        if not rail.label:
            continue
        at = [place for place, ref in places if ref.label == rail.label]
        over = sorted(_words_under(rail, plan))
        if at:
            steps = ", ".join(dict.fromkeys(map(_step_of, at)))
            yield RailLine(rail.ref, True, f"bound: {_done(rail)} (step {steps})")
        elif over:
            yield RailLine(rail.ref, False, f"stands over {', '.join(over)}, and did not bind")


def rails_json(ruleset: RuleSet, plan: Plan) -> list[dict[str, Any]]:
    """The same as JSON data."""
    return [
        {
            "rail": line.rail.label,
            "file": line.rail.file,
            "line": line.rail.line,
            "bound": line.bound,
            "reason": line.reason,
        }
        for line in rail_lines(ruleset, plan)
    ]


def _step_of(at: str) -> str:
    """The place of the verb that a rail stands over: `3` of `3.before1` and `3.instead`."""
    head, _, last = at.rpartition(".")
    return head if last == "instead" or last.startswith("before") else at


def _done(rail: CompiledRail) -> str:
    if rail.before:
        return "its steps come before"
    return "the step is forbidden" if rail.steps is None else "its steps come instead"


def _words_under(rail: CompiledRail, plan: Plan) -> Iterator[str]:
    found: set[str] = set()
    for part in plan.parts:
        for step in every_step(part.steps):
            if isinstance(step, PlannedVerb | FailedStep):
                spec = BY_NAME.get(step.verb)
                body = step.body if isinstance(step, PlannedVerb) else {}
                words = (spec.words(body) if spec is not None else frozenset({step.verb})) & rail.words
                found |= (words - {step.verb}) or words  # As it was written.
    yield from found
