"""Playing calls of one rule set in the background, once nothing is left to check: the latest edit wins."""

import asyncio
from collections.abc import Callable
from typing import Any

from flowrules.background.player_process import PlayerProcess
from flowrules.background.progress import Progress
from flowrules.editor.played import Explored, Played
from flowrules.editor.workspace import Seen, ToPlay, Workspace

PAUSE = 0.5
"""Seconds without an edit before calls are played."""


class Playing:
    """`publish` is told what was found, `played` that nothing more comes of it."""

    def __init__(
        self,
        workspace: Workspace,
        process: PlayerProcess,
        progress: Progress,
        seconds: float,
        publish: Callable[[Seen], None],
        played: Callable[[], None],
    ) -> None:
        self._workspace = workspace
        self._process = process
        self._progress = progress
        self._seconds = seconds
        self._publish = publish
        self._played = played
        self._task: asyncio.Task[None] | None = None
        self._running: ToPlay | None = None
        """What is being played."""
        self._done: ToPlay | None = None
        """Of what nothing more is to be played."""

    @property
    def key(self) -> str:
        return str(id(self._workspace))

    def due(self) -> None:
        """Something was edited or checked: what is played of other texts counts for nothing any more."""
        if self._seconds < 0:
            return
        wanted = self._workspace.to_play()
        if wanted is not None and self._running is not None and self._running.sources == wanted.sources:
            return
        self._stop()
        if wanted is not None and (self._done is None or self._done.sources != wanted.sources):
            self._task = asyncio.get_running_loop().create_task(self._later(wanted))

    def stop(self) -> None:
        """Nothing is to be played of these texts any more."""
        self._done = self._running or self._workspace.to_play()
        self._stop()

    def forget(self) -> None:
        """The rule set is closed."""
        self._stop()
        self._process.stop(self.key, forget=True)

    async def explore(self, path: str, offset: int, seconds: float) -> Explored | None:
        """Stories around the rule at a place; None where none stands there, or an edit came meanwhile. It takes the
        place of what is played in the background, which begins anew afterwards."""
        self._stop()
        wanted = self._workspace.to_play()
        if wanted is None:
            return None
        came: asyncio.Future[Explored | None] = asyncio.get_running_loop().create_future()

        def told(found: Any, last: bool) -> None:
            if not came.done() and last:
                came.set_result(found if isinstance(found, Explored) else None)

        try:
            await self._progress.begin("Exploring a rule", "playing calls", lambda: told(None, True))
            await self._process.ask(self.key, wanted.sources, seconds, told, (path, offset))
            return await came
        finally:
            self._process.stop(self.key)
            self._progress.end()
            self.due()

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._running is not None:
            self._running = None
            self._process.stop(self.key)
            self._progress.end()

    async def _later(self, wanted: ToPlay) -> None:
        await asyncio.sleep(PAUSE)
        self._running = wanted

        def told(found: Played | Explored | None, last: bool) -> None:
            if self._running is not wanted:
                return
            if isinstance(found, Played):
                self._publish(self._workspace.hear(wanted, found))
            if last:
                self._running, self._done = None, wanted
                self._progress.end()
                self._played()

        await self._progress.begin("Playing calls", "tests, and stories that go wrong", self.stop)
        if self._running is wanted:
            await self._process.ask(self.key, wanted.sources, self._seconds, told)
