"""How late the event loop of a host is: idle, with a thousand live calls, while their rules are edited, and when one
timer rings in all calls at once.

Each measurement is a process of its own, with the platform's double in a second one. A beat is due every two
milliseconds; how late each comes is the lag that anything else in that loop would feel.

On a machine that others use too, most of that lag may be theirs, so it is shown three times:

- as it was;
- `own`: without the waits for a processor. Linux counts how long a thread that could run had to wait for one. The
  process that plays the platform is one of those that make this one wait;
- `own, steady`: and without the moments in which the processor itself was slow. A virtual one may run at a tenth of
  its speed for tens of milliseconds, several times a second, and everything in the process with it. So each beat times
  a small fixed piece of work by the thread's own clock, which waits do not touch; where that took more than SLOW times
  as long as it usually does, at the beat or at its neighbours, the beat is left out. How many were stands beside it.
"""

import argparse
import asyncio
import itertools
import json
import random
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.results import Results, Spread, Table, Target
from flowrules.chaos.platform import Platform, sandbox_process
from flowrules.runtime.engine import Engine
from flowrules.runtime.http.server import AgentServer
from flowrules.runtime.settings import Settings

CALLS = 1_000
EVENTS_A_SECOND = 75
"""Of all calls together: each reports something every 13 seconds. Each event sends two verbs."""
EDIT_EVERY = 1.0
BEAT = 0.002
PIECE = (1,) * 1_500
"""Summing it takes some ten microseconds."""
SLOW = 4.0
"""Times the usual: after other work the piece takes up to twice as long, on a slow processor ten times."""
ALLOWED = 5.0
"""Milliseconds at p99.9 above an idle loop, waits for a processor taken out of both."""
SIZES = (100, 1_000)
IDLE, LIVE, EDITED, AT_ONCE = "idle", "live", "edited", "at_once"
COLUMNS = ("p50", "p99", "p99.9", "latest", "p99.9, own", "latest, own")
COLUMNS += ("p99.9, own, steady", "latest, own, steady", "left out, %")


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    sizes = sizes or (SIZES[:1] if quick else SIZES)
    seconds = 8 if quick else 30
    kinds = [
        (IDLE, 1),
        *((kind, size) for size in sizes for kind in (LIVE, EDITED)),
        (AT_ONCE, sizes[0]),
    ]
    found: dict[tuple[str, int], list[dict[str, float]]] = {kind: [] for kind in kinds}
    for _ in range(min(rounds, 1 if quick else 5)):
        for kind in kinds:
            found[kind].append(_measured(*kind, seconds))
    rows = {
        _name(*kind): tuple(Spread.of([one[column] for one in lags]) for column in COLUMNS)
        for kind, lags in found.items()
    }
    note = (
        "Milliseconds; `own`: waits for a processor taken out; `steady`: beats left out that came while the processor "
        f"was slow. {CALLS:,} calls on WebSockets, {EVENTS_A_SECOND} events and twice as many verbs a second, journal "
        "on; an edit is one line, saved every second; the timer is one rule that rings in all calls at one moment."
    )
    return Results(
        "lag",
        (Table("How late a beat of the loop comes", COLUMNS, rows, note),),
        tuple(
            Target(
                f"p99.9 above idle: {_name(*kind)}",
                ALLOWED,
                _above_idle(found[kind], found[kinds[0]]),
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
        AT_ONCE: f"{CALLS:,} calls, one timer rings in all",
    }[kind]


def _above_idle(found: Sequence[dict[str, float]], idle: Sequence[dict[str, float]]) -> float:
    """The median over the rounds, each held against the idle loop of its own round."""
    column = "p99.9, own"
    return Spread.of([one[column] - other[column] for one, other in zip(found, idle, strict=True)]).median


def _measured(kind: str, size: int, seconds: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.lag", kind, str(size), str(seconds)]
    shown = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    lags: dict[str, float] = json.loads(shown)
    return lags


# --- the process that is measured ---------------------------------------------------------------------------


class Beat(NamedTuple):
    """Seconds: when it was due and when it came (the loop's time), how long the thread had waited for a processor by
    then, and how long the piece took."""

    due: float
    came: float
    waited: float
    piece: float


class Lag(NamedTuple):
    """Seconds that a beat was late: as it was, and without the waits. `steady`: the processor was not slow."""

    late: float
    own: float
    steady: bool


async def _host(kind: str, size: int, seconds: float) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        base_url, _ = await stack.enter_async_context(sandbox_process())
        rules = folder / "calls.rules"
        ring_at = (datetime.now(UTC) + timedelta(seconds=90)).replace(second=0)
        timer = f'timezone UTC\nat {ring_at:%H:%M} say "One moment, please."\n' if kind == AT_ONCE else ""
        rules.write_text(timer + _rules(size, 0), "utf-8")
        settings = Settings(base_url=base_url, journal=folder / "journal", tune_gc=True)
        engine = await stack.enter_async_context(Engine(rules, settings=settings))
        server = await stack.enter_async_context(AgentServer(engine))
        platform = await stack.enter_async_context(Platform(base_url))
        work = []
        if kind != IDLE:
            await _open_calls(engine, server, platform)
        if kind == AT_ONCE:
            await asyncio.sleep((ring_at - datetime.now(UTC)).total_seconds() - 2)
        if kind in (LIVE, EDITED):
            work.append(asyncio.create_task(_talk(engine, size)))
            await asyncio.sleep(2)
        if kind == EDITED:
            work.append(asyncio.create_task(_edit(rules, size)))
        lags = _lags(await _beat(seconds))
        for task in work:
            task.cancel()
        # Where others use the machine everything takes its time: what counts is that it was done meanwhile.
        accepted, reloads = engine.counters["verbs_accepted"], engine.counters["reloads"]
        wanted = {IDLE: 0, AT_ONCE: CALLS}.get(kind, int(seconds * EVENTS_A_SECOND))
        assert accepted >= wanted, engine.health()
        assert reloads > 1 or kind != EDITED, engine.health()
        return _figures(list(lags))


async def _beat(seconds: float) -> list[Beat]:
    loop = asyncio.get_running_loop()
    beats: list[Beat] = []
    over = loop.create_future()
    end = loop.time() + seconds

    def beat(due: float) -> None:
        now, so_far = loop.time(), waited()
        began = time.thread_time()
        sum(PIECE)
        piece = time.thread_time() - began
        while due <= now:  # A long stop counts for each beat that fell into it.
            beats.append(Beat(due, now, so_far, piece))
            due += BEAT
        if now > end:
            over.set_result(None)
        else:
            loop.call_at(due, beat, due)

    with Path("/proc/thread-self/schedstat").open("rb", buffering=0) as schedstat:  # noqa: ASYNC230  (no disk)

        def waited() -> float:
            schedstat.seek(0)
            return int(schedstat.read(100).split()[1]) / 1e9

        due = loop.time() + BEAT
        loop.call_at(due, beat, due)
        await over
    return beats


def _lags(beats: Sequence[Beat]) -> Iterator[Lag]:
    """How long the thread had waited when a beat was due lies between the two beats that came around that moment; how
    fast the processor was from then on, these two and the next one tell."""
    came, waits = [beat.came for beat in beats], [beat.waited for beat in beats]
    limit = SLOW * median(beat.piece for beat in beats)
    slow = [beat.piece > limit for beat in beats]
    for number, beat in enumerate(beats):
        after = bisect_right(came, beat.due)
        if after == 0:
            continue
        share = (beat.due - came[after - 1]) / (came[after] - came[after - 1])
        then = waits[after - 1] + share * (waits[after] - waits[after - 1])
        late = beat.came - beat.due
        yield Lag(late, max(0.0, late - (beat.waited - then)), not any(slow[after - 1 : number + 2]))


def _figures(lags: Sequence[Lag]) -> dict[str, float]:
    late = sorted(lag.late for lag in lags)
    own = sorted(lag.own for lag in lags)
    steady = sorted(lag.own for lag in lags if lag.steady)

    def at(share: float, ordered: Sequence[float]) -> float:
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3

    figures = [at(share, late) for share in (0.5, 0.99, 0.999, 1.0)]
    figures += [at(share, ordered) for ordered in (own, steady) for share in (0.999, 1.0)]
    return dict(zip(COLUMNS, [*figures, 100 * (1 - len(steady) / len(lags))], strict=True))


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
    parser.add_argument("kind", choices=(IDLE, LIVE, EDITED, AT_ONCE))
    parser.add_argument("size", type=int)
    parser.add_argument("seconds", type=int)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(_host(options.kind, options.size, options.seconds))))
