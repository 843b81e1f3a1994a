"""Work that an editor shows while it goes on, and may call off."""

import asyncio
import uuid
from collections.abc import Callable

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from flowrules.lsp.agreed import Agreed


class Progress:
    """Shows one piece of work at a time, where the editor shows such things."""

    def __init__(self, lsp: LanguageServer, agreed: Agreed) -> None:
        self._lsp = lsp
        self._agreed = agreed
        self._token: str | None = None

    async def begin(self, title: str, message: str, called_off: Callable[[], None]) -> None:
        """`called_off` is told where somebody does not want to wait for the end of it."""
        self.end()
        if not self._agreed.shows_progress:
            return
        token = f"flowrules-{uuid.uuid4()}"
        # pygls takes an answer to a request that was cancelled for an error, and shows it.
        await asyncio.shield(self._lsp.work_done_progress.create_async(token))
        self._token = token
        loop = asyncio.get_running_loop()
        self._lsp.work_done_progress.tokens[token].add_done_callback(
            lambda future: loop.call_soon_threadsafe(called_off) if future.cancelled() else None
        )
        self._lsp.work_done_progress.begin(
            token, types.WorkDoneProgressBegin(title=title, message=message, cancellable=True)
        )

    def end(self, message: str | None = None) -> None:
        token, self._token = self._token, None
        if token is not None:
            self._lsp.work_done_progress.end(token, types.WorkDoneProgressEnd(message=message))
            self._lsp.work_done_progress.tokens.pop(token, None)
