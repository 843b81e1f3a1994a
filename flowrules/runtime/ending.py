"""Whether a call is about to end: whoever would speak to the caller had better wait until that is settled."""

import asyncio

from flowrules.engine.plan import FailedStep, PlannedStep, PlannedVerb
from flowrules.verbs import Effect


class Ending:
    """One call's. An ending is ahead from the moment its plan is made, while it waits for the bot's last word and while
    it is on the wire, until it has acted or is known to have failed."""

    __slots__ = ("_settled",)

    def __init__(self) -> None:
        self._settled: asyncio.Event | None = None

    @property
    def ahead(self) -> bool:
        return self._settled is not None

    def plan(self, steps: tuple[PlannedStep, ...]) -> None:
        """These steps are what the call has ahead of it now."""
        if ends(steps):
            self._settled = self._settled or asyncio.Event()
        else:
            self.settle()

    def failed(self, step: PlannedVerb, reason: str) -> None:
        """An ending verb has failed. Its failure branch may have another."""
        branches = (branch for branch in step.branches if not branch.reasons or reason in branch.reasons)
        branch = next(branches, None)
        self.plan(branch.steps if branch is not None else ())

    def settle(self) -> None:
        """Nothing more is ahead: the call is over, or goes on."""
        if self._settled is not None:
            self._settled.set()
            self._settled = None

    async def settled(self) -> None:
        """Wait until no ending is ahead."""
        while self._settled is not None:
            await self._settled.wait()


def ends(steps: tuple[PlannedStep, ...]) -> bool:
    """Whether an ending verb stands among the steps, those of failure branches aside; behind a step that failed while
    planning its branch is what runs."""
    return any(
        (isinstance(step, PlannedVerb) and step.effect is Effect.ENDING)
        or (isinstance(step, FailedStep) and any(ends(branch.steps) for branch in step.branches))
        for step in steps
    )
