"""A chaos run from its beginning to its account."""

import asyncio
import multiprocessing
import time
from dataclasses import dataclass
from pathlib import Path

from flowrules.chaos.host import Played, play_calls
from flowrules.chaos.platform import Platform, sandbox_process
from flowrules.chaos.reconciler import Account, reconcile
from flowrules.chaos.setup import Ground, Setup

_SETTLE = 0.5
"""Seconds after which the platform has read what a killed process had written to its sockets."""


@dataclass(frozen=True, slots=True)
class Result:
    """`seconds` is how long the calls took. `at_the_kill` is the account of what a killed process left."""

    played: Played
    seconds: float
    account: Account
    at_the_kill: Account | None = None

    @property
    def sound(self) -> bool:
        return (
            self.account.sound
            and (self.at_the_kill is None or self.at_the_kill.sound)
            and len(self.played.reported) == self.played.answered
        )


async def chaos(setup: Setup, folder: Path, *, kill: bool = False) -> Result:
    """Run it against a sandbox in a process of its own. `kill`: the host dies by SIGKILL in the middle, and a second
    one goes on with its journal."""
    async with sandbox_process() as (base_url, tenant_key):
        return await chaos_on(setup, Ground(base_url, tenant_key, folder), kill=kill)


async def chaos_on(setup: Setup, ground: Ground, *, kill: bool = False) -> Result:
    """Run it on a sandbox that is there already."""
    faults = setup.faults
    async with Platform(ground.base_url) as platform:
        await platform.configure(setup.platform)
        await platform.set_faults(None if faults is None else faults.model_dump(mode="json"))
        at_the_kill = await _until_killed(setup, ground, platform) if kill else None
        began = time.monotonic()
        played = await play_calls(setup, ground)
        seconds = time.monotonic() - began
        ground.ledger.write_bytes(await platform.ledger())
    account = await asyncio.to_thread(reconcile, ground.journal, ground.ledger, ground.reported)
    return Result(played, seconds, account, at_the_kill)


async def _until_killed(setup: Setup, ground: Ground, platform: Platform) -> Account:
    """Let a host play until every call has sent a few verbs, then kill it; the account of what it left."""
    host = multiprocessing.get_context("spawn").Process(target=_play, args=(setup, ground))
    host.start()
    try:
        while host.is_alive() and _intents(ground.journal) < 2 * setup.calls:  # noqa: ASYNC110 (another process)
            await asyncio.sleep(0.02)
    finally:
        host.kill()
        await asyncio.to_thread(host.join)
    await asyncio.sleep(_SETTLE)
    ground.ledger.write_bytes(await platform.ledger())
    return await asyncio.to_thread(reconcile, ground.journal, ground.ledger, finished=False)


def _play(setup: Setup, ground: Ground) -> None:
    asyncio.run(play_calls(setup, ground))


def _intents(journal: Path) -> int:
    return sum(path.read_bytes().count(b'"kind":"sending"') for path in journal.glob("journal*.jsonl"))
