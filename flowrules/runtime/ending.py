"""Whether a call is about to end: whoever would speak to the caller had better wait until that is settled."""

import asyncio

from flowrules.engine.plan import FailedStep, PlannedStep, PlannedVerb, branch_for
from flowrules.verbs import Effect


class Ending:
    """Of the plan that runs: an ending is ahead from the plan's beginning, while it waits for the bot's last
    word and while it is on the wire, until it has acted or is known to have failed. What the lane has still to begin it
    foresees itself."""

    __slots__ = ("_changed", "ahead")

    def __init__(self) -> None:
        self.ahead = False
        self._changed: asyncio.Event | None = None

    def plan(self, steps: tuple[PlannedStep, ...]) -> None:
        """These steps are what the plan has ahead of it now."""
        self.ahead = ends(steps)
        self.changed()

    def failed(self, step: PlannedVerb | FailedStep, reason: str) -> None:
        """A step has failed, and what is left of its plan is its failure branch, which may have an ending though the
        plan had none; a step that may fail has the rest of its plan ahead of it all the same."""
        branch = branch_for(step.branches, reason)
        steps = branch.steps if branch is not None else ()
        goes_on = step.optional or (branch is not None and branch.goes_on)
        if not goes_on or ends(steps):
            self.plan(steps)

    def settle(self) -> None:
        """Nothing more is ahead: the call is over, or goes on."""
        self.ahead = False
        self.changed()

    def changed(self) -> None:
        """Something has been decided, or has come to its end: whoever waits looks again."""
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    async def change(self) -> None:
        """Wait for that."""
        self._changed = self._changed or asyncio.Event()
        await self._changed.wait()


def ends(steps: tuple[PlannedStep, ...]) -> bool:
    """Whether an ending verb stands among the steps, those of failure branches aside; behind a step that failed while
    planning its branch is what runs."""
    return any(
        (isinstance(step, PlannedVerb) and step.effect is Effect.ENDING)
        or (isinstance(step, FailedStep) and any(ends(branch.steps) for branch in step.branches))
        for step in steps
    )
