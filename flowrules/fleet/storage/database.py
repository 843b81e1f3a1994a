"""The database: statements in threads, each with a time to be over in, and the knowledge of whether it answers."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from flowrules.fleet.errors import FleetError, Unreachable
from flowrules.fleet.storage.tables import METADATA

T = TypeVar("T")
_THREADS = 8
_LOCK = 0x666C6F77
"""Of the few statements that one host at a time may make: advisory locks are known by a number."""


class Database:
    """Use from one event loop. While it is known not to answer, nothing but a probe asks it."""

    def __init__(self, url: str, patience: float) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._patience = patience
        self.engine = sa.create_engine(
            self.url,
            pool_size=_THREADS,
            max_overflow=0,
            pool_timeout=patience,
            connect_args=connect_args(self.url, patience),
        )
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="flowrules-fleet")
        self.down_since: float | None = None
        """By the process's monotonic clock; None: it answers."""

    async def make_tables(self) -> None:
        """Raises FleetError."""

        def make(connection: sa.Connection) -> None:
            self.lock(connection)
            METADATA.create_all(connection)

        try:
            await self.run(make, at_most=30.0)
        except Unreachable:
            raise FleetError(f"the fleet's database {self} can't be reached") from None

    async def run(
        self, work: Callable[[sa.Connection], T], *, at_most: float | None = None, probes: bool = False
    ) -> T:
        """Do it in one transaction. Raises Unreachable."""
        return await self.call(lambda: self._in_transaction(work), at_most=at_most, probes=probes)

    async def call(self, work: Callable[[], T], *, at_most: float | None = None, probes: bool = False) -> T:
        """Do it in a thread. Raises Unreachable."""
        if self.down_since is not None and not probes:
            raise Unreachable(asked=False)
        loop = asyncio.get_running_loop()
        begun = loop.run_in_executor(self._threads, work)
        try:
            # What was asked for goes on by itself: no thread can be stopped.
            async with asyncio.timeout(at_most or self._patience):
                result = await asyncio.shield(begun)
        except TimeoutError:
            begun.add_done_callback(_retrieved)
            self._is_down()
            raise Unreachable(asked=True) from None
        except asyncio.CancelledError:
            begun.add_done_callback(_retrieved)
            raise
        except (DBAPIError, PoolTimeout) as error:
            if isinstance(error, DBAPIError) and not _is_about_the_way(error):
                raise
            self._is_down()
            raise Unreachable(asked=True) from None
        self.down_since = None
        return result

    def now(self, connection: sa.Connection) -> float:
        """The database's time, in seconds since 1970."""
        if self.is_sqlite:  # It is a file of this machine.
            return time.time()
        return float(connection.execute(sa.text("select extract(epoch from clock_timestamp())")).scalar_one())

    def lock(self, connection: sa.Connection) -> None:
        """One host at a time, until this transaction ends. In SQLite every transaction has it so."""
        if not self.is_sqlite:
            connection.execute(sa.text("select pg_advisory_xact_lock(:number)"), {"number": _LOCK})

    def insert(self, table: sa.Table) -> Any:
        """An insert that knows `on_conflict_do_update` in both dialects."""
        if self.is_sqlite:
            from sqlalchemy.dialects.sqlite import insert as sqlite_insert

            return sqlite_insert(table)
        from sqlalchemy.dialects.postgresql import insert as postgresql_insert

        return postgresql_insert(table)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self.engine.dispose(close=False)

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    # --- inside ---

    def _in_transaction(self, work: Callable[[sa.Connection], T]) -> T:
        with self.engine.begin() as connection:
            return work(connection)

    def _is_down(self) -> None:
        if self.down_since is None:
            self.down_since = time.monotonic()


def connect_args(url: sa.URL, patience: float) -> dict[str, Any]:
    """A connection that is gone is found out by itself: else a statement would wait for a quarter of an hour."""
    if url.get_backend_name() == "sqlite":
        return {"timeout": patience, "check_same_thread": False}
    seconds = max(2, round(patience))
    return {
        "connect_timeout": seconds,
        "tcp_user_timeout": 2000 * seconds,
        "keepalives_idle": seconds,
        "keepalives_interval": seconds,
        "keepalives_count": 3,
        # A host that is cut off in the middle of a transaction holds nobody up for longer.
        "options": f"-c idle_in_transaction_session_timeout={5000 * seconds}",
        "application_name": "flowrules",
    }


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # `_begin_sqlite` begins.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: sa.Connection) -> None:
    # Whoever reads first and writes then would fail where another one has written between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _is_about_the_way(error: DBAPIError) -> bool:
    """Whether it says that the database can't be asked, and not that it was asked something wrong."""
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)


def _retrieved(done: "asyncio.Future[Any]") -> None:
    """Nobody waits for it any more."""
    if not done.cancelled():
        done.exception()
