"""What a member of a fleet is set to."""

import socket
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from flowrules.fleet.errors import FleetError

BEAT = 1.0
"""Seconds between two signs of life."""
DEAD_AFTER = 10.0
"""Seconds without one after which a host counts as dead."""
PATIENCE = 2.0
"""Seconds that the database has for an answer."""
ANSWER_WITHIN = 60.0
"""Seconds that whoever reports an event waits for its outcome."""


@dataclass(frozen=True, slots=True)
class FleetOptions:
    """`url` names the database: `postgresql://user:password@host/name`, `sqlite:////path/fleet.sqlite`, or the path of
    an SQLite file. `name` is what the host is called in messages; each process has an id of its own beside. Durations
    are in seconds: `beat`, between two signs of life; `dead_after`, without one, after which others take over what this
    host has decided and not sent; `patience`, that the database has for an answer; `keep`, that what is over stays in
    the database. Raises FleetError for a database that can't be one."""

    url: SecretStr
    name: str = field(default_factory=socket.gethostname)
    beat: float = BEAT
    dead_after: float = DEAD_AFTER
    patience: float = PATIENCE
    answer_within: float = ANSWER_WITHIN
    keep: float = 3600.0

    def __post_init__(self) -> None:
        if self.dead_after < 3 * self.beat:
            raise FleetError(
                "a host may count as dead after three signs of life that did not come, at the earliest"
            )


def database_url(given: str) -> str:
    """As SQLAlchemy writes it. A path is an SQLite file. Raises FleetError, which names no password."""
    if "://" not in given:
        return f"sqlite:///{Path(given).absolute()}"
    scheme, rest = given.split("://", 1)
    match scheme:
        case "sqlite":
            return given
        case "postgres" | "postgresql" | "postgresql+psycopg":
            return f"postgresql+psycopg://{rest}"
    raise FleetError(
        "the fleet's database is PostgreSQL (postgresql://…) or an SQLite file (sqlite:///…, or its path)"
    )
