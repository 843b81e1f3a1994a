"""Records that were decided: whose it is to send each, and what became of it.

Every change of a state is one statement that names the state before. The database lets one of two such statements
change the row, so one record is sent by one host, whoever is thought dead meanwhile.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.states import RecordState as State
from flowrules.fleet.storage.tables import RECORDS

_OVER = (State.DONE.value, State.DROPPED.value, State.UNKNOWN.value)


@dataclass(frozen=True, slots=True)
class Record:
    """A record verb, by its Idempotency-Key. `body` is the request's, as JSON; `quotes`: it may quote what the caller
    or the model said, so no journal shows it as it is."""

    key: str
    call: str
    session: str
    event: str
    rule: str
    path: str
    verb: str
    body: str
    quotes: bool
    host: str

    def as_row(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def owe(database: Database, connection: sa.Connection, records: Iterable[Record]) -> None:
    """They are decided, and not sent."""
    now = database.now(connection)
    rows = [record.as_row() | {"state": State.OWED.value, "decided_at": now} for record in records]
    connection.execute(database.insert(RECORDS).on_conflict_do_nothing(), rows)


def begin_to_send(database: Database, connection: sa.Connection, record: Record) -> bool:
    """Whether the host that decided it may send it: it has not begun to yet, and nobody has taken it over."""
    told = {"state": State.SENDING.value, "body": record.body}
    row = database.insert(RECORDS).values(
        record.as_row() | {"state": State.SENDING.value, "decided_at": database.now(connection)}
    )
    row = row.on_conflict_do_update(
        index_elements=["key"],
        set_=told,
        where=sa.and_(RECORDS.c.state == State.OWED.value, RECORDS.c.host == record.host),
    )
    return connection.execute(row.returning(RECORDS.c.key)).first() is not None


def put(
    database: Database,
    connection: sa.Connection,
    host: str,
    owed: Iterable[Record],
    fates: Iterable[tuple[Record, State, str]],
) -> None:
    """Write down what is owed by this host, and what became of records, each in which words. One that another host
    has taken over is left to it; one that was given up for unknown is known now."""
    if waiting := list(owed):
        owe(database, connection, waiting)
    now = database.now(connection)
    for record, state, outcome in fates:
        told = {"state": state.value, "outcome": outcome, "over_at": now}
        row = database.insert(RECORDS).values(record.as_row() | told | {"decided_at": now})
        # It may stand there by a statement of which no answer came, or be on its way there by one: so it is inserted.
        mine = (State.OWED.value, State.SENDING.value, State.UNKNOWN.value)
        whose = sa.and_(RECORDS.c.host == host, RECORDS.c.tried_by.is_(None), RECORDS.c.state.in_(mine))
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=told, where=whose))


def take_over(database: Database, connection: sa.Connection, host: str) -> tuple[list[str], list[str]]:
    """A host has gone: the keys of what it had not begun to send, which waits for another one now; and those of which
    nobody knows what became."""
    now = database.now(connection)
    waiting = sa.update(RECORDS).where(RECORDS.c.host == host, RECORDS.c.state == State.OWED.value)
    keys = connection.execute(waiting.values(state=State.WAITING.value).returning(RECORDS.c.key)).scalars()
    was_sent = sa.or_(
        sa.and_(RECORDS.c.host == host, RECORDS.c.state == State.SENDING.value),
        sa.and_(RECORDS.c.tried_by == host, RECORDS.c.state == State.TRYING.value),
    )
    lost = (
        sa.update(RECORDS)
        .where(was_sent)
        .values(state=State.UNKNOWN.value, outcome="its host has gone before the answer came", over_at=now)
    )
    return list(keys), list(connection.execute(lost.returning(RECORDS.c.key)).scalars())


def begin_to_try(connection: sa.Connection, key: str, by: str) -> Record | None:
    """The record, where this host may try it; None: somebody has, or tries it."""
    row = sa.update(RECORDS).where(RECORDS.c.key == key, RECORDS.c.state == State.WAITING.value)
    row = row.values(state=State.TRYING.value, tried_by=by)
    found = connection.execute(row.returning(*(RECORDS.c[name] for name in Record.__slots__))).first()
    return None if found is None else Record(*found)


def tried_by(connection: sa.Connection, host: str) -> list[Record]:
    """What this host has to try, or tries."""
    rows = sa.select(*(RECORDS.c[name] for name in Record.__slots__))
    found = connection.execute(rows.where(RECORDS.c.tried_by == host, RECORDS.c.state == State.TRYING.value))
    return [Record(*row) for row in found]


def tried(
    database: Database, connection: sa.Connection, key: str, by: str, state: State, outcome: str
) -> None:
    """What became of one that this host has tried."""
    row = sa.update(RECORDS).where(RECORDS.c.key == key, RECORDS.c.tried_by == by)
    now = database.now(connection)
    connection.execute(row.values(state=state.value, outcome=outcome, over_at=now))


def waiting_records(connection: sa.Connection, most: int = 1_000) -> list[str]:
    """Keys of what waits for somebody to try it, those decided first."""
    rows = sa.select(RECORDS.c.key).where(RECORDS.c.state == State.WAITING.value)
    return list(connection.execute(rows.order_by(RECORDS.c.decided_at).limit(most)).scalars())


def forget(database: Database, connection: sa.Connection, keep: float) -> None:
    """Forget what has been over for so long."""
    before = database.now(connection) - keep
    connection.execute(sa.delete(RECORDS).where(RECORDS.c.state.in_(_OVER), RECORDS.c.over_at < before))


def states(connection: sa.Connection) -> Collection[tuple[str, int]]:
    """How many records are in which state."""
    rows = sa.select(RECORDS.c.state, sa.func.count()).group_by(RECORDS.c.state).order_by(RECORDS.c.state)
    return [(state, count) for state, count in connection.execute(rows)]
