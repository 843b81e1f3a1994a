"""How late the event loop of a host is: idle, with a thousand live calls, and while their rules are edited.

Each measurement is a process of its own, with the platform's double in a second one. A beat is due every two
milliseconds; how late each comes is the lag that anything else in that loop would feel.

On a machine that others use too, most of that lag may be theirs. Linux counts how long a thread that could run had to
wait for a processor, so the same beats are shown a second time with these waits taken out: what is left is what this
process does to its own loop. The other process, which plays the platform, is one of the others.
"""

import argparse
import asyncio
import itertools
import json
import random
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.results import Results, Spread, Table, Target
from flowrules.chaos.platform import Platform, sandbox_process
from flowrules.runtime.host import Engine
from flowrules.runtime.server import AgentServer
from flowrules.runtime.settings import Settings

CALLS = 1_000
EVENTS_A_SECOND = 75
"""Of all calls together: each reports something every 13 seconds. Each event sends two verbs."""
EDIT_EVERY = 1.0
BEAT = 0.002
ALLOWED = 5.0
"""Milliseconds at p99.9 above an idle loop, waits for a processor taken out of both."""
SIZES = (100, 1_000)
IDLE, LIVE, EDITED = "idle", "live", "edited"
SHARES = (0.5, 0.99, 0.999, 1.0)


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    sizes = sizes or (SIZES[:1] if quick else SIZES)
    seconds = 8 if quick else 30
    kinds = [(IDLE, 1), *((kind, size) for size in sizes for kind in (LIVE, EDITED))]
    lags: dict[tuple[str, int], list[list[float]]] = {kind: [] for kind in kinds}
    for _ in range(min(rounds, 1 if quick else 5)):
        for kind in kinds:
            lags[kind].append(_measured(*kind, seconds))
    rows = {
        _name(*kind): tuple(Spread.of(column) for column in zip(*found, strict=True))
        for kind, found in lags.items()
    }
    note = (
        "Milliseconds; `own`: waits for a processor taken out. "
        f" {CALLS:,} calls on WebSockets, {EVENTS_A_SECOND} events and twice as many verbs a second, "
        "journal on; an edit is one line, saved every second."
    )
    columns = ("p50", "p99", "p99.9", "the latest")
    columns += tuple(f"{column}, own" for column in columns)
    return Results(
        "lag",
        (Table("How late a beat of the loop comes", columns, rows, note),),
        tuple(
            Target(
                f"p99.9 above idle: {_name(*kind)}",
                ALLOWED,
                _above_idle(lags[kind], lags[kinds[0]]),
                unit="ms",
            )
            for kind in kinds[1:]
        ),
    )


def _name(kind: str, size: int) -> str:
    return {
        IDLE: "no calls: the idle loop",
        LIVE: f"{CALLS:,} calls, {size:,} rules",
        EDITED: f"{CALLS:,} calls, {size:,} rules, edited",
    }[kind]


def _above_idle(found: Sequence[Sequence[float]], idle: Sequence[Sequence[float]]) -> float:
    """The median over the rounds, each held against the idle loop of its own round."""
    own = len(SHARES) + SHARES.index(0.999)
    return Spread.of([one[own] - other[own] for one, other in zip(found, idle, strict=True)]).median


def _measured(kind: str, size: int, seconds: int) -> list[float]:
    command = [sys.executable, "-m", "benchmarks.lag", kind, str(size), str(seconds)]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    lags: list[float] = json.loads(shown)
    return lags


# --- the process that is measured ---------------------------------------------------------------------------


async def _host(kind: str, size: int, seconds: float) -> list[float]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        base_url, _ = await stack.enter_async_context(sandbox_process())
        rules = folder / "calls.rules"
        rules.write_text(_rules(size, 0), "utf-8")
        settings = Settings(base_url=base_url, journal=folder / "journal")
        engine = await stack.enter_async_context(Engine(rules, settings=settings))
        server = await stack.enter_async_context(AgentServer(engine))
        platform = await stack.enter_async_context(Platform(base_url))
        work = []
        if kind != IDLE:
            await _open_calls(engine, server, platform)
            work.append(asyncio.create_task(_talk(engine, size)))
        if kind == EDITED:
            work.append(asyncio.create_task(_edit(rules, size)))
        await asyncio.sleep(2)
        late = await _beat(seconds)
        for task in work:
            task.cancel()
        if kind != IDLE:
            assert engine.counters["verbs_accepted"] > seconds * EVENTS_A_SECOND, engine.health()
        if kind == EDITED:
            # Where others use the machine a check takes its time: what counts is that rules did change.
            assert engine.counters["reloads"] > 1, engine.health()
        return [
            one[min(len(one) - 1, int(len(one) * share))] * 1e3
            for one in map(sorted, zip(*late, strict=True))
            for share in SHARES
        ]


