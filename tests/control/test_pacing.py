"""However the platform counts, our own requests never make it say 429."""

import asyncio
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowrules.control.clock import ManualClock
from flowrules.control.pace import Pace, Turn
from flowrules.control.pacing import Pacer
from flowrules.sandbox.limits import Counting, limiter

START = datetime(2026, 3, 2, tzinfo=UTC)
FOREVER = 1e9


async def arrivals(
    seed: int, *, requests: int, senders: int, slow: float, period: float = 1.0
) -> list[float]:
    """When the requests of one call reach the platform, each somewhere between its start and its end."""
    clock, chance = ManualClock(START), random.Random(seed)
    pacer = Pacer(clock)
    reached: list[float] = []

    async def sender() -> None:
        for _ in range(requests // senders):
            turn = pacer.turn_now("c1") or await pacer.turn("c1", FOREVER)
            assert turn is not None
            turn.sent = True
            there, back = chance.random() * slow, chance.random() * slow
            await clock.sleep(there)
            reached.append(clock.monotonic())
            await clock.sleep(back)
            turn.over()
            if chance.random() < 0.1:
                await clock.sleep(chance.random() * 2)

    running = [asyncio.create_task(sender()) for _ in range(senders)]
    while not all(task.done() for task in running):
        await clock.advance(period)
    return sorted(reached)


@pytest.mark.parametrize("counting", ["fixed_window", "sliding_window", "token_bucket"])
@given(
    seed=st.integers(0, 10_000),
    senders=st.sampled_from([1, 3, 15]),
    slow=st.sampled_from([0.0, 0.01, 0.3, 2.0]),
    offset=st.floats(0, 1),
)
@settings(max_examples=25, deadline=None)
def test_no_429_of_our_own_making(
    counting: Counting, seed: int, senders: int, slow: float, offset: float
) -> None:
    reached = asyncio.run(arrivals(seed, requests=60, senders=senders, slow=slow))
    platform = limiter(counting, 10, 1.0)
    assert len(reached) == 60 // senders * senders
    assert all(platform.take(moment + offset).allowed for moment in reached)


async def test_the_pace_is_used() -> None:
    """10 a second less the slack: waiting costs no more than the platform's own limit would."""
    reached = await arrivals(1, requests=100, senders=10, slow=0.0)
    assert reached[-1] < 30


async def test_a_short_plan_does_not_wait() -> None:
    pacer = Pacer(ManualClock(START))
    for _ in range(10):
        turn = pacer.turn_now("c1")
        assert turn is not None
        turn.sent = True
        turn.over()
    assert pacer.turn_now("c1") is None
    assert pacer.turn_now("c2") is not None


async def test_what_was_not_sent_does_not_count() -> None:
    pacer = Pacer(ManualClock(START))
    for _ in range(50):
        turn = pacer.turn_now("c1")
        assert turn is not None
        turn.over()


async def test_there_is_no_turn_before_the_deadline() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock, per_second=1)
    turn = await pacer.turn("c1", FOREVER)
    assert turn is not None
    turn.sent = True
    turn.over()
    assert await pacer.turn("c1", clock.monotonic() + 0.5) is None


async def test_calls_take_turns_at_the_tenant_keys_window() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock, tenant_per_minute=4)
    served: list[str] = []

    async def one(call: str) -> None:
        turn = await pacer.turn(call, FOREVER, tenant=True)
        assert turn is not None
        turn.sent = True
        served.append(call)
        turn.over()

    wanted = [one(call) for call in ["greedy"] * 9 + ["a", "b", "c"]]
    running = [asyncio.create_task(work) for work in wanted]
    while not all(task.done() for task in running):
        await clock.advance(10)
    assert {"a", "b", "c"} <= set(served[:8])


