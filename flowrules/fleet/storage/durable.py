"""What outlives a host: events that were taken, and records that wait, as workflows of DBOS.

DBOS keeps one instance in a process, so one engine of a process can be in a fleet.

A workflow begins with a step that says which host begins with it. DBOS runs it again on another host where that one has
gone: this one then knows that somebody has begun, and does nothing of it a second time.
"""

import asyncio
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, SetWorkflowID
from dbos import EnqueueOptions as Enqueue

from flowrules.fleet.errors import FleetError
from flowrules.fleet.storage.database import Database, connect_args
from flowrules.fleet.storage.outcomes import Outcomes
from flowrules.fleet.storage.own_loop import OwnLoop
from flowrules.fleet.storage.serializer import JsonSerializer

Json = dict[str, Any]
PROTOCOL = "flowrules-1"
"""What hosts of one fleet agree on. DBOS gives a workflow only to hosts of its application version."""
LATE = "flowrules-late"
"""The queue of events whose host has gone."""
RECORDS = "flowrules-records"
"""The queue of records that wait."""
_POLL = 0.1
"""Seconds between two looks at a host's own queue."""
_POLL_OF_GONE = 0.5
"""Seconds between two looks at a queue of what a host has left."""
_EVENT, _RECORD = "flowrules_event", "flowrules_record"
_OVER = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
_MANY = 1_000
"""Workflows that are forgotten at a time."""


class Handlers(Protocol):
    """What a host does with workflows. Called in loops of other threads; none of it raises anything."""

    host: str

    async def event(self, workflow: str, event: Json, begun_by: str) -> Json:
        """The outcome of an event that a host has begun to pass on."""

    async def claim(self, key: str) -> Json:
        """Whether this host tries a record."""

    async def record(self, key: str, claim: Json) -> Json:
        """What became of it."""


_handlers: Handlers | None = None


def _host() -> Handlers:
    assert _handlers is not None  # DBOS runs nothing before it is launched.
    return _handlers


@DBOS.step(name="flowrules_begun_by")
async def _begun_by() -> str:
    return _host().host


@DBOS.step(name="flowrules_claim")
async def _claim(key: str) -> Json:
    return await _host().claim(key)


@DBOS.workflow(name=_EVENT)
async def _event(event: Json) -> Json:
    workflow = str(DBOS.workflow_id)
    begun_by = event.get("begun_by") or await _begun_by()
    return await _host().event(workflow, event, str(begun_by))


@DBOS.workflow(name=_RECORD)
async def _record(key: str) -> Json:
    return await _host().record(key, await _claim(key))


