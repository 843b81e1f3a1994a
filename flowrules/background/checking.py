"""Reading edits, and the check of a whole rule set in the background: the latest edit wins."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from flowrules.background.progress import Progress
from flowrules.compiler.loading.load import Loaded
from flowrules.editor.workspace import Check, Seen, Workspace

PAUSE = 0.15
"""Seconds without an edit before everything is checked."""
MOST_WAIT = 0.25
"""Seconds that an edit waits to be read, at most."""


CHECKING = "Checking the rules"
"""What is shown while everything is checked."""


class Checking:
    """Reads the edits of one rule set, and checks all of it whenever that is due. `publish` is told what was found.

    An edit is read at once. Where edits come faster than they are read, reading takes half of the time at most, and
    reads all that have come: whoever asks meanwhile has them read first. `check` does a check that is due, in a thread
    where nothing else is said.
    """

    def __init__(
        self,
        workspace: Workspace,
        progress: Progress,
        publish: Callable[[Seen], None],
        check: Callable[[Check], Awaitable[Loaded]] | None = None,
    ) -> None:
        self._workspace = workspace
        self._progress = progress
        self._publish = publish
        self._check = check or in_thread
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._free_at = 0.0
        """When the next edit is read at once (time.monotonic)."""

    def edited(self) -> None:
        """An edit has come; a check that still waits begins its pause anew."""
        self.stop()
        wait = self._free_at - time.monotonic()
        if wait <= 0:
            self.catch_up()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(wait, self.catch_up)

    def catch_up(self) -> None:
        """Read the edits that were not read yet."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        workspace = self._workspace
        if not workspace.is_read:
            began = time.monotonic()
            seen = workspace.read()
            now = time.monotonic()
            self._free_at = now + min(now - began, MOST_WAIT)
            self._publish(seen)
        self.due()

    def due(self) -> None:
        """What has changed was read; everything is checked in a while, where that is due."""
        self.stop()
        if not self._workspace.settled:
            self._task = asyncio.get_running_loop().create_task(self._later())

    def stop(self) -> None:
        """No check is wanted any more; one that runs in its thread ends there, and counts for nothing."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def settled(self) -> None:
        """Everything is read and checked, now if need be."""
        self.catch_up()
        self.stop()
        while not self._workspace.settled:
            await self._run()

    async def _later(self) -> None:
        await asyncio.sleep(PAUSE)
        await self._run()

    async def _run(self) -> None:
        check = self._workspace.due()
        if check is None:
            return
        files = len(self._workspace.documents)
        try:
            await self._progress.begin(CHECKING, f"{files} file{'' if files == 1 else 's'}", self.stop)
            loaded = await self._check(check)
            self._publish(self._workspace.take(check, loaded))
        finally:
            self._progress.end()


async def in_thread(check: Check) -> Loaded:
    """A check in a thread beside the event loop."""
    return await asyncio.to_thread(check.run)
