"""Limits: 10 a second for a call, however they are counted, and a tenant key's own minute."""

import math

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowrules.sandbox import Clock, OpenedCall, Sandbox, Settings
from flowrules.sandbox.limits import FixedWindow, SlidingWindow, TokenBucket

MODES = ["fixed_window", "sliding_window", "token_bucket"]
gaps = st.lists(st.integers(0, 1_500).map(lambda ms: ms / 1000), max_size=80)


@given(gaps)
def test_a_sliding_window_never_passes_more_than_the_limit_in_any_second(waits: list[float]):
    now, window, passed = 0.0, SlidingWindow(10, 1.0), []
    for wait in waits:
        now += wait
        if window.take(now).allowed:
            passed.append(now)
        else:
            assert sum(now - 1 < moment <= now for moment in passed) == 10
    assert all(sum(moment <= later < moment + 1 - 1e-9 for later in passed) <= 10 for moment in passed)


@given(gaps)
def test_a_fixed_window_passes_the_first_ten_of_each(waits: list[float]):
    now, window = 0.0, FixedWindow(10, 1.0)
    seen: dict[int, int] = {}
    for wait in waits:
        now += wait
        second = math.floor(now)
        assert window.take(now).allowed is (seen.get(second, 0) < 10)
        seen[second] = seen.get(second, 0) + 1


@given(gaps)
def test_a_bucket_passes_no_more_than_its_burst_and_its_rate(waits: list[float]):
    now, bucket, passed = 0.0, TokenBucket(10, 1.0), []
    for wait in waits:
        now += wait
        if bucket.take(now).allowed:
            passed.append(now)
    for first, start in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= 10 + (end - start) * 10 + 1e-6


@given(gaps, st.sampled_from([FixedWindow, SlidingWindow, TokenBucket]))
def test_who_waits_as_long_as_told_is_let_in(waits: list[float], kind):
    now, limiter = 0.0, kind(10, 1.0)
    for wait in waits:
        now += wait
        verdict = limiter.take(now)
        if not verdict.allowed:
            now += verdict.retry_after + 1e-6
            assert limiter.take(now).allowed


@pytest.mark.parametrize("mode", MODES)
async def test_the_eleventh_request_of_a_second_is_refused(mode):
    async with (
        Sandbox(Settings(rate_counting=mode), clock=Clock(running=False, start=1_000_000.0)) as sandbox,
        httpx.AsyncClient(base_url=sandbox.base_url) as http,
    ):
        opened, other = await sandbox.open_call(), await sandbox.open_call()

        async def hold(call: OpenedCall) -> httpx.Response:
            headers = {"Authorization": f"Bearer {call.callback_token}"}
            path = f"/api/v1/ai-sessions/{call.call_id}/control"
            return await http.post(path, json={"event": "hold"}, headers=headers)

        for left in range(9, -1, -1):
            reply = await hold(opened)
            assert reply.status_code == 200
            assert reply.headers["X-RateLimit-Limit"] == "10"
            assert reply.headers["X-RateLimit-Remaining"] == str(left)
        refused = await hold(opened)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert "X-RateLimit-Remaining" not in refused.headers
        assert (await hold(other)).status_code == 200
        sandbox.advance(0.5)
        # Half a second later only the bucket has let some of it back.
        assert (await hold(opened)).status_code == (200 if mode == "token_bucket" else 429)
        sandbox.advance(0.5)
        assert (await hold(opened)).status_code == 200
        assert len(sandbox.acted(opened.call_id)) == (12 if mode == "token_bucket" else 11)


async def test_two_windows_meet_in_the_fixed_count_and_not_in_the_sliding_one():
    async def passed(mode) -> int:
        clock = Clock(running=False, start=1_000_000.875)
        async with (
            Sandbox(Settings(rate_counting=mode), clock=clock) as sandbox,
            httpx.AsyncClient(base_url=sandbox.base_url) as http,
        ):
            opened = await sandbox.open_call()
            headers = {"Authorization": f"Bearer {opened.callback_token}"}
            path = f"/api/v1/ai-sessions/{opened.call_id}/control"
            for _ in range(10):
                await http.post(path, json={"event": "hold"}, headers=headers)
            sandbox.advance(0.25)
            for _ in range(10):
                await http.post(path, json={"event": "hold"}, headers=headers)
            return len(sandbox.acted(opened.call_id))

    assert [await passed(mode) for mode in MODES] == [20, 10, 12]


async def test_a_tenant_key_has_its_own_minute(sandbox: Sandbox, http: httpx.AsyncClient):
    sandbox.configure(requests_per_second=1000)
    calls = [await sandbox.open_call() for _ in range(2)]
    key = sandbox.add_tenant_key(per_minute=5)
    headers = {"Authorization": f"Bearer {key}"}

    async def hold(number: int) -> httpx.Response:
        path = f"/api/v1/ai-sessions/{calls[number % 2].call_id}/control"
        return await http.post(path, json={"event": "hold"}, headers=headers)

    for number in range(5):
        reply = await hold(number)
        assert (reply.status_code, reply.headers["X-RateLimit-Limit"]) == (200, "5")
    refused = await hold(5)
    assert refused.status_code == 429
    wait = int(refused.headers["Retry-After"])
    assert 1 <= wait <= 60
    assert (await http.get("/api/v1/ai-sessions", headers=headers)).status_code == 429
    sandbox.advance(wait)
    assert (await hold(6)).status_code == 200


async def test_retry_after_can_be_left_out(sandbox: Sandbox, control):
    sandbox.configure(send_retry_after=False)
    replies = [await control("hold") for _ in range(11)]
    assert replies[-1].status_code == 429
    assert "Retry-After" not in replies[-1].headers
