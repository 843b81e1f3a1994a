"""Waiting for what became of events: one look at the database for all who wait."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from flowrules.fleet.errors import Unreachable
from flowrules.fleet.storage.database import Database

Json = dict[str, Any]
EVERY = 0.1
"""Seconds between two looks."""
_MANY = 500
"""Events that one look asks for."""


class Outcomes:
    """`look` tells of those workflows that are over, by their ids; it is called in a thread."""

    def __init__(self, database: Database, look: Callable[[list[str]], Mapping[str, Json]]) -> None:
        self._database = database
        self._look = look
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._looking: asyncio.Task[None] | None = None

    async def of(self, workflow: str) -> Json:
        """Wait for the outcome, on whichever host."""
        waiting = self._waiting.get(workflow)
        if waiting is None or waiting.done():
            waiting = self._waiting[workflow] = asyncio.get_running_loop().create_future()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._watch(), name="flowrules-fleet-outcomes")
        return await asyncio.shield(waiting)

    def forget(self, workflow: str) -> None:
        """Nobody waits for it any more."""
        if (waiting := self._waiting.pop(workflow, None)) is not None:
            waiting.cancel()

    def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _watch(self) -> None:
        while self._waiting:
            asked = [*self._waiting][:_MANY]
            found: Mapping[str, Json] = {}
            with suppress(Unreachable):
                found = await self._database.call(partial(self._look, asked))
            for workflow in asked:
                if (waiting := self._waiting.pop(workflow, None)) is None:
                    continue
                if workflow not in found:
                    self._waiting[workflow] = waiting  # Behind the others.
                elif not waiting.done():
                    waiting.set_result(found[workflow])
            await asyncio.sleep(EVERY)
