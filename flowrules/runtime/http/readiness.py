"""Whether an engine takes calls and can write down what they do: what an orchestrator asks every few seconds."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from flowrules.runtime.engine import Engine
from flowrules.runtime.health import OK
from flowrules.runtime.loop.thread_runner import Overdue, ThreadRunner

LOOK_AGAIN = 5.0
"""Seconds for which one look at the disk holds."""
PATIENCE = 3.0
"""Seconds that the disk has for an answer."""
_PROBE = b"\n" * 4096


class Readiness:
    """`checks` are those of the engine's health. The journal's disk is tried beside: a host that has had nothing to
    write for a while does not know yet that it is full."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._folder = engine.settings.journal
        self._threads = ThreadRunner()
        self._seen = OK
        self._look_at = 0.0

    async def checks(self) -> Mapping[str, str]:
        found = dict(self._engine.health().checks)
        if self._folder is not None and found["engine"] == found["journal"] == OK:
            found["journal"] = await self._disk(self._folder)
        return found

    async def _disk(self, folder: Path) -> str:
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_AGAIN
            try:
                await self._threads.run(lambda: _write(folder), PATIENCE, "a look at the journal's disk")
                self._seen = OK
            except (OSError, Overdue):
                self._seen = "failing"
        return self._seen


def _write(folder: Path) -> None:
    """Write a file, have the disk keep it, and delete it. Raises OSError. The folder is not made: the journal itself
    begins it anew where somebody has removed it."""
    path = folder / ".probe"
    try:
        with path.open("wb") as file:
            file.write(_PROBE)
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        pass
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
