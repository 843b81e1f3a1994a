"""Waking calls: at their times, in order, and nothing left of what was cancelled."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from flowrules.control.clock import ManualClock
from flowrules.runtime.loop import supervision
from flowrules.runtime.loop.loop_budget import LoopBudget
from flowrules.runtime.loop.timer_scheduler import TimerScheduler


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, tzinfo=UTC))


@pytest.fixture
async def alarms(clock: ManualClock) -> AsyncIterator[TimerScheduler]:
    alarms = TimerScheduler(clock, LoopBudget(clock))
    alarms.start()
    yield alarms
    await alarms.stop()


async def test_they_ring_at_their_times(alarms: TimerScheduler, clock: ManualClock) -> None:
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


async def test_what_is_cancelled_leaves_no_trace(alarms: TimerScheduler, clock: ManualClock) -> None:
    rung: list[int] = []
    alarms.after(500, lambda: rung.append(1))
    for _ in range(20_000):
        alarms.after(1000, lambda: rung.append(2)).cancel()
    assert len(alarms._heap) < 2_500
    await clock.advance(2000)
    assert rung == [1]


class Rude(BaseException):
    """What some libraries raise past `except Exception`."""


@pytest.mark.parametrize("raised", [ValueError, asyncio.CancelledError, Rude])
async def test_one_that_raises_keeps_no_other_from_ringing(
    alarms: TimerScheduler, clock: ManualClock, raised: type[BaseException]
) -> None:
    rung: list[str] = []

    def raises() -> None:
        raise raised("a bug")

    alarms.after(1, raises)
    alarms.after(2, lambda: rung.append("later"))
    await clock.advance(3)
    assert rung == ["later"]
    assert alarms.problem == ""


async def test_alarms_that_break_are_a_problem_and_begin_again(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.05)
    breaks = [RuntimeError("no share")]
    real = LoopBudget.call

    async def call(share: LoopBudget, work: Callable[[], object]) -> None:
        if breaks:
            raise breaks.pop()
        await real(share, work)

    monkeypatch.setattr(LoopBudget, "call", call)
    alarms = TimerScheduler(clock, LoopBudget(clock))
    alarms.start()
    rung: list[str] = []
    alarms.after(1, lambda: rung.append("rung"))
    await clock.advance(2)
    assert alarms.problem == "RuntimeError: no share"
    await asyncio.sleep(0.2)
    await clock.advance(2)
    assert rung == ["rung"]
    assert alarms.problem == ""
    await alarms.stop()
