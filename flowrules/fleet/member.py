"""An engine's membership in a fleet."""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from importlib.metadata import version
from typing import Any, TypeVar

import sqlalchemy as sa

from flowrules.call.setup import Setup
from flowrules.control.clock import Clock
from flowrules.engine.state import CallState
from flowrules.fleet import budget, calls, hosts, records
from flowrules.fleet.budget import SharedWindow
from flowrules.fleet.call_watch import CallWatch, FleetSender
from flowrules.fleet.errors import Unreachable
from flowrules.fleet.hosts import Beat
from flowrules.fleet.inbox import Inbox
from flowrules.fleet.left_records import LeftRecords
from flowrules.fleet.options import FleetOptions, database_url
from flowrules.fleet.record_keeper import RecordKeeper
from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.durable import Durable, Json
from flowrules.fleet.trial import Trial
from flowrules.runtime.fleet_member import Means
from flowrules.runtime.log import Log
from flowrules.runtime.reports import Report
from flowrules.runtime.sending.senders import Sender

T = TypeVar("T")
Write = Callable[[sa.Connection], None]
_MOST_UNWRITTEN = 10_000
_FORGET_EVERY = 60
"""Signs of life between two looks at what can be forgotten."""
_FINISH_EVERY = 5
"""Signs of life between two looks at what this host has to try, and does not know of."""
_log = Log(__name__)


