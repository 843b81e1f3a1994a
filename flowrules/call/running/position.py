"""Where a plan's part stands: which step is next, and what follows from how it went.

Plain data and no generator: a call that is copied in the middle of a plan goes on in both copies.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from flowrules.engine.planning.plan import (
    AdviseStep,
    FailedStep,
    PlannedStep,
    PlannedVerb,
    RememberStep,
    SilentStep,
    WaitStep,
    branch_for,
    steps_behind,
)
from flowrules.verbs import BY_NAME, Effect

ENDED = "ended"
"""The platform's 409: the AI's session is over, so nothing more is sent."""


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
    """`verb` and `reason` tell of the step that failed."""

    outcome: PartOutcome
    verb: str = ""
    reason: str = ""


@dataclass(slots=True)
class _Sequence:
    """Steps under way; `at` is the place of the next one. `failed` is the step whose failure branch this is, and why
    it failed; `behind` as in Branch. `behind_the_end`: an ending verb before these was accepted."""

    steps: tuple[PlannedStep, ...]
    at: int = 0
    failed: PlannedVerb | FailedStep | None = None
    reason: str = ""
    behind: str = ""
    behind_the_end: bool = False

    @property
    def rest(self) -> tuple[PlannedStep, ...]:
        return self.steps[self.at :]


class Position:
    """`step` is the step whose turn it is; None when the steps have come to their end, which `end` tells.
    `unrun` holds what was planned and will not run."""

    __slots__ = ("_sequences", "end", "step", "unrun")

    def __init__(self, steps: tuple[PlannedStep, ...]) -> None:
        self._sequences = [_Sequence(steps)]
        self.unrun: list[PlannedStep] = []
        self.end: PartEnd | None = None
        self.step: PlannedStep | None = None
        self._next()

    def fork(self) -> "Position":
        twin = Position.__new__(Position)
        twin._sequences = [
            _Sequence(one.steps, one.at, one.failed, one.reason, one.behind, one.behind_the_end)
            for one in self._sequences
        ]
        twin.unrun, twin.end, twin.step = [*self.unrun], self.end, self.step
        return twin

    @property
    def branches(self) -> tuple[tuple[str, str, bool], ...]:
        """Under which steps that have failed it stands, why they have, and whether an ending verb was accepted."""
        return tuple(
            [
                (one.failed.path if one.failed else "", one.reason, one.behind_the_end)
                for one in self._sequences
            ]
        )

    def went_well(self) -> None:
        """The step's turn is over, and nothing speaks against what follows."""
        step = self.step
        if isinstance(step, PlannedVerb) and step.effect is Effect.ENDING:
            self._sequences[-1].behind_the_end = True
        self._next()

    def failed(self, reason: str) -> None:
        """The step has failed: its failure branch is next, where it has one for this reason."""
        step, top = self.step, self._sequences[-1]
        assert isinstance(step, PlannedVerb | FailedStep)
        if reason == ENDED:
            self._stop(PartEnd(PartOutcome.ENDED, step.verb, reason))
            return
        branch = None if top.behind_the_end else branch_for(step.branches, reason)
        if branch is not None:
            self._sequences.append(_Sequence(branch.steps, 0, step, reason, branch.behind))
        elif not (step.may_fail or top.behind_the_end):
            self._close(PartEnd(PartOutcome.FAILED, step.verb, reason))
            return
        self._next()

    def before_that(self, steps: tuple[PlannedStep, ...]) -> None:
        """Run these first; then it is this step's turn again."""
        self._sequences[-1].at -= 1
        self._sequences.append(_Sequence(steps))
        self._next()

    def give_up(self) -> None:
        """Nothing more of it runs: the step whose turn it was is the first that does not."""
        if self.step is not None:
            self.unrun.append(self.step)
        self._stop(PartEnd(PartOutcome.ENDED))

    def ahead(self) -> tuple[PlannedStep, ...]:
        """The steps that are still to come if all goes well, the one whose turn it is first."""
        steps: list[PlannedStep] = [] if self.step is None else [self.step]
        behind = ""
        for sequence in reversed(self._sequences):
            steps += steps_behind(behind, sequence.rest) if behind else sequence.rest
            failed, behind = sequence.failed, sequence.behind
            if failed is not None and not (failed.optional or behind):
                break
        return tuple(steps)

    def brought_by_an_ending(self) -> tuple[PlannedStep, ...]:
        """Where an ending verb brings the step whose turn it is before it: all that is left of that, and the ending
        verb, which is the last one. Else nothing."""
        step = self.step
        if not isinstance(step, PlannedVerb) or step.effect is Effect.ENDING:
            return ()
        rest = self._sequences[-1].rest
        for at, ending in enumerate(rest):
            if isinstance(ending, PlannedVerb) and ending.effect is Effect.ENDING:
                is_brought = step.optional or step.path.startswith(f"{ending.path}.")
                return (step, *rest[: at + 1]) if is_brought else ()
        return ()

    def left_of_a_goodbye(self, *, spoken: bool) -> tuple[PlannedStep, ...]:
        """Where nothing is left but a hangup, with records on the way to it and what it brings: all of that, the hangup
        last. Else nothing. `spoken`: the step whose turn it is, is a sentence that is being spoken."""
        ahead = self.ahead()[1 if spoken else 0 :]
        for at, step in enumerate(ahead):
            if isinstance(step, PlannedVerb) and step.effect is Effect.ENDING:
                left = ahead[: at + 1]
                hangs_up = BY_NAME[step.verb].hangs_up
                return left if hangs_up and all(_belongs_to(one, step) for one in left) else ()
        return ()

    def pass_over_to(self, step: PlannedStep) -> None:
        """It is the turn of this step, which stands further on. Those before it will not run."""
        top = self._sequences[-1]
        top.at, self.step = top.steps.index(step, top.at) + 1, step

    # --- inside ---

    def _next(self) -> None:
        """Take the next step; where a sequence has none left, what it was for goes on, or is over."""
        while True:
            top = self._sequences[-1]
            while top.at < len(top.steps):
                step = top.steps[top.at]
                top.at += 1
                if not top.behind_the_end or _is_tried_behind_the_end(step):
                    self.step = step
                    return
                self.unrun.append(step)
            if top.behind_the_end:
                self._stop(PartEnd(PartOutcome.ENDED))
                return
            self._sequences.pop()
            if not self._sequences:
                self.step, self.end = None, PartEnd(PartOutcome.COMPLETED)
                return
            failed = top.failed
            if top.behind:
                self._go_on_behind(top.behind)
            elif failed is not None and not failed.optional:
                self._close(PartEnd(PartOutcome.BRANCHED, failed.verb, top.reason))
                return

    def _go_on_behind(self, path: str) -> None:
        """Pass over what is left of a step, and of what was woven around it."""
        top = self._sequences[-1]
        left = len(steps_behind(path, top.rest))
        self.unrun += top.rest[: len(top.rest) - left]
        top.at = len(top.steps) - left

    def _close(self, end: PartEnd) -> None:
        """The top sequence has not come to its own end. What is behind a step that may fail runs all the same."""
        while self._sequences:
            top = self._sequences.pop()
            self.unrun += top.rest
            if top.failed is not None and top.failed.optional:
                self._next()
                return
        self.step, self.end = None, end

    def _stop(self, end: PartEnd) -> None:
        """All of it is over."""
        for sequence in reversed(self._sequences):
            self.unrun += sequence.rest
        self._sequences = []
        self.step, self.end = None, end


