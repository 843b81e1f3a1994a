"""How a plan runs, without sending anything: a generator says what comes next and is told how it went.

The live executor and the tests in rule files drive this same walk, so that a test shows what a call would do.
What a driver adds is its own: sending, waiting, timers, the look at the guard rails just before each send.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from flowrules.engine.plan import (
    AdviseStep,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    PlanPart,
    RememberStep,
    WaitStep,
    branch_for,
    steps_behind,
)
from flowrules.verbs import BY_NAME, CATALOGUE, Effect

Action = PlannedVerb | FailedStep | WaitStep | RememberStep | AdviseStep
"""What to do next. A FailedStep is only to be noted; its branch follows by itself."""

ENDED = "ended"
"""The platform's 409: the AI's session is over, so nothing more is sent."""

_CLEANED_UP = frozenset(spec.name for spec in CATALOGUE if spec.closed_on_failure)
"""Verbs whose pairs a failed plan closes by itself."""

_MAY_HAVE_ACTED = ("timeout", "unavailable")
"""Reasons of a verb that may have opened its pair all the same. To close one that is not open does no harm."""


class PartOutcome(StrEnum):
    """How a part ended."""

    COMPLETED = "completed"
    BRANCHED = "branched"
    """A step failed, its failure branch ran, and the steps behind it did not."""
    FAILED = "failed"
    """A step failed and nothing was written for that."""
    ENDED = "ended"
    """The AI's session ended, by an ending verb or because the platform said so."""


@dataclass(frozen=True, slots=True)
class PartEnd:
    """`verb` and `reason` tell of the step that failed; `unrun` holds what was planned and did not run. `behind`: after
    a failure branch that goes on, the path of the step behind which it does."""

    outcome: PartOutcome
    verb: str = ""
    reason: str = ""
    unrun: tuple[PlannedStep, ...] = ()
    behind: str = ""


Walk = Generator[Action, str | None, PartEnd]
"""Yields actions. For a PlannedVerb the driver sends back None where it was accepted, else the reason it was
not (`verbs.reasons`; `timeout` where the outcome is unknown)."""


@dataclass(slots=True)
class Opened:
    """Pairs that a plan has opened and not closed, in order, and whether an ending verb's outcome is unknown. One
    for all parts of a plan."""

    verbs: list[PlannedVerb] = field(default_factory=list)
    ending_unknown: bool = False


Closing = Callable[[PlannedVerb], tuple[PlannedStep, ...]]
"""The steps that close what a verb opened, as `planner.make_closing` plans them at that moment."""


def walk(part: PlanPart, opened: Opened, closing: Closing) -> Walk:
    """Run one part of a plan. Where it fails and nothing was written for that, the pairs that this plan opened
    are closed: a caller is not left on hold. If the session has ended by then, none is closed any more."""
    end = yield from _steps(part.steps, opened)
    outcome, unrun = end.outcome, end.unrun
    # What a guard rail opens on the way is not closed again: there would be no end of it.
    for pair in reversed(opened.verbs[:] if outcome is PartOutcome.FAILED else ()):
        if pair not in opened.verbs:  # It was closed together with another.
            continue
        opened.verbs.remove(pair)
        steps = closing(pair)
        if outcome is PartOutcome.ENDED:
            unrun = (*steps, *unrun)
            continue
        closed = yield from _steps(steps, opened)
        unrun = (*closed.unrun, *unrun)
        if closed.outcome is PartOutcome.ENDED:
            outcome = PartOutcome.ENDED
    return replace(end, outcome=outcome, unrun=unrun)


def _steps(steps: tuple[PlannedStep, ...], opened: Opened) -> Walk:
    unrun: tuple[PlannedStep, ...] = ()
    rest = steps
    while rest:
        step, *behind = rest
        rest = tuple(behind)
        match step:
            case PlannedVerb():
                reason = yield from _send(step, opened)
                if reason is None and step.effect is Effect.ENDING:
                    end = yield from _behind_the_end(rest)
                elif reason is None:
                    continue
                elif reason == ENDED:
                    end = PartEnd(PartOutcome.ENDED, step.verb, reason, rest)
                else:
                    end = yield from _failed(step, reason, rest, opened)
            case FailedStep(reason=reason):
                yield step
                end = yield from _failed(step, reason, rest, opened)
            case WaitStep() | RememberStep() | AdviseStep():
                yield step
                continue
            case _:
                assert_never(step)
        unrun += end.unrun
        if end.outcome is not PartOutcome.COMPLETED:
            return replace(end, unrun=unrun)
        if end.behind:
            rest = steps_behind(end.behind, rest)
    return PartEnd(PartOutcome.COMPLETED, unrun=unrun)


