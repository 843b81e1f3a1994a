"""Waking calls: at their times, in order, and nothing left of what was cancelled."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from flowrules.control.clock import WoundClock
from flowrules.runtime.alarms import Alarms
from flowrules.runtime.share import LoopShare


@pytest.fixture
def clock() -> WoundClock:
    return WoundClock(datetime(2026, 3, 2, tzinfo=UTC))


@pytest.fixture
async def alarms(clock: WoundClock) -> AsyncIterator[Alarms]:
    alarms = Alarms(clock, LoopShare(clock))
    alarms.start()
    yield alarms
    await alarms.stop()


async def test_they_ring_at_their_times(alarms: Alarms, clock: WoundClock) -> None:
    rung: list[tuple[str, float]] = []

    def ring(name: str) -> None:
        rung.append((name, clock.monotonic()))
        if name == "a":
            alarms.after(1, lambda: ring("after a"))

    alarms.after(5, lambda: ring("b"))
    await clock.advance(1)
    alarms.after(2, lambda: ring("a"))
    cancelled = alarms.after(3, lambda: ring("never"))
    cancelled.cancel()
    cancelled.cancel()
    await clock.advance(10)
    assert rung == [("a", 3.0), ("after a", 4.0), ("b", 5.0)]


async def test_what_is_cancelled_leaves_no_trace(alarms: Alarms, clock: WoundClock) -> None:
    rung: list[int] = []
    alarms.after(500, lambda: rung.append(1))
    for _ in range(20_000):
        alarms.after(1000, lambda: rung.append(2)).cancel()
    assert len(alarms._heap) < 2_500
    await clock.advance(2000)
    assert rung == [1]
