"""The check of a whole rule set in the background: the latest edit wins, and the editor sees that it runs."""

import asyncio
import uuid
from collections.abc import Callable

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from flowrules.editor.workspace import Seen
from flowrules.lsp.rule_sets import RuleSetOpen

PAUSE = 0.15
"""Seconds without an edit before everything is checked."""


class Checking:
    """Checks one rule set whenever that is due. `publish` is told what was found."""

    def __init__(
        self, server: LanguageServer, rules: RuleSetOpen, publish: Callable[[RuleSetOpen, Seen], None]
    ) -> None:
        self._server = server
        self._rules = rules
        self._publish = publish
        self._task: asyncio.Task[None] | None = None

    def due(self) -> None:
        """An edit has come; a check that still waits begins its pause anew."""
        self.stop()
        if not self._rules.workspace.settled:
            self._task = asyncio.get_running_loop().create_task(self._later())

    def stop(self) -> None:
        """No check is wanted any more; one that runs in its thread ends there, and counts for nothing."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def settled(self) -> None:
        """Everything is checked, now if need be."""
        self.stop()
        while not self._rules.workspace.settled:
            await self._run()

    async def _later(self) -> None:
        await asyncio.sleep(PAUSE)
        await self._run()

    async def _run(self) -> None:
        check = self._rules.workspace.due()
        if check is None:
            return
        token = await self._begin()
        try:
            loaded = await asyncio.to_thread(check.run)
            if token is None or not self._server.work_done_progress.tokens[token].cancelled():
                self._publish(self._rules, self._rules.workspace.take(check, loaded))
        finally:
            self._end(token)

    async def _begin(self) -> str | None:
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return None
        token = f"flowrules-{uuid.uuid4()}"
        await self._server.work_done_progress.create_async(token)
        files = len(self._rules.workspace.documents)
        self._server.work_done_progress.begin(
            token,
            types.WorkDoneProgressBegin(
                title="Checking the rules",
                message=f"{files} file{'' if files == 1 else 's'}",
                cancellable=True,
            ),
        )
        return token

    def _end(self, token: str | None) -> None:
        if token is not None:
            self._server.work_done_progress.end(token, types.WorkDoneProgressEnd())
            self._server.work_done_progress.tokens.pop(token, None)
