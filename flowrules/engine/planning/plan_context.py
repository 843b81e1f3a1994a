"""Where a sequence of steps stands while it is planned, and whether anything follows that is worth going on for."""

from collections.abc import Sequence
from typing import NamedTuple

from flowrules.compiler.compiled_steps import (
    CompiledAdvise,
    CompiledDo,
    CompiledGoOn,
    CompiledIf,
    CompiledRemember,
    CompiledSilence,
    CompiledStep,
    CompiledStop,
    CompiledVerb,
    CompiledWait,
)
from flowrules.compiler.rails import CompiledRail
from flowrules.engine.planning.plan import PlannedStep
from flowrules.verbs import BEST_EFFORT, Effect

Rest = list[tuple[str, CompiledStep]]
"""Steps still to be taken with the prefix of their path, the next one last."""


class PlanContext(NamedTuple):
    """Where a sequence stands, and what follows for its steps.

    `applied` are the rails whose `instead` brought it here: they do not replace again. `no_end` says why an
    ending verb can't stand here; empty: it can. The failure of a verb whose effect is in `optional` does not
    stop what is behind it. `guarded` is the verb that these steps stand before. The records among them are
    `provisional`: they are for an ending verb behind them. `goes_on`: where the sequence goes on behind the step
    whose failure branch it is, something follows that is worth going on for. `best_effort`: so it does behind this
    verb, which has no failure branch and does not stop it by failing.
    """

    applied: frozenset[CompiledRail] = frozenset()
    in_before: bool = False
    no_end: str = ""
    optional: frozenset[Effect] = frozenset()
    guarded: "Guarded | None" = None
    note: str = ""
    provisional: bool = False
    goes_on: bool = False
    best_effort: bool = False

    def lets_go_on(self, verb: CompiledVerb) -> bool:
        """Whether a failure of this verb stops nothing that is behind it."""
        return self.best_effort or verb.effect in self.optional


class Guarded(NamedTuple):
    """A verb with steps before it, its path and its place."""

    verb: CompiledVerb
    path: str
    place: PlanContext


class PlannedSteps(NamedTuple):
    """Planned steps; `halted` where nothing may follow them: one failed, was replaced, or ended the call. Where one
    failed and its branch goes on, `behind` is the path of the step behind which the plan goes on. `goes_on` says of a
    failure branch that it came to its `go on`."""

    steps: tuple[PlannedStep, ...]
    halted: bool = False
    behind: str = ""
    goes_on: bool = False


def push(rest: Rest, prefix: str, steps: Sequence[CompiledStep]) -> None:
    rest.extend((prefix, step) for step in reversed(steps))


def on_the_way(verb: CompiledVerb, rest: Rest, place: PlanContext) -> PlanContext:
    """The place of a verb behind which others may follow."""
    if place.in_before or (not verb.failures and verb.verb not in BEST_EFFORT):
        return place
    leads = _leads_on(rest, place.goes_on)
    return place._replace(goes_on=leads, best_effort=leads and not verb.failures)


def _leads_on(rest: Rest, beyond: bool) -> bool:
    """Whether a verb, or a word for the model, may come after this. `beyond`: one follows where the sequence goes on.

    What is only remembered, forgotten or waited for is nothing to go on for: a flag that says "this was said" is not
    to be set where it was not said. Nor is the model to stay silent where a sentence in its place was not played.
    """
    for _, step in reversed(rest):
        match step:
            case CompiledStop():
                return False
            case CompiledGoOn():
                return beyond
            case _ if _is_worth_it(step):
                return True
    return False


def _is_worth_it(step: CompiledStep) -> bool:
    match step:
        case CompiledVerb() | CompiledAdvise():
            return True
        case CompiledDo():
            return any(map(_is_worth_it, step.steps.steps))
        case CompiledIf():
            return any(map(_is_worth_it, (*step.steps, *step.otherwise)))
        case CompiledWait() | CompiledRemember() | CompiledSilence() | CompiledStop() | CompiledGoOn():
            return False
