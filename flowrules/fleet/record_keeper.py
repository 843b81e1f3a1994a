"""The records of this host's calls, as the database is told of them; and whether one may be sent."""

import asyncio
from contextlib import suppress
from enum import Enum, auto

from flowrules.fleet import records
from flowrules.fleet.errors import Unreachable
from flowrules.fleet.records import Record
from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.states import RecordState
from flowrules.runtime.log import Log

_AGAIN = 0.5
"""Seconds after which what the database has refused is written again."""
_MOST_FATES = 10_000
"""Records whose fate waits for a database that does not answer."""
_log = Log(__name__)


class Verdict(Enum):
    """Whether a record may be sent by the host that has decided it."""

    YES = auto()
    BEYOND = auto()
    """The database does not answer, and no other host can know of this record: it may be sent."""
    TAKEN = auto()
    """Another host has taken it over."""
    ASK_LATER = auto()
    """The database knows of it and does not answer, so another host may send it."""


class _Known(Enum):
    """Whether the database knows of a record."""

    YES = auto()
    MAYBE = auto()
    NO = auto()


class RecordKeeper:
    """One host's. `owe` and `settle` are written soon, in order; `may_send` waits for what stands before it."""

    def __init__(self, database: Database, host: str) -> None:
        self._database = database
        self._host = host
        self._owed: dict[str, Record] = {}
        """Not written yet."""
        self._known: dict[str, _Known] = {}
        """Of those that are owed, and not over."""
        self._fates: dict[str, tuple[Record, RecordState, str]] = {}
        self._wake = asyncio.Event()
        self._written = asyncio.Condition()
        self._writer: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._writer = asyncio.create_task(self._write(), name="flowrules-fleet-records")

    def owe(self, owed: list[Record]) -> None:
        """These are decided."""
        for record in owed:
            self._owed[record.key] = record
            self._known[record.key] = _Known.NO
        self._wake.set()

    def settle(self, record: Record, state: RecordState, outcome: str) -> None:
        """It is known what became of a record of this host."""
        if len(self._fates) < _MOST_FATES:
            self._fates[record.key] = record, state, outcome
        self._wake.set()

    async def may_send(self, record: Record) -> Verdict:
        async with self._written:
            while record.key in self._owed:
                await self._written.wait()
        known = self._known.get(record.key)
        try:
            mine = await self._database.run(
                lambda connection: records.begin_to_send(self._database, connection, record)
            )
        except Unreachable:
            # What was never owed is either not in the database or being sent by this host: nobody else takes it.
            if known in (None, _Known.NO):
                return Verdict.BEYOND
            return Verdict.ASK_LATER
        return Verdict.YES if mine else Verdict.TAKEN

    async def stop(self) -> None:
        """Write what is left, as far as the database takes it."""
        if self._writer is None:
            return
        self._writer.cancel()
        with suppress(asyncio.CancelledError):
            await self._writer
        self._writer = None
        await self._write_once()

    # --- inside ---

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                if not await self._write_once():
                    await asyncio.sleep(0.2)
                    self._wake.set()
            except Exception:  # Whatever it is (a deadlock, say): nobody else may ever wake this again.
                _log.exception("fleet.records_not_written")
                await asyncio.sleep(_AGAIN)
                self._wake.set()

    async def _write_once(self) -> bool:
        """Whether nothing is left."""
        owed, fates = dict(self._owed), dict(self._fates)
        known = _Known.YES
        try:
            if owed or fates:
                await self._database.run(
                    lambda connection: records.put(
                        self._database, connection, self._host, owed.values(), fates.values()
                    )
                )
        except Unreachable as error:
            known = _Known.MAYBE if error.asked else _Known.NO
        for key in owed:
            if key in self._known:
                self._known[key] = known
            self._owed.pop(key, None)
        if known is _Known.YES:
            for key, fate in fates.items():
                self._known.pop(key, None)
                if self._fates.get(key) is fate:
                    del self._fates[key]
        async with self._written:
            self._written.notify_all()
        return not self._fates