def _is_tried_behind_the_end(step: PlannedStep) -> bool:
    """Records that a file with `order as written` has behind an ending verb are tried all the same, until the platform
    answers that the session is over, which is no failure."""
    return isinstance(step, PlannedVerb) and step.effect is Effect.RECORD and step.optional


def _belongs_to(step: PlannedStep, ending: PlannedVerb) -> bool:
    """Whether a step before an ending verb is brought by that, or is one that nobody hears and nothing waits for."""
    match step:
        case PlannedVerb(path=path, effect=effect):
            brought = step.optional or path.startswith(f"{ending.path}.")
            return effect is Effect.RECORD or step is ending or brought
        case FailedStep():
            return step.optional
        case WaitStep():
            return False
        case RememberStep() | AdviseStep() | SilentStep():
            return True
        case _:
            assert_never(step)


def ends(steps: Iterable[PlannedStep]) -> bool:
    """Whether an ending verb stands among the steps, those of failure branches aside; behind a step that failed while
    planning its branch is what runs."""
    return any(
        (isinstance(step, PlannedVerb) and step.effect is Effect.ENDING)
        or (isinstance(step, FailedStep) and any(ends(branch.steps) for branch in step.branches))
        for step in steps
    )


def ending_ahead(steps: tuple[PlannedStep, ...]) -> str:
    """The verb that ends the AI's session, of steps that are still to come; '' where none does."""
    verbs = (step for step in steps if isinstance(step, PlannedVerb))
    return next((step.verb for step in verbs if step.effect is Effect.ENDING), "")
