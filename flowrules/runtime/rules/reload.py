"""Watching the rules: an edit goes live by itself, however the editor saves it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import Protocol

from watchfiles import DefaultFilter, awatch

from flowrules.folder import Folder
from flowrules.runtime.log import Log
from flowrules.runtime.loop.listeners import Listeners
from flowrules.runtime.loop.supervision import keep_running
from flowrules.runtime.loop.thread_runner import ThreadRunner
from flowrules.runtime.rules.fingerprint import Fingerprint, found_at, of_contents, of_entries
from flowrules.runtime.rules.loads import LoadOutcome

SETTLE = 0.05
"""Seconds in which an editor may go on with the save that it began (truncate, then write)."""
LOOK_AGAIN = 2.0
"""Seconds after which the files are looked at even if nobody said that they changed: a network drive says nothing,
and a watched folder may have been replaced."""
READ_AGAIN = 5
"""Every so many of these looks the files are read: where their sizes and times tell nothing, their texts do."""
LOOK_LIMIT = 20.0
"""Seconds that a look may take, before the disk counts as one that does not answer."""
_log = Log(__name__)


class Watched(Protocol):
    """What is read anew when files change: a rule book, or whoever only shows them."""

    path: Path | None
    threads: ThreadRunner
    watch_problem: str

    @property
    def is_due(self) -> bool: ...

    async def reload(self) -> LoadOutcome: ...


async def watch(book: Watched, loaded: Callable[[LoadOutcome], None] = lambda outcome: None) -> None:
    """Reload a book whenever its files change, until cancelled. `loaded` is told of each load's outcome.

    Whatever breaks in it, it begins again; until then `book.watch_problem` says what is wrong.
    """
    assert book.path is not None
    listeners: Listeners[[LoadOutcome]] = Listeners()
    listeners.add(loaded)

    def report(problem: str) -> None:
        book.watch_problem = problem

    await keep_running("the watch over the rules", partial(_watch, book, listeners), report)


async def _watch(book: Watched, listeners: Listeners[[LoadOutcome]]) -> None:
    look = _Look(book)
    # The first look reads again: an edit may have come since the book was loaded.
    seen: Fingerprint | None = None
    read: Fingerprint | None = None
    looks = 0
    async with aclosing(_stirrings(look)) as stirrings:
        async for _ in stirrings:
            now = await look.entries()
            book.watch_problem = ""
            looks += 1
            if now == seen and looks % READ_AGAIN == 0 and await look.contents() != read:
                seen = None
            if now == seen and book.is_due:
                seen = None
            while now != seen:
                # A save in two steps is over once nothing has changed for a moment.
                seen = now
                await asyncio.sleep(SETTLE)
                now = await look.entries()
                if now == seen:
                    # What is read now is not older than what is loaded: an edit in between is seen by its text.
                    read = await look.contents()
                    listeners.tell(await book.reload())
                    now = await look.entries()


class _Look:
    """Looks at a book's files beside the event loop. `watched` are the folders where something may happen, as far as
    the last look knows; never files: a file that is renamed over takes its watch with it."""

    def __init__(self, book: Watched) -> None:
        assert book.path is not None
        self._path = book.path
        self._beside = book.threads
        self._folder: Folder | str = ""
        self.watched: tuple[Path, ...] = ()

    async def entries(self) -> Fingerprint:
        """What tells one state of the files from another, without reading them."""
        return await self._beside.run(self._entries, LOOK_LIMIT, "a look at the rule files")

    async def contents(self) -> Fingerprint:
        return await self._beside.run(self._contents, LOOK_LIMIT, "a look into the rule files")

    def _entries(self) -> Fingerprint:
        self._folder = folder = found_at(self._path)
        self.watched = tuple(dict.fromkeys(self._places(folder)))
        return (folder,) if isinstance(folder, str) else of_entries(folder)

    def _contents(self) -> Fingerprint:
        return () if isinstance(self._folder, str) else of_contents(self._folder)

    def _places(self, folder: Folder | str) -> Iterator[Path]:
        """Each by itself: a watch over all that is below would follow links to anywhere."""
        path = self._path
        if isinstance(folder, Folder) and folder.folders:
            yield path
            yield from folder.folders
        else:
            yield _existing(path.parent)
            with suppress(OSError, RuntimeError):  # A circle of links.
                yield _existing(path.resolve().parent)


async def _stirrings(look: _Look) -> AsyncGenerator[None]:
    """Something may have changed. Who is told has a look before he asks again."""
    problem = ""
    yield
    while True:
        watched = look.watched
        try:
            changes = awatch(
                *watched,
                watch_filter=DefaultFilter(ignore_dirs=()),
                debounce=100,
                step=20,
                rust_timeout=int(LOOK_AGAIN * 1000),
                yield_on_timeout=True,
                recursive=False,
            )
            async with aclosing(changes):
                async for _ in changes:
                    problem = ""
                    yield
                    if look.watched != watched:
                        break
        except (OSError, RuntimeError) as error:
            if str(error) != problem:
                problem = str(error)
                _log.warning("rules.not_watched", problem=problem)
            await asyncio.sleep(LOOK_AGAIN)
            yield


def _existing(path: Path) -> Path:
    return next((parent for parent in (path, *path.parents) if parent.is_dir()), Path())
