"""Records that other hosts have left: claimed, tried once, and told of."""

import asyncio
import time
from typing import Any

from flowrules.fleet import records
from flowrules.fleet.errors import Unreachable
from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.states import RecordState
from flowrules.fleet.trial import Trial
from flowrules.fleet.wording import in_words

Json = dict[str, Any]
_NOT_MINE = "somebody else has this record"
_ABANDONED = 10.0
"""Seconds after which a record that this host has, and has not begun to send, has no workflow any more."""


class LeftRecords:
    """One host's. All of it runs in the engine's loop."""

    def __init__(self, database: Database, trial: Trial | None, host: str, beat: float) -> None:
        self._database, self._trial, self._host, self._beat = database, trial, host, beat
        self._claimed: dict[str, float] = {}
        """When this host has claimed a record, or tried to."""
        self._sent: set[str] = set()
        """Those that it has begun to send: none of them a second time, whoever asks."""
        self._tasks: set[asyncio.Task[Json]] = set()

    async def claim(self, key: str) -> Json:
        """Whether this host tries it."""
        while True:
            self._claimed[key] = time.monotonic()
            try:
                record = await self._database.run(
                    lambda connection: records.begin_to_try(connection, key, self._host)
                )
            except Unreachable:  # It may be claimed by now: then `finish` finds it.
                await asyncio.sleep(self._beat)
            else:
                return {"by": self._host, "record": None if record is None else record.as_row()}

    async def try_once(self, key: str, claim: Json) -> Json:
        """What became of it."""
        mine = claim["record"] is not None and claim["by"] == self._host
        if not mine or self._trial is None or key in self._sent:
            return {"outcome": _NOT_MINE}
        self._sent.add(key)
        receipt = await self._trial.send(records.Record(**claim["record"]))
        state = RecordState.DONE if receipt.left else RecordState.DROPPED
        outcome = in_words(receipt)
        while True:
            try:
                await self._database.run(
                    lambda connection: records.tried(
                        self._database, connection, key, self._host, state, outcome
                    )
                )
            except Unreachable:
                await asyncio.sleep(self._beat)
            else:
                return {"outcome": outcome}

    async def finish(self) -> None:
        """Try what this host has, by a statement whose answer came late or not at all: its workflow has gone to another
        host, which found the record taken. Raises Unreachable."""
        until = time.monotonic() - _ABANDONED
        for record in await self._database.run(lambda connection: records.tried_by(connection, self._host)):
            if record.key not in self._sent and self._claimed.get(record.key, 0.0) < until:
                claim = {"by": self._host, "record": record.as_row()}
                task = asyncio.create_task(self.try_once(record.key, claim))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
