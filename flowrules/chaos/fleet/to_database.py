"""How the hosts of a run reach their database, and who can cut them off."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from flowrules.chaos.fleet import loopback, namespaces
from flowrules.chaos.fleet.setup import FleetSetup
from flowrules.chaos.fleet.way import Way
from flowrules.fleet.options import database_url


class CutBy(StrEnum):
    NAMESPACES = "links between network namespaces"
    PROXIES = "proxies on loopback"
    NOBODY = "nobody: the database is a file"


@dataclass(frozen=True, slots=True)
class ToDatabase:
    """By the host's name: the URL that it uses, and the way that can be cut. `account` is the run's own URL, which is
    never cut. `why` says what speaks against namespaces, where there are none."""

    cut_by: CutBy
    hosts: Mapping[str, tuple[str, Way | None]]
    account: str
    why: str = ""


@contextmanager
def to_database(setup: FleetSetup) -> Iterator[ToDatabase]:
    """Where network namespaces are permitted, this thread is in one meanwhile, and so is what it starts."""
    names = [f"host{number}" for number in range(1, setup.hosts + 1)]
    if setup.is_sqlite:
        yield ToDatabase(CutBy.NOBODY, dict.fromkeys(names, (setup.url, None)), setup.url)
        return
    url = sa.make_url(database_url(setup.url))
    behind = url.host or "127.0.0.1", url.port or 5432

    def begins_at(way: Way) -> str:
        return url.set(host=way.host, port=way.port).render_as_string(hide_password=False)

    def found(cut_by: CutBy, ways: list[Way], why: str = "") -> ToDatabase:
        *of_hosts, own = ways
        each = {name: (begins_at(way), way) for name, way in zip(names, of_hosts, strict=True)}
        return ToDatabase(cut_by, each, begins_at(own), why)

    if why := namespaces.not_permitted():
        with loopback.ways(*behind, setup.hosts + 1) as ways:
            yield found(CutBy.PROXIES, list(ways), why)
    else:
        with namespaces.ways(*behind, setup.hosts + 1) as ways:
            yield found(CutBy.NAMESPACES, list(ways))
