"""The clock that can be wound."""

import asyncio

import pytest

from flowrules.sandbox import Clock
from flowrules.sandbox.clock import iso


async def test_alarms_ring_in_order_each_at_its_own_moment():
    clock = Clock(running=False, start=1000.0)
    rung: list[tuple[str, float]] = []

    def every_ten(name: str) -> None:
        rung.append((name, clock.now()))
        clock.call_at(clock.now() + 10, lambda: every_ten(name))

    clock.call_at(1005, lambda: rung.append(("late", clock.now())))
    clock.call_at(1003, lambda: every_ten("early"))
    clock.call_at(1004, lambda: rung.append(("never", 0.0))).cancel()
    clock.advance(25)
    assert rung == [("early", 1003.0), ("late", 1005.0), ("early", 1013.0), ("early", 1023.0)]
    assert clock.now() == 1025.0
    clock.stop()
    clock.advance(100)
    assert len(rung) == 4


async def test_a_running_clock_rings_by_itself():
    clock, rung = Clock(), asyncio.Event()
    clock.call_at(clock.now() + 0.01, rung.set)
    await asyncio.wait_for(rung.wait(), 45)
    clock.call_at(clock.now() + 3600, rung.clear)
    clock.advance(3600)
    assert not rung.is_set()


def test_it_does_not_run_backwards():
    clock = Clock(running=False, start=0.0)
    with pytest.raises(ValueError, match="forward"):
        clock.advance(-1)
    assert iso(clock.now()) == "1970-01-01T00:00:00.000Z"
