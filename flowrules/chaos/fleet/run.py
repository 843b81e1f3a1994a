"""A fleet's chaos run from its beginning to its account."""

import asyncio
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from flowrules.chaos.fleet.calls import Calls, Told
from flowrules.chaos.fleet.host import Host
from flowrules.chaos.fleet.setup import FleetSetup, environment
from flowrules.chaos.fleet.to_database import CutBy, ToDatabase, to_database
from flowrules.chaos.fleet.way import Way
from flowrules.chaos.platform import Platform, sandbox_process
from flowrules.chaos.reconciler import Account
from flowrules.chaos.reconciler.fleet import Paper, reconcile_fleet
from flowrules.chaos.rules import rules
from flowrules.chaos.setup import Ground
from flowrules.fleet.options import database_url

_SETTLES_WITHIN = 180.0
"""Seconds in which the fleet comes to rest once nothing happens any more: DBOS tries to reach a database again after
up to a minute."""
_OPEN = ("owed", "sending", "waiting", "trying")
_DOWN = (1.0, 3.0)
"""Seconds that a killed host stays away."""
_CUT = (1.0, 6.0)
"""Seconds that a way to the database stays cut."""


@dataclass(slots=True)
class FleetResult:
    """`cut_by` is how ways to the database were cut, `kills` and `partitions` those that came about, `seconds` how long
    the calls took."""

    told: Told
    cut_by: CutBy
    kills: int
    partitions: int
    seconds: float
    account: Account

    @property
    def sound(self) -> bool:
        return self.account.sound


async def fleet_chaos(setup: FleetSetup, ground_folder: Any) -> FleetResult:
    """Run it against a sandbox in a process of its own."""
    # What is started in between is in the namespace of the hosts, where there is one.
    with to_database(setup) as ways:
        async with sandbox_process() as (base_url, tenant_key):
            return await _run(setup, Ground(base_url, tenant_key, ground_folder), ways)


async def _run(setup: FleetSetup, ground: Ground, ways: ToDatabase) -> FleetResult:
    run = setup.run
    ground.rules.mkdir(parents=True, exist_ok=True)
    (ground.rules / "calls.rules").write_text(rules(run.seed), "utf-8")
    faults = run.faults
    async with AsyncExitStack() as stack:
        platform = await stack.enter_async_context(Platform(ground.base_url))
        await platform.configure(run.platform)
        key = secrets.token_hex(16)
        hosts = [
            Host(name, str(ground.rules), environment(setup, ground, name, url, key))
            for name, (url, _) in ways.hosts.items()
        ]
        stack.push_async_callback(_kill_all, hosts)
        # One makes the tables first: this is no test of that.
        await hosts[0].start()
        await asyncio.gather(*(host.start() for host in hosts[1:]))
        await platform.set_faults(None if faults is None else faults.model_dump(mode="json"))
        calls = Calls(run, platform, hosts, setup.seconds)
        trouble = _Trouble(setup, hosts, [way for _, way in ways.hosts.values() if way is not None])
        began = time.monotonic()
        async with trouble.at_work():
            await calls.play()
        seconds = time.monotonic() - began
        await platform.set_faults(None)
        await _at_rest(ways.account)
        await asyncio.gather(*(host.stop() for host in hosts))
        ledger = json.loads(await platform.ledger())["entries"]
    records = await asyncio.to_thread(_records, ways.account)
    told = calls.told
    ground.ledger.write_text(json.dumps({"entries": ledger}), "utf-8")
    (ground.folder / "records.json").write_text(json.dumps(records), "utf-8")
    (ground.folder / "answers.json").write_text(
        json.dumps([[*name, answer] for name, answer in told.answers.items()]), "utf-8"
    )
    journals = {name: ground.folder / f"journal-{name}" for name in ways.hosts}
    paper = Paper(journals, ledger, records, told.answers, told.unanswered, setup.per_minute)
    account = await asyncio.to_thread(reconcile_fleet, paper)
    return FleetResult(told, ways.cut_by, trouble.kills, trouble.partitions, seconds, account)


class _Trouble:
    """Kills hosts and cuts ways, at times drawn from the seed. One host runs at any time."""

    def __init__(self, setup: FleetSetup, hosts: Sequence[Host], cut_off: Sequence[Way]) -> None:
        self._setup, self._hosts, self._ways = setup, hosts, cut_off
        self._chance = random.Random(f"{setup.run.seed}:trouble")  # noqa: S311 (a test's dice)
        self._over = asyncio.Event()
        self.kills = self.partitions = 0

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """What was begun comes to its end: a killed host starts again, and a way that was cut is healed."""
        tasks = [asyncio.create_task(self._kill()), asyncio.create_task(self._cut())]
        try:
            yield
        finally:
            self._over.set()
            await asyncio.gather(*tasks)

    async def _kill(self) -> None:
        for _ in range(self._setup.kills):
            if await self._is_over(self._between(self._setup.kills)):
                return
            host = self._chance.choice(self._hosts)
            await host.kill()
            self.kills += 1
            await asyncio.sleep(self._chance.uniform(*_DOWN))
            await host.start_again()

    async def _cut(self) -> None:
        for _ in range(self._setup.partitions if self._ways else 0):
            if await self._is_over(self._between(self._setup.partitions)):
                return
            way = self._chance.choice(self._ways)
            await way.cut()
            self.partitions += 1
            await self._is_over(self._chance.uniform(*_CUT))
            await way.heal()

    def _between(self, times: int) -> float:
        return self._chance.uniform(0.5, 1.5) * self._setup.seconds / (times + 1)

    async def _is_over(self, seconds: float) -> bool:
        """Wait so long; whether the calls are over meanwhile."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
        return self._over.is_set()


async def _at_rest(url: str) -> None:
    """Wait until nothing is open in the database; what is open all the same stands in the account."""
    until = time.monotonic() + _SETTLES_WITHIN
    while True:
        records = await asyncio.to_thread(_records, url)
        if time.monotonic() >= until or not any(record["state"] in _OPEN for record in records):
            return
        await asyncio.sleep(0.5)


def _records(url: str) -> list[dict[str, Any]]:
    """The rows of the fleet's table, read with nothing of what wrote them but its name."""
    engine = sa.create_engine(database_url(url))
    try:
        with engine.connect() as connection:
            rows = connection.execute(sa.text("select * from flowrules_records order by decided_at"))
            return [dict(row) for row in rows.mappings()]
    finally:
        engine.dispose()


async def _kill_all(hosts: Sequence[Host]) -> None:
    for host in hosts:
        await host.kill()