async def _beat(seconds: float) -> list[tuple[float, float]]:
    """How late each beat was, in seconds: as it was, and without the waits for a processor."""
    loop = asyncio.get_running_loop()
    beats: list[tuple[float, float, float]] = []
    over = loop.create_future()
    end = loop.time() + seconds

    def beat(due: float) -> None:
        now, so_far = loop.time(), waited()
        while due <= now:  # A long stop counts for each beat that fell into it.
            beats.append((due, now, so_far))
            due += BEAT
        if now > end:
            over.set_result(None)
        else:
            loop.call_at(due, beat, due)

    with Path("/proc/thread-self/schedstat").open("rb", buffering=0) as schedstat:  # noqa: ASYNC230  (no disk)

        def waited() -> float:
            """Seconds that this thread has waited for a processor so far."""
            schedstat.seek(0)
            return int(schedstat.read(100).split()[1]) / 1e9

        due = loop.time() + BEAT
        loop.call_at(due, beat, due)
        await over
    return list(_with_own(beats))


def _with_own(beats: Sequence[tuple[float, float, float]]) -> Iterator[tuple[float, float]]:
    """Of beats with (due, came, waited so far): late, and late without the waits. How long the thread had waited when
    a beat was due lies between the two beats that came around that moment."""
    came, waits = [beat[1] for beat in beats], [beat[2] for beat in beats]
    for due, now, waited in beats:
        after = bisect_right(came, due)
        if after == 0:
            continue
        share = (due - came[after - 1]) / (came[after] - came[after - 1])
        then = waits[after - 1] + share * (waits[after] - waits[after - 1])
        yield now - due, max(0.0, now - due - (waited - then))


async def _open_calls(engine: Engine, server: AgentServer, platform: Platform) -> None:
    opening = asyncio.Semaphore(16)

    async def open_one(number: int) -> None:
        async with opening:
            await platform.open_call(f"call-{number}", ws_url=server.ws_url)

    await asyncio.gather(*(open_one(number) for number in range(CALLS)))
    while len(engine.calls) < CALLS:  # noqa: ASYNC110  (the other process has no event of ours)
        await asyncio.sleep(0.05)


async def _talk(engine: Engine, size: int) -> None:
    """Report events of all calls, at the times that chance would have them come."""
    chance = random.Random(1)
    calls = list(engine.calls.values())
    loop = asyncio.get_running_loop()
    due = loop.time()
    for turn in itertools.count():
        due += chance.expovariate(EVENTS_A_SECOND)
        await asyncio.sleep(due - loop.time())
        facts = {"intent": f"intent_{chance.randrange(size)}", "balance": chance.randrange(1000), "vip": True}
        chance.choice(calls).post(facts=facts, turn_id=f"t{turn}")


async def _edit(rules: Path, size: int) -> None:
    for edition in itertools.count(1):
        await asyncio.sleep(EDIT_EVERY)
        rules.write_text(_rules(size, edition), "utf-8")  # noqa: ASYNC240  (half a millisecond, and it counts)


def _rules(size: int, edition: int) -> str:
    lines = [
        f"on intent=intent_{number} when vip is yes and balance is at least 0 "
        f'set_lead_field wish to "{{intent}} {number}" then say "One moment, please."'
        for number in range(size)
    ]
    lines[size // 2] = lines[size // 2].replace("One moment", f"Moment {edition}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=(IDLE, LIVE, EDITED))
    parser.add_argument("size", type=int)
    parser.add_argument("seconds", type=int)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(_host(options.kind, options.size, options.seconds))))
