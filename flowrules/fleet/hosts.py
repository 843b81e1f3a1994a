"""The hosts of a fleet: who lives, and who is thought dead."""

from dataclasses import dataclass

import sqlalchemy as sa

from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.states import HostState
from flowrules.fleet.storage.tables import CALLS, HOSTS


@dataclass(frozen=True, slots=True)
class Beat:
    """What a host tells of itself with each sign of life."""

    host: str
    name: str
    revision: str
    version: str
    mode: str
    calls: int
    tries_records: bool


def join(database: Database, connection: sa.Connection, beat: Beat) -> int:
    """Join the fleet, or join it again; the host's epoch, which grows each time."""
    now = database.now(connection)
    told = _told(beat) | {"state": HostState.LIVE.value, "beat_at": now}
    row = database.insert(HOSTS).values(host=beat.host, epoch=1, started_at=now, **told)
    row = row.on_conflict_do_update(index_elements=["host"], set_={**told, "epoch": HOSTS.c.epoch + 1})
    return int(connection.execute(row.returning(HOSTS.c.epoch)).scalar_one())


def give_sign(database: Database, connection: sa.Connection, beat: Beat) -> bool:
    """Whether the host still counts as live."""
    row = sa.update(HOSTS).where(HOSTS.c.host == beat.host, HOSTS.c.state == HostState.LIVE.value)
    return connection.execute(row.values(beat_at=database.now(connection), **_told(beat))).rowcount == 1


def leave(connection: sa.Connection, host: str) -> None:
    connection.execute(
        sa.update(HOSTS).where(HOSTS.c.host == host).values(state=HostState.LEFT.value, calls=0)
    )


def late_hosts(database: Database, connection: sa.Connection, dead_after: float, but: str) -> list[str]:
    """Hosts of which nothing was heard for so long."""
    since = database.now(connection) - dead_after
    rows = sa.select(HOSTS.c.host).where(
        HOSTS.c.state == HostState.LIVE.value, HOSTS.c.beat_at < since, HOSTS.c.host != but
    )
    return list(connection.execute(rows).scalars())


def declare_dead(database: Database, connection: sa.Connection, host: str, dead_after: float) -> bool:
    """Whether it was this host of ours that has done so, and nothing was heard meanwhile."""
    since = database.now(connection) - dead_after
    row = sa.update(HOSTS).where(
        HOSTS.c.host == host, HOSTS.c.state == HostState.LIVE.value, HOSTS.c.beat_at < since
    )
    return connection.execute(row.values(state=HostState.DEAD.value)).rowcount == 1


def gone_hosts(connection: sa.Connection) -> list[str]:
    """Those that are dead, or have left."""
    gone = sa.select(HOSTS.c.host).where(HOSTS.c.state != HostState.LIVE.value)
    return list(connection.execute(gone).scalars())


def forget(database: Database, connection: sa.Connection, keep: float) -> list[str]:
    """Forget the hosts that went so long ago; which."""
    before = database.now(connection) - keep
    rows = sa.delete(HOSTS).where(HOSTS.c.state != HostState.LIVE.value, HOSTS.c.beat_at < before)
    gone = list(connection.execute(rows.returning(HOSTS.c.host)).scalars())
    connection.execute(sa.delete(CALLS).where(sa.or_(CALLS.c.ended_at < before, CALLS.c.host.in_(gone))))
    return gone


def _told(beat: Beat) -> dict[str, object]:
    return {
        "name": beat.name,
        "revision": beat.revision,
        "version": beat.version,
        "mode": beat.mode,
        "calls": beat.calls,
        "tries_records": beat.tries_records,
    }
