"""What happens in a simulated call: turns, the closing of what had a cap, and the steps that ran in them."""

from dataclasses import dataclass, field

from flowrules.call.entries import CapDue, Decided
from flowrules.compiler.rails import CompiledRail
from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.planning.plan import Plan, PlannedStep
from flowrules.engine.planning.planning_state import PlanningState


@dataclass(frozen=True, slots=True)
class Done:
    """A step that ran. `reason` is None where it went well, else why it failed. `sent`: a request went out for it; what
    failed while planning, was forbidden, or came after the end, was not. `place` is its place among all steps of the
    call: what an urgent rule did stands between the steps of the plan that it held up."""

    step: PlannedStep
    reason: str | None = None
    sent: bool = False
    place: int = 0
    forbidden_by: CompiledRail | None = None
    """The guard rail that has come to forbid the step since its plan was made."""


@dataclass(slots=True, eq=False)
class Turn:
    """One event and what its own plan did. `scene` is what was known when the plan was made. `notes` are sentences on
    what was moved, added, refused or left out, and on what the plan did not foresee."""

    event: Event
    decision: Decision
    plan: Plan
    scene: PlanningState
    done: list[Done] = field(default_factory=list)
    notes: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Closed:
    """A cap ran out, and what it had opened was closed."""

    plan: Plan
    done: list[Done] = field(default_factory=list)


Happening = Turn | Closed


def happening(entry: Decided | CapDue) -> Happening:
    """What an entry of the call's record begins."""
    if isinstance(entry, CapDue):
        return Closed(entry.plan)
    event, decision = entry.event, entry.decision
    assert decision.trace is not None
    sources = {**entry.state.sources, **{key: event.source_of(key) for key in event.keys}}
    scope = decision.trace.ruleset.scope
    scene = PlanningState(decision.facts, decision.moment, scope, event.keys, sources)
    return Turn(event, decision, entry.plan, scene)
