"""What live calls keep in memory: bytes a call, and what is left of a stream of events in calls that come and go.

Each measurement is a process of its own, and what counts is its resident memory: the allocator's share is in it. The
socket of a call is not; nor is what the platform tells about a call beyond the few facts that are given here.
"""

import argparse
import asyncio
import gc
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from pydantic import SecretStr

from benchmarks.cells import resident_bytes
from benchmarks.results import Results, Spread, Table, Target
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Fsync, Mode, Settings

CALLS = 10_000
EVENTS = 1_000_000
EVENTS_A_CALL = 20
AT_ONCE = 200
"""Calls that are live at once while events stream."""
ALLOWED = 6 * 1024.0
"""Bytes of a call."""
GROWTH_ALLOWED = 8.0
"""MiB that a million events may leave: caches of names and texts fill up to their limits, and stay."""
RULES = (
    'on intent=sales when vip is yes remember wish is "sales" then advise "Ask for the name."\n'
    'on said contains "bill" remember about is "bill"\n'
    'after 30 seconds of silence say "Are you still there?"\n'
    "after 30 minutes hangup\n"
)
OPENED, TALKED, KEPT, STREAM = "opened", "talked", "kept", "stream"
NAMES = {
    OPENED: "a call that was opened",
    TALKED: "after five events",
    KEPT: "after five events with ids of the host's, journal on",
}


def run(sizes: tuple[int, ...] | None, rounds: int, *, quick: bool = False) -> Results:
    rounds = min(rounds, 1 if quick else 3)
    calls, events = (2_000, 100_000) if quick else (CALLS, EVENTS)
    each = {kind: [_measured(kind, calls)[-1] / calls for _ in range(rounds)] for kind in NAMES}
    stream = _measured(STREAM, events)
    tenths = {
        f"after {number * events // 10:,} events": (f"{size / 1024**2:.1f}",)
        for number, size in enumerate(stream, start=1)
    }
    left = (stream[-1] - stream[1]) / 1024**2
    return Results(
        "live_memory",
        (
            Table(
                f"What {calls:,} calls keep, each",
                ("bytes",),
                {NAMES[kind]: (Spread.of(found),) for kind, found in each.items()},
                "Resident memory; session, machine and state, credentials, pace, an alarm. What was reported with an "
                "id of the host's keeps its outcome for a while: the last 16 of a call, half a kilobyte each.",
            ),
            Table(
                f"A stream of events, {AT_ONCE} calls at once, {EVENTS_A_CALL} events in each",
                ("resident MiB",),
                tenths,
                "Journal on. Every event says something new.",
            ),
        ),
        (
            *(
                Target(f"bytes: {NAMES[kind]}", ALLOWED, Spread.of(each[kind]).median, unit="B")
                for kind in (OPENED, TALKED)
            ),
            Target("growth over the last four fifths of the stream", GROWTH_ALLOWED, left, unit="MiB"),
        ),
    )


def _measured(kind: str, amount: int) -> list[int]:
    command = [sys.executable, "-m", "benchmarks.live_memory", kind, str(amount)]
    found: list[int] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


# --- the process that is measured ---------------------------------------------------------------------------


async def _process(kind: str, amount: int) -> list[int]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = Settings(
            tune_gc=True,
            mode=Mode.DRY_RUN if kind == STREAM else Mode.LIVE,
            base_url="http://127.0.0.1:9",
            journal=folder if kind in (KEPT, STREAM) else None,
            journal_fsync=Fsync.NEVER,
            journal_keep_days=1,
        )
        engine = await stack.enter_async_context(Engine(RuleBook.from_text(RULES), settings=settings))
        if kind == STREAM:
            return await _stream(engine, amount)
        await _talk(_open(engine, 0, 500), kind)
        gc.collect()
        before = resident_bytes()
        calls = _open(engine, 500, amount)
        await _talk(calls, kind)
        gc.collect()
        return [resident_bytes() - before]


def _open(engine: Engine, first: int, amount: int) -> list[CallSession]:
    return [_call(engine, number) for number in range(first, first + amount)]


def _call(engine: Engine, number: int) -> CallSession:
    return engine.call(
        f"call-{number}",
        token=SecretStr(f"yt_cb_01HZX3V9Q8W7E6R5T4{number:08}"),
        facts={
            "caller": f"+9112{number:08}",
            "lead": {"name": f"Asha {number}", "plan": "gold", "owner": "priya"},
            "campaign": {"name": "diwali"},
        },
    )


async def _talk(calls: list[CallSession], kind: str) -> None:
    if kind == OPENED:
        return
    ids: Callable[[int], str] = (lambda turn: f"event-{turn}") if kind == KEPT else (lambda turn: "")
    for turn in range(5):
        for call in calls:
            await call.event(intent="sales", vip=True, turn_id=f"t{turn}", event_id=ids(turn))
            await asyncio.sleep(0)


async def _stream(engine: Engine, events: int) -> list[int]:
    """Resident bytes after each tenth of the events."""
    found = []
    calls = _open(engine, 0, AT_ONCE)
    for number in range(events):
        place = number % AT_ONCE
        if (number + place * EVENTS_A_CALL) // AT_ONCE % EVENTS_A_CALL == EVENTS_A_CALL - 1:
            await calls[place].close()
            calls[place] = _call(engine, AT_ONCE + number)
        await calls[place].event(said=f"it is about bill number {number}", intent="sales", vip=True)
        await asyncio.sleep(0)  # As in a host, where there is always something else to do.
        if (number + 1) % (events // 10) == 0:
            gc.collect()
            found.append(resident_bytes())
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=(OPENED, TALKED, KEPT, STREAM))
    parser.add_argument("amount", type=int)
    options = parser.parse_args()
    print(json.dumps(asyncio.run(_process(options.kind, options.amount))))
