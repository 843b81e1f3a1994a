"""The engine's share of the event loop: what it takes at most, and that work feels nothing of being let through."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from flowrules.call.outcome import EventOutcome
from flowrules.control.clock import SystemClock
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.loop.loop_budget import SHARE, LoopBudget
from flowrules.runtime.loop.timer_scheduler import TimerScheduler
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings

STEP = SHARE / 4
"""What a step of the tests' work takes, by the clock that the share goes by."""
AT_ONCE = 5
"""Steps between two turns of the host at most: the share, and the one that was under way."""


class WorkClock(SystemClock):
    """Goes on only while something works."""

    def __init__(self) -> None:
        self.worked = 0.0

    def monotonic(self) -> float:
        return self.worked


class Host:
    """Something of the host's own that is due all the time. `turn` is the number of the loop's present turn; in each,
    `busy` seconds go by in the host's own work."""

    def __init__(self, clock: WorkClock | None = None, busy: float = 0.0) -> None:
        self.turn = 0
        self._clock = clock
        self._busy = busy
        self._beat()

    def _beat(self) -> None:
        self.turn += 1
        if self._clock is not None:
            self._clock.worked += self._busy
        loop = asyncio.get_running_loop()
        self._next = loop.call_at(loop.time(), self._beat)

    def stop(self) -> None:
        self._next.cancel()


def most(turns: list[int]) -> int:
    return max(turns.count(turn) for turn in turns)


async def test_however_many_work_at_once_the_host_has_its_turns() -> None:
    clock, host, turns = WorkClock(), Host(), list[int]()
    share = LoopBudget(clock)

    async def work() -> None:
        for _ in range(5):
            turns.append(host.turn)
            clock.worked += STEP
            await asyncio.sleep(0)

    await asyncio.gather(*(share.run(work()) for _ in range(100)))
    host.stop()
    assert len(turns) == 500
    assert most(turns) <= AT_ONCE


async def test_beside_a_busy_host_the_calls_have_half_as_long_as_the_host() -> None:
    clock = WorkClock()
    share, busy, turns = LoopBudget(clock), 20 * SHARE, list[int]()
    host = Host(clock, busy)

    async def work() -> None:
        for _ in range(20):
            turns.append(host.turn)
            clock.worked += STEP
            await asyncio.sleep(0)

    await asyncio.gather(*(share.run(work()) for _ in range(100)))
    host.stop()
    assert most(turns) <= busy / 2 / STEP + 1
    assert len(set(turns)) <= 2_000 * STEP / (busy / 2) * 1.5


async def test_reports_keep_nothing_from_its_turn_for_ever() -> None:
    clock, done = WorkClock(), list[int]()
    share, loop = LoopBudget(clock), asyncio.get_running_loop()

    def report() -> None:
        share.run_now(spend)
        if len(done) < 50:
            loop.call_soon(report)

    def spend() -> None:
        clock.worked += 5 * SHARE

    async def work(number: int) -> None:
        for _ in range(4):
            clock.worked += STEP
            await asyncio.sleep(0)
        done.append(number)

    report()
    await asyncio.wait_for(asyncio.gather(*(share.run(work(number)) for number in range(50))), 45)
    assert sorted(done) == list(range(50))


async def test_what_the_host_reports_is_no_work_of_its_own() -> None:
    clock = WorkClock()
    share, turns = LoopBudget(clock), list[int]()
    host = Host(clock)
    loop = asyncio.get_running_loop()

    def report() -> None:
        share.run_now(spend)
        if len(turns) < 400:
            loop.call_soon(report)

    def spend() -> None:
        clock.worked += 20 * SHARE

    async def work() -> None:
        for _ in range(20):
            turns.append(host.turn)
            clock.worked += STEP
            await asyncio.sleep(0)

    report()
    await asyncio.gather(*(share.run(work()) for _ in range(20)))
    host.stop()
    assert most(turns) <= AT_ONCE