@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_the_tenant_keys_minute_is_kept(seed: int) -> None:
    async def run() -> list[float]:
        clock, chance = ManualClock(START), random.Random(seed)
        pacer = Pacer(clock, tenant_per_minute=20)
        reached: list[float] = []

        async def sender(call: str) -> None:
            for _ in range(10):
                turn = await pacer.turn(call, FOREVER, tenant=True)
                assert turn is not None
                turn.sent = True
                await clock.sleep(chance.random())
                reached.append(clock.monotonic())
                turn.over()

        running = [asyncio.create_task(sender(f"c{n}")) for n in range(8)]
        while not all(task.done() for task in running):
            await clock.advance(20)
        return sorted(reached)

    platform = limiter("fixed_window", 20, 60.0)
    offset = random.Random(seed).random() * 60
    assert all(platform.take(moment + offset).allowed for moment in asyncio.run(run()))


async def test_a_turn_that_was_given_up_leaves_nothing_behind() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock, per_second=1, lines=1)
    held = await pacer.turn("c1", FOREVER)
    assert held is not None
    waiting = asyncio.create_task(pacer.turn("c2", FOREVER))
    await clock.advance(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    held.over()
    assert pacer.turn_now("c2") is not None


@dataclass
class Time:
    now: float = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize("counting", ["fixed_window", "sliding_window", "token_bucket"])
@given(seed=st.integers(0, 10_000), slow=st.sampled_from([0.0, 0.01, 0.3, 2.0]), offset=st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_who_only_asks_keeps_to_the_limit_and_is_told_the_right_moment(
    counting: Counting, seed: int, slow: float, offset: float
) -> None:
    """Without an event loop: a simulation asks, and goes on to the moment that it is told."""
    time, chance = Time(), random.Random(seed)
    pace, under_way, reached = Pace(time), list[tuple[float, Turn]](), list[float]()
    while len(reached) < 60:
        answer = pace.ask("c1")
        if isinstance(answer, Turn):
            answer.sent = True
            there, back = chance.random() * slow, chance.random() * slow
            reached.append(time.now + there)
            under_way.append((time.now + there + back, answer))
            continue
        assert answer > 0
        ends = min((end for end, _ in under_way), default=math.inf)
        if time.now + answer <= ends:
            due = time.now + answer
            if answer > 0.001:  # A millionth of a second is the least that is ever told.
                time.now = due - 0.0005
                assert not isinstance(pace.ask("c1"), Turn), "it could have come earlier"
            time.now = due + 1e-6
            free = pace.ask("c1")
            assert isinstance(free, Turn)
            free.over()
        else:
            time.now = ends
            for end, turn in [one for one in under_way if one[0] <= ends]:
                turn.over()
                under_way.remove((end, turn))
    platform = limiter(counting, 10, 1.0)
    assert all(platform.take(moment + offset).allowed for moment in sorted(reached))


async def test_who_asks_and_who_waits_keep_to_one_limit() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock, per_second=2, tenant_per_minute=3)
    asked, waited = pacer.ask("c1", tenant=True), await pacer.turn("c1", FOREVER, tenant=True)
    assert isinstance(asked, Turn)
    assert waited is not None
    assert pacer.ask("c1") == math.inf, "both are under way"
    waiting = asyncio.create_task(pacer.turn("c1", FOREVER))
    await clock.advance(0)
    for turn in (asked, waited):
        turn.sent = True
        turn.over()
    await clock.advance(0.5)
    assert pacer.ask("c1") == math.inf, "who waits comes first"
    await clock.advance(0.6)
    assert await waiting is not None
    assert isinstance(pacer.ask("c1"), Turn)
    first, second = pacer.ask("c2", tenant=True), pacer.ask("c3", tenant=True)
    assert isinstance(first, Turn)
    assert isinstance(second, float)
    assert second == pytest.approx(60.02 - 1.1), "not before the tenant key's minute is over"


async def test_old_calls_are_forgotten() -> None:
    clock = ManualClock(START)
    pacer = Pacer(clock)
    for number in range(10_000):
        turn = pacer.turn_now(f"c{number}")
        assert turn is not None
        turn.sent = True
        turn.over()
        if number % 100 == 0:
            await clock.advance(2)
    assert len(pacer._calls) < 5_000
