"""The process that plays calls, as the server has it: started when it is first needed, and again after it broke."""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from flowrules.analysis.model.destination_policy import DestinationPolicy
from flowrules.background.asked import Answer, Question
from flowrules.background.pieces import HEAD, head_of, packed, unpacked
from flowrules.editor.played import Explored, Played
from flowrules.source import SourceFile

_MODULE = "flowrules.background.player"
Told = Callable[[Played | Explored | None, bool], None]
"""Is told what was found, and whether that was the last of it."""


class _Asked(NamedTuple):
    texts: dict[str, SourceFile]
    told: Told


class PlayerProcess:
    """One for all rule sets. For the thread of the event loop alone."""

    def __init__(self, fence: DestinationPolicy, broke: Callable[[str], None]) -> None:
        """`broke` is told in a sentence why nothing is played."""
        self._fence = fence
        self._broke = broke
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._asked: dict[int, _Asked] = {}
        self._number = 0
        self._starting = asyncio.Lock()

    async def ask(
        self,
        key: str,
        sources: tuple[SourceFile, ...],
        seconds: float,
        told: Told,
        place: tuple[str, int] | None = None,
    ) -> None:
        """Have a rule set played; what was asked about it before is overtaken. `told` hears the last of it in any
        case."""
        self._number += 1
        number = self._number
        self._asked[number] = _Asked({source.path: source for source in sources}, told)
        question = Question(number, key, sources, self._fence, seconds, place)
        try:
            process = await self._started()
            assert process.stdin is not None
            process.stdin.write(packed(number, question, texts=True))
            await process.stdin.drain()
        except OSError as error:
            self._asked.pop(number, None)
            self._broke(f"Calls can't be played, so what only playing shows is missing: {error}")
            told(None, True)

    def stop(self, key: str, *, forget: bool = False) -> None:
        """Nothing is to be played of a rule set for now; `forget`: it is closed."""
        process = self._process
        if process is not None and process.stdin is not None and process.returncode is None:
            question = Question(0, key, None, self._fence, 0.0, forget=forget)
            with suppress(OSError):
                process.stdin.write(packed(0, question, texts=True))

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if self._reading is not None:
            self._reading.cancel()
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()

    async def closed(self) -> None:
        """End the process, and wait until nothing of it is left."""
        process, reading = self._process, self._reading
        self.close()
        if reading is not None:
            with suppress(asyncio.CancelledError):
                await reading
        if process is not None:
            await process.communicate()

    async def _started(self) -> asyncio.subprocess.Process:
        async with self._starting:
            process = self._process
            if process is None or process.returncode is not None:
                if not sys.executable or getattr(sys, "frozen", False):
                    raise OSError("there is no Python to start")
                process = self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-P",
                    "-m",
                    _MODULE,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(place for place in sys.path if place)},
                )
                self._reading = asyncio.get_running_loop().create_task(self._read(process))
            return process

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            while True:
                number, size = head_of(await process.stdout.readexactly(HEAD))
                data = await process.stdout.readexactly(size)
                asked = self._asked.get(number)
                if asked is not None:
                    answer: Answer = unpacked(data, asked.texts)
                    if answer.last:
                        del self._asked[number]
                    asked.told(answer.found, answer.last)
        except asyncio.IncompleteReadError:
            await process.wait()
            self._broke("The process that plays calls has ended; it is started again with the next edit.")
            lost, self._asked = self._asked, {}
            for asked in lost.values():
                asked.told(None, True)
