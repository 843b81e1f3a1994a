"""What happens in a simulated call: turns, the closing of what had a cap, and the steps that ran in them."""

from dataclasses import dataclass

from flowrules.engine.decision import Decision
from flowrules.engine.event import Event
from flowrules.engine.plan import Plan, PlannedStep, PlanPart
from flowrules.engine.scene import Scene
from flowrules.engine.walk import PartEnd


@dataclass(frozen=True, slots=True)
class Done:
    """A step that ran. `reason` is None where it went well, else why it failed. `sent`: a request went out for it; what
    failed while planning, was forbidden, or came after the end, was not."""

    step: PlannedStep
    reason: str | None = None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """One event and all it led to. `scene` is what was known when the plan was made."""

    event: Event
    decision: Decision
    plan: Plan
    scene: Scene
    done: tuple[Done, ...]
    ends: tuple[tuple[PlanPart, PartEnd], ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """A cap ran out, and what it had opened was closed."""

    verb: str
    done: tuple[Done, ...]


Happening = Turn | Closed
