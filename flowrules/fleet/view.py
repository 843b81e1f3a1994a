"""A fleet as its database has it: for `flowrules fleet`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from flowrules.fleet import records
from flowrules.fleet.errors import FleetError, Unreachable
from flowrules.fleet.options import database_url
from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.tables import CALLS, GRANTS, HOSTS


@dataclass(frozen=True, slots=True)
class HostSeen:
    """A host. `heard` is how many seconds ago it gave its last sign of life."""

    host: str
    state: str
    revision: str
    version: str
    mode: str
    calls: int
    tries_records: bool
    heard: float


@dataclass(frozen=True, slots=True)
class FleetSeen:
    """`calls` are the live ones, with their hosts; `records` how many are in which state; `requests` those of the
    tenant key that are granted, or were used in the last minute."""

    hosts: tuple[HostSeen, ...]
    calls: Mapping[str, str]
    records: Mapping[str, int]
    requests: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def look(url: str, patience: float) -> FleetSeen:
    """Raises FleetError."""
    database = Database(database_url(url), patience)
    try:
        return await database.run(lambda connection: _look(database, connection), at_most=patience)
    except Unreachable:
        raise FleetError(
            f"the fleet's database {database} can't be reached, or no fleet has been there"
        ) from None
    except sa.exc.DBAPIError:
        raise FleetError(f"there is no fleet in {database}") from None
    finally:
        database.close()


def _look(database: Database, connection: sa.Connection) -> FleetSeen:
    now = database.now(connection)
    rows = connection.execute(sa.select(HOSTS).order_by(HOSTS.c.started_at)).mappings()
    seen = tuple(
        HostSeen(
            row["host"],
            row["state"],
            row["revision"],
            row["version"],
            row["mode"],
            row["calls"],
            row["tries_records"],
            max(0.0, round(now - row["beat_at"], 1)),
        )
        for row in rows
    )
    live = [one.host for one in seen if one.state == "live"]
    owned = sa.select(CALLS.c.call, CALLS.c.host).where(CALLS.c.ended_at.is_(None), CALLS.c.host.in_(live))
    requests = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(GRANTS.c.requests), 0)).where(GRANTS.c.until >= now)
    ).scalar_one()
    return FleetSeen(
        seen,
        {row.call: row.host for row in connection.execute(owned.order_by(CALLS.c.opened_at))},
        dict(records.states(connection)),
        int(requests),
    )