async def test_alone_nobody_waits() -> None:
    clock, host = WorkClock(), Host()
    share = LoopBudget(clock)
    before = host.turn

    async def work() -> int:
        clock.worked += STEP
        return host.turn

    assert [await share.run(work()) for _ in range(3)] == [before] * 3
    host.stop()


async def test_who_waits_longest_is_next() -> None:
    clock, order = WorkClock(), list[str]()
    share = LoopBudget(clock)

    async def work(name: str, steps: int) -> None:
        for _ in range(steps):
            order.append(name)
            clock.worked += SHARE
            await asyncio.sleep(0)

    await asyncio.gather(share.run(work("a", 4)), share.run(work("b", 2)), share.run(work("c", 2)))
    assert order == ["a", "b", "c", "a", "b", "c", "a", "a"]


@pytest.mark.parametrize("queued", [False, True])
async def test_a_task_that_is_cancelled_hears_of_it_where_it_waits(queued: bool) -> None:
    clock, heard = WorkClock(), list[str]()
    share = LoopBudget(clock)

    async def work(name: str) -> str:
        try:
            clock.worked += SHARE if queued else 0
            await asyncio.sleep(0)
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            heard.append(name)
            await asyncio.sleep(0)  # It may take its time to end.
            raise
        return name

    tasks = [asyncio.create_task(share.run(work(name))) for name in "abcdef"]
    await asyncio.sleep(0)
    for task in tasks[1:]:
        task.cancel()
    await asyncio.wait(tasks[1:], timeout=5)
    assert all(task.cancelled() for task in tasks[1:])
    assert set(heard) <= set("bcdef")  # Whoever had not begun has nothing to hear.
    assert not tasks[0].done()
    tasks[0].cancel()
    await asyncio.wait(tasks, timeout=5)
    assert "a" in heard


async def deadline_of_asyncio() -> str:
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(3600)
    except TimeoutError:
        return "late"
    return "in time"


async def deadline_of_anyio() -> str:
    """What httpx's connections wait with."""
    with anyio.move_on_after(0.01) as scope:
        await anyio.sleep(3600)
    return "late" if scope.cancelled_caught else "in time"


async def what_was_thrown() -> str:
    async def breaks() -> None:
        await asyncio.sleep(0)
        raise ValueError("broken")

    try:
        await breaks()
    except ValueError as error:
        return str(error)
    return "nothing"


async def of_another_task() -> str:
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_exception, KeyError("theirs"))
    try:
        await future
    except KeyError as error:
        return str(error)
    return "nothing"


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize(
    "work",
    [deadline_of_asyncio, deadline_of_anyio, what_was_thrown, of_another_task],
    ids=lambda f: f.__name__,
)
async def test_work_ends_as_it_does_without(work: Callable[[], Any], busy: bool) -> None:
    clock = WorkClock()
    share = LoopBudget(clock)

    async def others() -> None:
        while True:
            clock.worked += SHARE
            await asyncio.sleep(0)

    crowd = [asyncio.create_task(share.run(others())) for _ in range(3 if busy else 0)]
    expected = await work()
    assert await asyncio.wait_for(asyncio.create_task(share.run(work())), 5) == expected
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)


async def test_what_breaks_is_raised_and_the_others_go_on() -> None:
    clock = WorkClock()
    share = LoopBudget(clock)

    async def work(number: int) -> int:
        clock.worked += SHARE
        await asyncio.sleep(0)
        if number % 2:
            raise ValueError(number)
        return number

    ends = await asyncio.gather(*(share.run(work(number)) for number in range(10)), return_exceptions=True)
    assert [end for end in ends if isinstance(end, int)] == [0, 2, 4, 6, 8]
    assert sum(isinstance(end, ValueError) for end in ends) == 5


def test_a_loop_that_ends_leaves_nothing_running(recwarn: pytest.WarningsRecorder) -> None:
    ended: list[int] = []

    async def work(clock: WorkClock, number: int) -> None:
        try:
            clock.worked += SHARE
            await asyncio.sleep(0)
        finally:
            ended.append(number)

    async def main() -> None:
        clock = WorkClock()
        share = LoopBudget(clock)
        for number in range(4):
            asyncio.create_task(share.run(work(clock, number)))  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(main())
    assert not recwarn.list, [str(warning.message) for warning in recwarn]


