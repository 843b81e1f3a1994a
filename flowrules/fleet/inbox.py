"""Events that arrive at any host: taken once, and passed on to the host that has the call, or told late."""

import asyncio
import hashlib
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from flowrules.fleet.calls import Owner, owner_of
from flowrules.fleet.errors import Unreachable
from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.durable import Durable, Json
from flowrules.redaction import redact_data
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.errors import FleetUnavailable, JournalError
from flowrules.runtime.journal.masking import as_json
from flowrules.runtime.journal.writing.writer import Journal
from flowrules.runtime.log import Log
from flowrules.runtime.reports import BadReport, Report, act_on, find_call, outcome_json

ARRIVES_WITHIN = 30.0
"""Seconds that an event may be on its way to its host. Hosts' clocks may differ by a few of them."""
_OPENS_WITHIN = 2.0
"""Seconds in which a call that an event names may come to be known in the database."""
_LOOK_AGAIN = 0.1
GONE = "the call is gone: this event came late, and no rule has seen it"
HOST_GONE = "its host is gone: this event came late, or a rule may have taken it there"
STOPPED = "the call ended before this event had its turn"
_ON_ITS_WAY = "no outcome is known yet: ask again with the same event_id"
_log = Log(__name__)


class Inbox:
    """One host's."""

    def __init__(
        self,
        host: str,
        engine: Engine,
        journal: Journal | None,
        database: Database,
        durable: Durable,
        patience: float,
        answer_within: float,
    ) -> None:
        self._host, self._engine, self._journal = host, engine, journal
        self._database, self._durable = database, durable
        self._patience, self._answer_within = patience, answer_within
        self._begun: dict[str, asyncio.Future[Json]] = {}
        """Workflows that this host has begun to pass on, and their outcomes."""

    async def take(self, report: Report) -> Mapping[str, Any]:
        """As FleetMember.take."""
        calls = self._engine.calls
        if report.call_id in calls or (not report.call_id and calls):
            call = find_call(calls, report.call_id)
            if _is_known_again(report):
                return await self._take_own(report, call)
            return await _passed_on(report, call)
        if not report.call_id:
            raise BadReport("name a call by its call_id: no call is live on this host")
        return await self._take_for_another(report)

    # --- this host's own calls ---

    async def _take_own(self, report: Report, call: CallSession) -> Json:
        workflow = _workflow(report)
        if (begun := self._begun.get(workflow)) is not None:
            return await asyncio.shield(begun)
        outcome = self._begun[workflow] = asyncio.get_running_loop().create_future()
        event = _event(report, call.state.started_at.isoformat())
        if self._database.down_since is None:
            put_down = asyncio.wrap_future(self._durable.begin_here(workflow, event))
            try:
                async with asyncio.timeout(self._patience):
                    await asyncio.shield(put_down)
            except Exception as error:  # DBOS waits for as long as the database does not answer.
                put_down.add_done_callback(_retrieved)
                if not isinstance(error, TimeoutError):
                    _log.warning("fleet.not_put_down", why=type(error).__name__)
            else:
                return await self._first_of(workflow, outcome)
        self._note("this event was taken without the fleet's database", report)
        return await self._pass_on(workflow, report, call)

    async def _first_of(self, workflow: str, outcome: "asyncio.Future[Json]") -> Json:
        """The outcome of this host, or that of another one which has had the event before."""
        elsewhere = asyncio.ensure_future(self._durable.outcomes.of(workflow))
        try:
            await asyncio.wait({outcome, elsewhere}, return_when=asyncio.FIRST_COMPLETED)
            found = outcome.result() if outcome.done() else elsewhere.result()
        finally:
            elsewhere.cancel()
            self._durable.outcomes.forget(workflow)
        if not outcome.done():
            outcome.set_result(found)
        return found

    async def _pass_on(self, workflow: str, report: Report, call: CallSession) -> Json:
        """Once for each workflow, whoever asks."""
        outcome = self._begun.setdefault(workflow, asyncio.get_running_loop().create_future())
        try:
            found = await _passed_on(report, call)
        except BadReport as error:
            found = {
                "call_id": call.call_id,
                "event_id": report.event_id,
                "status": "refused",
                "notes": [str(error)],
            }
        except Exception as error:
            _log.failure("fleet.event_broken", error, call=call.call_id)
            found = {"call_id": call.call_id, "event_id": report.event_id, "status": "broken", "notes": []}
        if not outcome.done():
            outcome.set_result(found)
        asyncio.get_running_loop().call_later(self._answer_within, self._begun.pop, workflow, None)
        return found

    # --- calls of others ---

    async def _take_for_another(self, report: Report) -> Json:
        workflow, until = _workflow(report), time.monotonic() + _OPENS_WITHIN
        while True:
            try:
                owner = await self._database.run(lambda connection: self._put(connection, workflow, report))
            except Unreachable:
                raise FleetUnavailable(
                    "the fleet's database does not answer, so this event was not taken: report it again, with the "
                    "same event_id"
                ) from None
            if owner is not None or report.call_id in self._engine.calls:
                break
            if time.monotonic() >= until:
                raise BadReport(f"there is no live call {report.call_id} in the fleet")
            await asyncio.sleep(_LOOK_AGAIN)
        if owner is None:
            return dict(await self.take(report))
        if not owner.alive:
            return await self._late(report, GONE)
        try:
            async with asyncio.timeout(self._answer_within):
                return await self._durable.outcomes.of(workflow)
        except TimeoutError:
            return _answer(report, "taken", _ON_ITS_WAY)

    def _put(self, connection: sa.Connection, workflow: str, report: Report) -> Owner | None:
        owner = owner_of(connection, report.call_id)
        if owner is not None and owner.alive:
            self._durable.put(connection, owner.host, workflow, _event(report, owner.session))
        return owner

    # --- what others have put down ---

    async def arrived(self, workflow: str, event: Json, begun_by: str) -> Json:
        """An event has come to this host, in the engine's loop."""
        report = Report.model_validate(event["report"])
        begun = self._begun.get(workflow)
        if begun_by != self._host:
            return await self._late(report, HOST_GONE)
        # Whoever waits for one with an id may wait for this workflow. Should it be passed on twice, its call knows it.
        if begun is not None and (begun.done() or not _is_known_again(report)):
            return await asyncio.shield(begun)
        call = self._engine.calls.get(report.call_id)
        if (
            call is None
            or call.state.started_at.isoformat() != event["session"]
            or time.time() > event["until"]
        ):
            found = await self._late(report, GONE)
            if begun is not None and not begun.done():
                begun.set_result(found)
            return found
        return await self._pass_on(workflow, report, call)

    async def _late(self, report: Report, why: str) -> Json:
        """On record before anybody is told, or a host that dies now has said what stands nowhere."""
        if self._journal is not None:
            note = _of_a_note(why, report)
            try:
                await self._journal.commit_json("note", as_json(note), about=note, at_most=self._patience)
            except JournalError as error:
                _log.warning("fleet.late_not_on_record", call=report.call_id, why=str(error))
        return _answer(report, "late", why)

    def _note(self, message: str, report: Report) -> None:
        if self._journal is not None:
            self._journal.note("note", **_of_a_note(message, report))