class Fleet:
    """`Engine(…, fleet=Fleet(FleetOptions(SecretStr("postgresql://…"))))`: as the engine's FleetMember. One engine of a
    process can be in a fleet."""

    def __init__(self, options: FleetOptions) -> None:
        """Raises FleetError for a database that can't be one."""
        self.options = options
        self.host = f"{options.name}-{uuid.uuid4().hex[:8]}"
        self._database = Database(database_url(options.url.get_secret_value()), options.patience)
        self._durable = Durable(self._database)
        self._keeper = RecordKeeper(self._database, self.host)
        self._window: SharedWindow | None = None
        self._asked = asyncio.Event()
        """Somebody waits for requests of the tenant key."""
        self._over: dict[str, int] = {}
        """Grants of requests that are to be given back."""
        self._longest = 0.0
        self._means: Means | None = None
        self._inbox: Inbox | None = None
        self._left: LeftRecords | None = None
        self._trial: Trial | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._writes: set[asyncio.Task[None]] = set()
        self._unwritten: deque[Write] = deque(maxlen=_MOST_UNWRITTEN)
        """Calls that began or ended while the database did not answer."""
        self._thought_dead = 0

    # --- as FleetMember ---

    def tenant_window(self, clock: Clock, per_minute: int) -> SharedWindow:
        self._window = SharedWindow(clock, per_minute, self._asked.set)
        return self._window

    async def start(self, means: Means) -> None:
        engine, options = means.engine, self.options
        settings = engine.settings
        self._means, self._loop = means, asyncio.get_running_loop()
        self._longest = settings.request_timeout + settings.plan_deadline
        if means.control is not None and means.key is not None:
            self._trial = Trial(
                means.control,
                means.key,
                means.clock,
                means.journal,
                deadline=settings.plan_deadline,
                masks=bool(settings.mask),
            )
        self._left = LeftRecords(self._database, self._trial, self.host, options.beat)
        self._inbox = Inbox(
            self.host,
            engine,
            means.journal,
            self._database,
            self._durable,
            options.patience,
            options.answer_within,
        )
        await self._database.make_tables()
        await self._durable.start(self, tries_records=self._trial is not None)
        await self._database.run(lambda connection: hosts.join(self._database, connection, self._beat()))
        self._keeper.start()
        for work in (self._give_signs, self._ask_for_requests):
            self._tasks.append(asyncio.create_task(work(), name=f"flowrules-fleet-{work.__name__}"))
        _log.info("fleet.joined", host=self.host, database=str(self._database))

    def watch(self, state: CallState, setup: Setup) -> CallWatch:
        call, session, host, database = state.call_id, state.started_at.isoformat(), self.host, self._database
        self._soon(lambda connection: calls.own(database, connection, call, session, host))

        def ended() -> None:
            self._soon(lambda connection: calls.end(database, connection, call, session, host))

        return CallWatch(state, setup, self._keeper, host, ended)

    def sender(self, inner: Sender) -> Sender:
        return FleetSender(inner, self._keeper, self.host)

    async def take(self, report: Report) -> Mapping[str, Any]:
        assert self._inbox is not None
        return await self._inbox.take(report)

    @property
    def problems(self) -> tuple[str, ...]:
        found = []
        if self._database.down_since is not None:
            found.append(
                "the fleet's database does not answer: events for calls of other hosts are not taken, and what this "
                "host decides is not taken over where it dies"
            )
        if self._trial is None:
            found.append("this host has no tenant key, so it tries no records of other hosts")
        return tuple(found)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._means is None:
            return
        if self._writes:
            await asyncio.wait(self._writes, timeout=self.options.patience)
        with suppress(Unreachable):
            await self._keeper.stop()
            await self._database.run(lambda connection: hosts.leave(connection, self.host))
        await self._durable.stop()
        self._database.close()

    # --- signs of life ---

    async def _give_signs(self) -> None:
        number = 0
        while True:
            number += 1
            try:
                await self._give_sign(number)
            except Unreachable:
                pass
            except Exception:  # Whatever it is, a host that gives no sign counts as dead.
                _log.exception("fleet.beat_failed")
            await asyncio.sleep(self.options.beat)

    async def _give_sign(self, number: int) -> None:
        database, beat, was_down = self._database, self._beat(), self._database.down_since is not None
        alive = await database.run(
            lambda connection: hosts.give_sign(database, connection, beat), probes=True
        )
        if was_down:
            _log.warning("fleet.database_answers", host=self.host)
        if not alive:
            await self._join_again()
        while self._unwritten:
            await database.run(self._unwritten[0])
            self._unwritten.popleft()
        self._give_back()
        if self._over:
            over = dict(self._over)
            await database.run(lambda connection: budget.give_back(database, connection, over))
            for name in over:
                self._over.pop(name, None)
        await self._sweep()
        if self._left is not None and number % _FINISH_EVERY == 0:
            await self._left.finish()
        if number % _FORGET_EVERY == 0:
            await self._forget()

    async def _join_again(self) -> None:
        """Others have thought this host dead. What it had owed then is theirs; its calls are its own."""
        self._thought_dead += 1
        _log.warning("fleet.thought_dead", host=self.host)
        if self._means is not None and self._means.journal is not None:
            self._means.journal.note(
                "note", message="other hosts have thought this one dead, and have taken over what it owed"
            )
        await self._database.run(lambda connection: hosts.join(self._database, connection, self._beat()))
        await self._own_again()

    async def _own_again(self) -> None:
        assert self._means is not None
        live = {name: call.state.started_at.isoformat() for name, call in self._means.engine.calls.items()}
        await self._database.run(
            lambda connection: calls.own_again(self._database, connection, live, self.host)
        )

    def _beat(self) -> Beat:
        assert self._means is not None
        engine = self._means.engine
        return Beat(
            self.host,
            self.options.name,
            engine.rules.revision,
            version("flowrules"),
            engine.settings.mode.value,
            len(engine.calls),
            self._trial is not None,
        )

    # --- what others have left ---

    async def _sweep(self) -> None:
        """Take over from hosts that have gone. Each host does so; the database lets one of them have each thing."""
        database, dead_after = self._database, self.options.dead_after
        late = await database.run(
            lambda connection: hosts.late_hosts(database, connection, dead_after, self.host)
        )
        for host in late:
            if await database.run(partial(hosts.declare_dead, database, host=host, dead_after=dead_after)):
                _log.warning("fleet.host_dead", host=host)
                self._note(f"host {host} of the fleet has given no sign of life, and counts as dead")
        gone = await database.run(hosts.gone_hosts)
        for host in gone:
            await database.run(partial(self._take_records, host=host))
        if gone:
            await database.call(lambda: self._durable.take_over(gone))

    def _take_records(self, connection: sa.Connection, host: str) -> None:
        """A record that waits and the workflow that tries it are written in one transaction."""
        waiting, lost = records.take_over(self._database, connection, host)
        for key in waiting:
            self._durable.put_record(connection, key)
        if (lost or waiting) and self._loop is not None:
            told = (
                f"host {host} of the fleet has gone: {len(waiting)} records that it had decided and not sent are "
                f"tried once; of {len(lost)} nobody knows what became: {', '.join(lost)}"
            )
            self._loop.call_soon_threadsafe(self._note, told.removesuffix(": "))

    async def _forget(self) -> None:
        database, keep = self._database, self.options.keep
        gone = await database.run(lambda connection: hosts.forget(database, connection, keep))
        await database.run(lambda connection: records.forget(database, connection, keep))
        before = await database.run(database.now) - keep
        await database.call(lambda: self._durable.forget(gone, before))

    # --- requests of the tenant key ---

    async def _ask_for_requests(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            given = 0
            with suppress(Unreachable):
                given = await self._ask_once()
            if not given:
                await asyncio.sleep(self.options.beat / 4)
                if self._window is not None and self._window.waiting:
                    self._asked.set()

    async def _ask_once(self) -> int:
        window, means = self._window, self._means
        assert window is not None
        assert means is not None
        self._give_back()
        wants, over = window.wants(), dict(self._over)
        began = means.clock.monotonic()

        def ask(connection: sa.Connection) -> tuple[str, int]:
            if over:
                budget.give_back(self._database, connection, over)
            return budget.ask(self._database, connection, self.host, wants, window.per_minute, self._longest)

        name, given = await self._database.run(ask)
        for one in over:
            self._over.pop(one, None)
        if given:
            window.granted(name, given, began + budget.VALID)
        return given

    def _give_back(self) -> None:
        if self._window is not None:
            self._over |= self._window.take_over().grants

    # --- as Handlers: in other loops ---

    async def event(self, workflow: str, event: Json, begun_by: str) -> Json:
        assert self._inbox is not None
        return await self._in_engine(self._inbox.arrived(workflow, event, begun_by))

    async def claim(self, key: str) -> Json:
        assert self._left is not None
        return await self._in_engine(self._left.claim(key))

    async def record(self, key: str, claim: Json) -> Json:
        assert self._left is not None
        return await self._in_engine(self._left.try_once(key, claim))

    # --- inside ---

    async def _in_engine(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._loop is not None
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def _soon(self, write: Write) -> None:
        """Write something, and again with the next sign of life where the database does not answer."""

        async def run() -> None:
            try:
                await self._database.run(write)
            except Unreachable:
                self._unwritten.append(write)

        task = asyncio.create_task(run())
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    def _note(self, message: str) -> None:
        if self._means is not None and self._means.journal is not None:
            self._means.journal.note("note", message=message)
