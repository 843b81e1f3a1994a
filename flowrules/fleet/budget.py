"""The tenant key's requests a minute, shared: each host takes some at a time from the database.

A grant counts against the whole from the moment it is given until no request that used it can lie in the platform's
last minute any more. A host that dies takes what it had with it for that long, and no longer. A host that can't reach
the database sends nothing more with the tenant key than it had been granted.
"""

import math
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import sqlalchemy as sa

from flowrules.control.monotonic import Monotonic
from flowrules.control.pace import MINUTE, SLACK, Window
from flowrules.fleet.storage.database import Database
from flowrules.fleet.storage.tables import GRANTS

VALID = 5.0
"""Seconds in which a granted request must begin."""
_SHARE = 20
"""A grant is one part in so many of a minute's requests, at most: others want some too."""


@dataclass(slots=True)
class Grant:
    """`left` requests may begin before `expires` (monotonic); `under_way` have; `used` have begun in all."""

    name: str
    left: int
    expires: float
    under_way: int = 0
    used: int = 0


@dataclass(slots=True)
class Over:
    """Grants of which nothing more comes: each with how many requests used it."""

    grants: dict[str, int] = field(default_factory=dict)


class SharedWindow(Window):
    """A place in it takes a granted request. `wanted` is called where there is none; `granted` tells what came."""

    __slots__ = ("_grants", "_taken", "_wanted", "per_minute")

    def __init__(self, clock: Monotonic, per_minute: int, wanted: Callable[[], None]) -> None:
        super().__init__(clock, per_minute, MINUTE + SLACK)
        self.per_minute = per_minute
        self._wanted = wanted
        self._grants: deque[Grant] = deque()
        self._taken: deque[Grant] = deque()
        """Those of the requests that are under way, oldest first."""

    def wait(self) -> float:
        """As Window.wait; infinite where a grant is waited for."""
        if wait := super().wait():
            return wait
        if self._granted() is not None:
            return 0
        self._wanted()
        return math.inf

    def enter(self) -> None:
        super().enter()
        grant = self._granted()
        assert grant is not None  # `wait` has found it.
        grant.left -= 1
        grant.under_way += 1
        self._taken.append(grant)

    def leave(self, *, sent: bool) -> None:
        # Whichever ends: of all that are under way the times of their ends count, and not which began with which.
        grant = self._taken.popleft()
        grant.under_way -= 1
        if sent:
            grant.used += 1
        else:
            grant.left += 1
        super().leave(sent=sent)

    def granted(self, name: str, requests: int, expires: float) -> None:
        """So many requests may begin before `expires` (monotonic)."""
        self._grants.append(Grant(name, requests, expires))
        if self.freed is not None:
            self.freed()

    def wants(self) -> int:
        """How many requests to ask for at a time."""
        return max(1, min(self.per_minute // _SHARE, max(1, self.waiting)))

    def take_over(self) -> Over:
        """The grants of which nothing more comes."""
        over, now = Over(), self._clock.monotonic()
        kept: deque[Grant] = deque()
        for grant in self._grants:
            if grant.under_way or (grant.left and grant.expires > now):
                kept.append(grant)
            else:
                over.grants[grant.name] = grant.used
        self._grants = kept
        return over

    def _granted(self) -> Grant | None:
        now = self._clock.monotonic()
        return next((one for one in self._grants if one.left and one.expires > now), None)


def ask(
    database: Database, connection: sa.Connection, host: str, requests: int, per_minute: int, longest: float
) -> tuple[str, int]:
    """A grant of at most so many requests: its name and size, 0 where all are used up. `longest` is how many seconds a
    request can take."""
    database.lock(connection)
    now = database.now(connection)
    connection.execute(sa.delete(GRANTS).where(GRANTS.c.until < now))
    out = connection.execute(sa.select(sa.func.coalesce(sa.func.sum(GRANTS.c.requests), 0))).scalar_one()
    given = max(0, min(requests, per_minute - int(out)))
    name = uuid.uuid4().hex
    if given:
        until = now + VALID + longest + MINUTE + SLACK
        connection.execute(sa.insert(GRANTS).values(grant=name, host=host, requests=given, until=until))
    return name, given


def give_back(database: Database, connection: sa.Connection, over: dict[str, int]) -> None:
    """What was not used of these grants, and the time by which they are whole again: a minute from now."""
    until = database.now(connection) + MINUTE + SLACK
    for name, used in over.items():
        mine = GRANTS.c.grant == name
        if used:
            connection.execute(sa.update(GRANTS).where(mine).values(requests=used, until=until))
        else:
            connection.execute(sa.delete(GRANTS).where(mine))
