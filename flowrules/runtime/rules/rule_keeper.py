"""Keeps the rules that are live beside the journal, for the next start (`last_good.py`)."""

import asyncio
from contextlib import suppress
from pathlib import Path

from flowrules.runtime.log import Log
from flowrules.runtime.rules import last_good
from flowrules.runtime.rules.last_good import NotUsable
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.sending.cleanup import undisturbed
from flowrules.source import SourceFile

TRY_AGAIN = 30.0
"""Seconds after which what could not be written is tried again."""
_log = Log(__name__)


class RuleKeeper:
    """`keep` says that other rules are live now; they are written in a thread, soon. Where that can't be done `problem`
    says why, and what an earlier load has left is deleted: a restart on rules that were replaced since would be worse
    than none."""

    def __init__(self, book: RuleBook, folder: Path) -> None:
        self.problem = ""
        self._book = book
        self._folder = folder
        self._wanted = asyncio.Event()
        self._leaving = False
        self._task = asyncio.create_task(self._run(), name="flowrules-keep-rules")

    def keep(self) -> None:
        self._wanted.set()

    async def aclose(self) -> None:
        """Write what is still to be written, once."""
        self._leaving = True
        self._wanted.set()
        await undisturbed(self._task)

    async def _run(self) -> None:
        kept = ""
        while not self._leaving:
            await self._wanted.wait()
            self._wanted.clear()
            ruleset = self._book.current
            if ruleset.revision == kept:
                continue
            stored = await self._book.stored()
            made = stored[1:] if stored is not None and stored[0] == ruleset.revision else ("", b"")
            sources = tuple(file.source for file in ruleset.checked.files)
            try:
                await asyncio.to_thread(self._write, sources, *made)
                kept, self.problem = ruleset.revision, ""
            except NotUsable as error:
                kept, self.problem = ruleset.revision, str(error)
            except OSError as error:
                kept, self.problem = "", error.strerror or str(error)
                await self._pause()
            if self.problem:
                _log.warning("last_good.not_kept", problem=self.problem)

    def _write(self, sources: tuple[SourceFile, ...], key: str, load: bytes) -> None:
        """In a thread. Raises NotUsable and OSError."""
        assert self._book.path is not None
        try:
            made = last_good.last_good_of(sources, self._book.path, key, load)
            before = None
            with suppress(NotUsable):
                before = last_good.read(self._folder, self._book.path)
            if before is None or before.revision != made.revision or before.key != made.key:
                last_good.write(self._folder, made)
        except (NotUsable, OSError):
            with suppress(OSError):
                last_good.forget(self._folder)
            raise

    async def _pause(self) -> None:
        """Until it is time to try again, or other rules are live, or this ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TRY_AGAIN):
                await self._wanted.wait()
        self._wanted.set()
