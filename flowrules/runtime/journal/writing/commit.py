"""An entry that somebody waits for until it is on record."""

import asyncio
import math

from flowrules.runtime.errors import JournalError
from flowrules.runtime.sending.cleanup import undisturbed

_LOOK_EVERY = 0.25
"""Seconds between two looks at who has waited too long. A timer for each commit would cost as much as the commit."""


class Commit:
    """`due`: when the disk is not waited for any longer (the loop's time)."""

    __slots__ = ("answered", "due", "given_up", "loop", "problem", "told")

    def __init__(self, loop: asyncio.AbstractEventLoop, at_most: float | None) -> None:
        self.loop = loop
        self.due = math.inf if at_most is None else loop.time() + at_most
        self.told: asyncio.Future[None] = loop.create_future()
        self.answered = False
        self.given_up = False
        self.problem = ""

    def answer(self, problem: str) -> None:
        """The entry is on record, or, where there is a problem, it is not."""
        self.answered, self.problem = True, problem
        self._tell()

    def give_up(self) -> None:
        self.given_up = True
        self._tell()

    async def wait(self) -> None:
        """Until the disk has answered, or it has been given up. Raises JournalError. Who is cancelled meanwhile is told
        when it is on record."""
        try:
            await self.told
        except asyncio.CancelledError:
            if not self.answered:
                self.due, self.told = math.inf, self.loop.create_future()
                await undisturbed(self.told)
            self._result()
            raise
        self._result()

    def _tell(self) -> None:
        if not self.told.done():
            self.told.set_result(None)

    def _result(self) -> None:
        if not self.answered:
            raise JournalError("the journal's disk does not answer")
        if self.problem:
            raise JournalError(f"the journal could not be written: {self.problem}")


class Commits:
    """Those that the disk has not answered."""

    def __init__(self) -> None:
        self._open: list[Commit] = []
        self._looking = False

    def add(self, commit: Commit) -> None:
        self._open.append(commit)
        if not self._looking:
            self._looking = True
            commit.loop.call_later(_LOOK_EVERY, self._look, commit.loop)

    @property
    def given_up(self) -> bool:
        """Whether the disk has had one for longer than a verb can wait."""
        return any(commit.given_up and not commit.answered for commit in self._open)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self._open = [commit for commit in self._open if not commit.answered]
        for commit in self._open:
            if commit.due <= now:
                commit.give_up()
        self._looking = bool(self._open)
        if self._looking:
            loop.call_later(_LOOK_EVERY, self._look, loop)