# --- alarms and calls --------------------------------------------------------------------------------------


class CreepingClock(SystemClock):
    """Goes on a little each time it is read, as if what lies between took that long."""

    def __init__(self) -> None:
        self._read = 0

    def monotonic(self) -> float:
        self._read += 1
        return self._read * STEP

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        while self.monotonic() < until:  # noqa: ASYNC110  (it goes on by being read)
            await asyncio.sleep(0)


async def test_alarms_of_one_moment_leave_the_host_its_turns() -> None:
    clock, host, turns = WorkClock(), Host(), list[int]()
    alarms = TimerScheduler(clock, LoopBudget(clock))

    def ring() -> None:
        turns.append(host.turn)
        clock.worked += STEP

    for _ in range(200):
        alarms.after(0, ring)
    alarms.start()
    await until(lambda: len(turns) == 200)
    await alarms.stop()
    host.stop()
    assert most(turns) <= AT_ONCE


async def test_an_alarm_that_is_cancelled_while_it_waits_for_its_turn_does_not_ring() -> None:
    clock, rung = WorkClock(), list[int]()
    alarms = TimerScheduler(clock, LoopBudget(clock))

    def ring(number: int) -> None:
        rung.append(number)
        clock.worked += SHARE
        if number == 0:
            asyncio.get_running_loop().call_soon(last.cancel)

    alarms.after(0, lambda: ring(0))
    alarms.after(0, lambda: ring(1))
    last = alarms.after(0, lambda: ring(2))
    alarms.after(0, lambda: ring(3))
    alarms.start()
    await until(lambda: 3 in rung)
    await alarms.stop()
    assert rung == [0, 1, 3]


RULES = """
timezone UTC
after 2 seconds say "Are you still there?"
on intent=sales say "One moment." then advise "Sell."
"""
CALLS = 60


@pytest.fixture
def clock() -> CreepingClock:
    return CreepingClock()


async def test_a_timer_that_rings_in_all_calls_leaves_the_host_its_turns(clock: CreepingClock) -> None:
    turns = await turns_of_outcomes(clock, lambda calls: clock.sleep(2))
    assert len(turns) == CALLS
    assert most(turns) <= AT_ONCE


async def test_an_event_of_all_calls_leaves_the_host_its_turns(clock: CreepingClock) -> None:
    async def report(calls: list[CallSession]) -> None:
        for call in calls:
            call.post(intent="sales")

    turns = await turns_of_outcomes(clock, report)
    assert len(turns) == CALLS
    assert most(turns) <= AT_ONCE


async def test_calls_that_all_end_leave_the_host_its_turns(clock: CreepingClock) -> None:
    async def close(calls: list[CallSession]) -> None:
        await asyncio.gather(*(call.close() for call in calls))

    turns = await turns_of_outcomes(clock, close)
    assert len(turns) == CALLS
    assert most(turns) <= AT_ONCE


async def turns_of_outcomes(
    clock: CreepingClock, act: Callable[[list[CallSession]], Awaitable[None]]
) -> list[int]:
    """In which of its turns the host saw each call's outcome."""
    turns: list[int] = []
    host = Host()

    def note(call: CallSession, outcome: EventOutcome) -> None:
        turns.append(host.turn)

    async with Engine(RuleBook.from_text(RULES), settings=Settings(mode=Mode.DRY_RUN), clock=clock) as engine:
        calls = [engine.call(f"call-{number}") for number in range(CALLS)]
        end = engine.subscribe(note)
        await act(calls)
        await until(lambda: len(turns) >= CALLS)
        end()
    host.stop()
    return turns


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(45):
        while not true():  # noqa: ASYNC110  (what it waits for has no event)
            await asyncio.sleep(0)
