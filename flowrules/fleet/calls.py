"""Which host has which call."""

from typing import NamedTuple

import sqlalchemy as sa

from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.states import HostState
from flowrules.fleet.storage.tables import CALLS, HOSTS


class Owner(NamedTuple):
    """The host that has a call, and when the call's session began there. `alive`: neither the call has ended nor the
    host gone."""

    host: str
    session: str
    alive: bool


def own(database: Database, connection: sa.Connection, call: str, session: str, host: str) -> None:
    """A call has begun at this host. One that another host has had before is this one's from now on: the platform has
    dialled anew."""
    now = database.now(connection)
    told = {"session": session, "host": host, "opened_at": now, "ended_at": None}
    row = database.insert(CALLS).values(call=call, **told)
    connection.execute(row.on_conflict_do_update(index_elements=["call"], set_=told))


def own_again(database: Database, connection: sa.Connection, calls: dict[str, str], host: str) -> None:
    """A host joins again with the calls that it has, and their sessions. Those that another host has by now stay
    its."""
    for call, session in calls.items():
        told = {"session": session, "host": host, "ended_at": None}
        row = database.insert(CALLS).values(call=call, opened_at=database.now(connection), **told)
        connection.execute(
            row.on_conflict_do_update(index_elements=["call"], set_=told, where=CALLS.c.host == host)
        )


def end(database: Database, connection: sa.Connection, call: str, session: str, host: str) -> None:
    row = sa.update(CALLS).where(CALLS.c.call == call, CALLS.c.session == session, CALLS.c.host == host)
    connection.execute(row.values(ended_at=database.now(connection)))


def owner_of(connection: sa.Connection, call: str) -> Owner | None:
    """None: no host has had this call, or it is long over."""
    found = connection.execute(
        sa.select(CALLS.c.host, CALLS.c.session, CALLS.c.ended_at, HOSTS.c.state)
        .outerjoin(HOSTS, HOSTS.c.host == CALLS.c.host)
        .where(CALLS.c.call == call)
    ).first()
    if found is None:
        return None
    host, session, ended_at, state = found
    return Owner(host, session, ended_at is None and state == HostState.LIVE.value)