class Durable:
    """DBOS, as a fleet needs it. Use from one event loop, which DBOS does not see."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loop = OwnLoop("flowrules-fleet-dbos")
        self._client: DBOSClient | None = None
        self._host = ""
        self.outcomes = Outcomes(database, self._over)

    async def start(self, handlers: Handlers, *, tries_records: bool) -> None:
        """Raises FleetError where another engine of this process is in a fleet, or the database takes no tables."""
        global _handlers
        if _handlers is not None:
            raise FleetError("an engine of this process is in a fleet already: one of a process can be")
        _handlers, self._host = handlers, handlers.host
        self._loop.start()
        try:
            await asyncio.to_thread(self._launch, tries_records)
        except Exception as error:
            # It may hold the address of the database, password included.
            raise FleetError(f"the fleet's database can't be used: {type(error).__name__}") from None

    def _launch(self, tries_records: bool) -> None:
        url = self._database.url.render_as_string(hide_password=False)
        DBOS(
            config={
                "name": "flowrules",
                "system_database_url": url.replace("postgresql+psycopg:", "postgresql:", 1),
                # Without an id of its own DBOS takes what another process runs for lost, and runs it again.
                "executor_id": self._host,
                "application_version": PROTOCOL,
                "serializer": JsonSerializer(),
                "log_level": "CRITICAL",
                "sys_db_pool_size": 10,
                "db_engine_kwargs": {"connect_args": connect_args(self._database.url, 2.0)},
                # A connection that listens is one more to lose, and SQLite has none.
                "use_listen_notify": False,
            }
        )
        own = queue_of(self._host)
        DBOS.listen_queues([own, LATE, *([RECORDS] if tries_records else [])])
        DBOS.launch()
        for queue, seconds in ((own, _POLL), (LATE, _POLL_OF_GONE), (RECORDS, _POLL_OF_GONE)):
            DBOS.register_queue(queue, polling_interval_sec=seconds, on_conflict="always_update")
        self._client = DBOSClient(
            system_database_engine=self._database.engine,
            serializer=JsonSerializer(),
            application_name="flowrules",
            retry_connection_errors=False,
            lazy=True,
        )

    @property
    def client(self) -> DBOSClient:
        assert self._client is not None
        return self._client

    # --- events ---

    def begin_here(self, workflow: str, event: Json) -> "Future[None]":
        """Put an event down that this host passes on itself. Done once it is in the database, by whichever host."""
        return self._loop.submit(self._begin(workflow, event | {"begun_by": self._host}))

    async def _begin(self, workflow: str, event: Json) -> None:
        with SetWorkflowID(workflow):
            await DBOS.start_workflow_async(_event, event)

    def put(self, connection: sa.Connection, host: str, workflow: str, event: Json) -> None:
        """Put an event down for a host, in a transaction."""
        self.client.enqueue_in_transaction(connection, _options(_EVENT, queue_of(host), workflow), event)

    def _over(self, workflows: list[str]) -> dict[str, Json]:
        """In a thread. The outcomes of those that are over."""
        found = self.client.list_workflows(workflow_ids=workflows, status=list(_OVER), load_input=False)
        return {
            one.workflow_id: one.output if isinstance(one.output, dict) else {"status": "broken", "notes": []}
            for one in found
        }

    # --- records ---

    def put_record(self, connection: sa.Connection, key: str) -> None:
        """Have a record tried by whichever host comes first, in a transaction."""
        self.client.enqueue_in_transaction(connection, _options(_RECORD, RECORDS, f"record-{key}"), key)

    # --- hosts that have gone ---

    def take_over(self, hosts: list[str]) -> None:
        """In a thread. Have somebody finish what these hosts were given, or had begun. Again and again does no harm."""
        listed = self.client.list_workflows
        found = {
            one.workflow_id: one.name
            for one in (
                *listed(
                    status=["ENQUEUED", "PENDING"],
                    queue_name=[queue_of(host) for host in hosts],
                    load_input=False,
                    load_output=False,
                ),
                *listed(status="PENDING", executor_id=hosts, load_input=False, load_output=False),
            )
        }
        for queue, wanted in ((LATE, _EVENT), (RECORDS, _RECORD)):
            if ids := [workflow for workflow, name in found.items() if name == wanted]:
                self.client.resume_workflows(ids, queue_name=queue)

    def forget(self, hosts: list[str], before: float) -> None:
        """In a thread. Forget the queues of these hosts, and what was over before this time."""
        for host in hosts:
            self.client.delete_queue(queue_of(host))
        over = self.client.list_workflows(
            status=list(_OVER),
            completed_before=datetime.fromtimestamp(before, UTC).isoformat(),
            limit=_MANY,
            load_input=False,
            load_output=False,
        )
        if over:
            self.client.delete_workflows([one.workflow_id for one in over])

    async def stop(self) -> None:
        global _handlers
        self.outcomes.stop()
        try:
            await asyncio.to_thread(self._destroy)
        finally:
            _handlers = None

    def _destroy(self) -> None:
        DBOS.destroy()
        self._loop.stop()


def queue_of(host: str) -> str:
    return f"flowrules-host-{host}"


def _options(workflow: str, queue: str, name: str) -> Enqueue:
    return {
        "workflow_name": workflow,
        "queue_name": queue,
        "workflow_id": name,
        "app_version": PROTOCOL,
    }
