"""Watching the rules: an edit goes live by itself, however the editor saves it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from watchfiles import DefaultFilter, awatch

from flowrules.runtime.log import Log
from flowrules.runtime.rulebook import LoadOutcome, RuleBook
from flowrules.source import rule_paths

SETTLE = 0.05
"""Seconds in which an editor may go on with the save that it began (truncate, then write)."""
LOOK_AGAIN = 2.0
"""Seconds after which the files are looked at even if nobody said that they changed: a network drive says nothing,
and a watched folder may have been replaced."""
_log = Log(__name__)

_Signature = tuple[tuple[str, int, int, int], ...]


async def watch(book: RuleBook, loaded: Callable[[LoadOutcome], None] = lambda outcome: None) -> None:
    """Reload a book whenever its files change, until cancelled. `loaded` is told of each load's outcome."""
    assert book.path is not None
    # The first look reads again: an edit may have come since the book was loaded.
    seen: _Signature | None = None
    async for _ in _stirrings(book.path):
        now = await asyncio.to_thread(_signature, book.path)
        while now != seen:
            # A save in two steps is over once nothing has changed for a moment.
            seen = now
            await asyncio.sleep(SETTLE)
            now = await asyncio.to_thread(_signature, book.path)
            if now == seen:
                loaded(await book.reload())
                now = await asyncio.to_thread(_signature, book.path)


async def _stirrings(path: Path) -> AsyncIterator[None]:
    """Something may have changed."""
    while True:
        folders, recursive = _watched(path)
        try:
            async for _ in awatch(
                *folders,
                watch_filter=DefaultFilter(ignore_dirs=()),
                debounce=100,
                step=20,
                rust_timeout=int(LOOK_AGAIN * 1000),
                yield_on_timeout=True,
                recursive=recursive,
            ):
                yield
                if _watched(path) != (folders, recursive):
                    break
        except (OSError, RuntimeError) as error:
            _log.warning("rules.not_watched", problem=str(error))
            await asyncio.sleep(LOOK_AGAIN)
            yield


def _watched(path: Path) -> tuple[tuple[Path, ...], bool]:
    """Folders, never files: a file that is renamed over takes its watch with it. A link's other end is watched too.
    And whether the folders below them matter."""
    folder = path.is_dir()
    here, there = (path, path.resolve()) if folder else (path.parent, path.resolve().parent)
    found = tuple(dict.fromkeys(place for place in (here, there) if place.is_dir()))
    return found or (_existing(here),), folder


def _existing(path: Path) -> Path:
    return next((parent for parent in (path, *path.parents) if parent.is_dir()), Path())


def _signature(path: Path) -> _Signature:
    """What tells one state of the files from another, without reading them."""
    try:
        found = []
        for file in rule_paths(path):
            stat = file.stat()
            found.append((str(file), stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(found)
    except OSError:
        return ()