def _behind_the_end(rest: tuple[PlannedStep, ...]) -> Walk:
    """Records that a file with `order as written` has behind an ending verb are tried all the same, until the platform
    answers that the session is over, which is no failure."""
    unrun = []
    over = False
    for step in rest:
        if not over and isinstance(step, PlannedVerb) and step.effect is Effect.RECORD and step.optional:
            over = (yield step) == ENDED
        else:
            unrun.append(step)
    return PartEnd(PartOutcome.ENDED, unrun=tuple(unrun))


def _send(step: PlannedVerb, opened: Opened) -> Generator[Action, str | None, str | None]:
    if step.effect is Effect.ENDING and opened.ending_unknown:
        yield FailedStep(
            step.path, step.verb, "timeout", "an ending verb before it may have acted", step.branches
        )
        return "timeout"
    reason = yield step
    if reason is None:
        _note_pair(step, opened)
    elif reason in _MAY_HAVE_ACTED and step.verb in _CLEANED_UP:
        opened.verbs.append(step)
    elif reason == "timeout" and step.effect is Effect.ENDING:
        opened.ending_unknown = True
    return reason


def _failed(
    step: PlannedVerb | FailedStep, reason: str, rest: tuple[PlannedStep, ...], opened: Opened
) -> Walk:
    """Run the branch for a failure. COMPLETED: the plan goes on all the same."""
    branch = branch_for(step.branches, reason)
    unrun: tuple[PlannedStep, ...] = ()
    outcome = PartOutcome.FAILED
    if branch is not None:
        end = yield from _steps(branch.steps, opened)
        if branch.goes_on and end.outcome is PartOutcome.COMPLETED:
            return replace(end, behind=branch.behind)
        goes_on = step.optional and end.outcome is not PartOutcome.ENDED
        if end.outcome is not PartOutcome.COMPLETED and not goes_on:
            return PartEnd(end.outcome, end.verb, end.reason, (*end.unrun, *rest))
        unrun, outcome = end.unrun, PartOutcome.BRANCHED
    if step.optional:
        return PartEnd(PartOutcome.COMPLETED, unrun=unrun)
    return PartEnd(outcome, step.verb, reason, (*unrun, *rest))


def _note_pair(step: PlannedVerb, opened: Opened) -> None:
    opened.verbs = [verb for verb in opened.verbs if not _closes(step, verb)]
    if step.verb in _CLEANED_UP:
        opened.verbs.append(step)


def _closes(closing: PlannedVerb, opening: PlannedVerb) -> bool:
    same_target = closing.body.get("target") == opening.body.get("target")
    return BY_NAME[opening.verb].closed_by == closing.verb and same_target


def hangs_up(steps: tuple[PlannedStep, ...], step: PlannedVerb) -> bool:
    """Whether a waiting step waits for a hangup, which a caller who speaks calls off."""
    spec = BY_NAME.get(ending_for(steps, step))
    return spec is not None and spec.hangs_up


def ending_for(steps: tuple[PlannedStep, ...], step: PlannedVerb) -> str:
    """Which ending verb a waiting step waits for: itself, or the one that it was moved before."""
    if step.effect is Effect.ENDING:
        return step.verb
    for index, other in enumerate(steps):
        if other is step:
            rest = (verb for verb in steps[index:] if isinstance(verb, PlannedVerb))
            return next((verb.verb for verb in rest if verb.effect is Effect.ENDING), "")
        for branch in other.branches if isinstance(other, (PlannedVerb, FailedStep)) else ():
            if found := ending_for(branch.steps, step):
                return found
    return ""