async def _passed_on(report: Report, call: CallSession) -> Json:
    outcome = await act_on(report, call)
    return {"ok": True} if outcome is None else outcome_json(call.call_id, outcome)


def _of_a_note(message: str, report: Report) -> dict[str, str]:
    event = {"event": report.event_id} if report.event_id else {}
    return {"message": message, "call": report.call_id, **event}


def _answer(report: Report, status: str, note: str) -> Json:
    return {"call_id": report.call_id, "event_id": report.event_id, "status": status, "notes": [note]}


def _is_known_again(report: Report) -> bool:
    return bool(report.event_id) and report.source == "host" and report.signal is None


def _workflow(report: Report) -> str:
    """What an event is known by in the fleet: its id and content. An id of the model or the caller counts within its
    turn, which only the call's own host knows, and an event without an id is always another one."""
    if not _is_known_again(report):
        return f"event-{uuid.uuid4().hex}"
    told = json.dumps(report.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return f"event-{hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def _event(report: Report, session: str) -> Json:
    """What goes into the database: no token, whatever was reported."""
    told: Json = redact_data(report.model_dump(mode="json"))
    return {"report": told, "session": session, "until": time.time() + ARRIVES_WITHIN}


def _retrieved(done: "asyncio.Future[None]") -> None:
    if not done.cancelled():
        done.exception()
