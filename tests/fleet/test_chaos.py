"""A fleet whose hosts are killed: one account over journals, database and ledger. With SQLite it is short; the run on
PostgreSQL, with ways that are cut, is one command (docs/chaos.md) and a test for `FLEET_SEEDS=1,2,3`."""

import os
from pathlib import Path

import pytest

from flowrules.chaos.fleet.run import fleet_chaos
from flowrules.chaos.fleet.setup import FleetSetup
from flowrules.chaos.setup import Setup

SEEDS = [int(seed) for seed in os.environ.get("FLEET_SEEDS", "").split(",") if seed]
CALLS = int(os.environ.get("FLEET_CALLS", "300"))


@pytest.mark.timeout(600)
async def test_two_processes_on_one_file(tmp_path: Path) -> None:
    setup = FleetSetup(Setup.drawn(1, 12), str(tmp_path / "fleet.sqlite"), hosts=2, kills=1, seconds=8)
    result = await fleet_chaos(setup, tmp_path / "run")
    assert result.sound, str(result.account)
    assert result.kills == 1
    assert result.account.figures["calls"] == 12
    assert result.account.figures["records in the database: done"] > 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.timeout(1800)
async def test_three_hosts_on_postgresql(seed: int, tmp_path: Path, server: str) -> None:
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database chaos_{seed}")
    url = f"{server.removesuffix('/fleet')}/chaos_{seed}"
    result = await fleet_chaos(FleetSetup(Setup.drawn(seed, CALLS), url), tmp_path / "run")
    print(
        f"seed {seed}: {result.kills} kills, {result.partitions} partitions by {result.cut_by}, "
        f"{result.told.again} reports again"
    )
    print(f"{result.seconds:.1f} seconds\n{result.account}")
    assert result.sound, str(result.account)
    assert result.kills
    assert result.partitions
