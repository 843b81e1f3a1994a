"""What the answers of a platform, and of what stands in its place, do to a call."""

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from flowrules.control.clock import Clock, ManualClock
from flowrules.runtime.engine import Engine
from flowrules.runtime.journal import verify
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Settings

PAGE = b"<!doctype html><title>Welcome</title>"


class Front:
    """A server on loopback. `answer` makes the bytes for a call id and a verb; `heard` are the verbs that came."""

    def __init__(self, answer: Callable[[str, str], bytes]) -> None:
        self.answer = answer
        self.heard: list[tuple[str, str]] = []
        self.connections = 0
        self.base_url = ""
        self.serving: list[Any] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.append(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(size))
                call_id = head.split(b"/")[4].decode()
                self.heard.append((call_id, body["event"]))
                writer.write(self.answer(call_id, body["event"]))
                await writer.drain()
        writer.close()


def http(status: int, body: bytes, *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers)
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def accepts(call_id: str, verb: str = "", **result: Any) -> bytes:
    reply = {"ok": True, "call_id": call_id, "dispatched_at": "2026-05-18T10:04:48Z", "result": result}
    return http(200, json.dumps(reply).encode())


@asynccontextmanager
async def seated(
    rules: str, answer: Callable[[str, str], bytes], *, clock: Clock | None = None, **changes: Any
) -> AsyncIterator[tuple[Engine, Front]]:
    front = Front(answer)
    async with await asyncio.start_server(front.serve, "127.0.0.1", 0) as server:
        front.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        settings = Settings(base_url=front.base_url, **changes)
        async with Engine(RuleBook.from_text(rules), settings=settings, clock=clock) as engine:
            yield engine, front
        # The client has let its connections go, so that each ends by itself.
        await asyncio.gather(*front.serving)


def call_of(engine: Engine, call_id: str = "c1") -> Any:
    return engine.call(call_id, token=SecretStr("yt_cb_" + "A" * 26))


def told(outcome: Any) -> list[str]:
    return [str(step) for step in outcome.steps]


async def test_a_web_page_is_no_acceptance_and_a_run_of_them_is_a_problem() -> None:
    rules = 'on intent=sales transfer queue sales if it fails then say "I could not reach them."\non intent=x hold\n'
    pages = True

    def answer(call_id: str, verb: str) -> bytes:
        return http(200, PAGE, "Content-Type: text/html") if pages else accepts(call_id)

    async with seated(rules, answer) as (engine, front):
        call = call_of(engine)
        outcome = await call.event(intent="sales")
        assert told(outcome) == ["transfer unknown because timeout", "play_audio unknown because timeout"]
        assert call.over == ""
        assert engine.health().problems == ()
        await call.event(intent="x")
        (problem,) = engine.health().problems
        assert "base_url" in problem
        assert front.base_url in problem
        pages = False
        assert told(await call.event(intent="x")) == ["hold accepted"]
        assert engine.health().problems == ()


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 303])
async def test_no_second_transfer_follows_an_answer_behind_which_the_first_may_have_acted(
    status: int,
) -> None:
    rules = (
        'rule "R"\n  on intent=x\n  transfer now queue a\n    if it fails then transfer now queue b\nend\n'
        "on step_failed hangup now\n"
    )

    def answer(call_id: str, verb: str) -> bytes:
        return http(status, PAGE) if verb == "transfer" else accepts(call_id)

    async with seated(rules, answer) as (engine, front):
        outcome = await call_of(engine).event(intent="x")
        assert outcome.steps[0].receipt.may_have_acted
        assert [verb for _, verb in front.heard] == ["transfer"]


@pytest.mark.parametrize("acted", [True, False])
async def test_the_branch_for_unavailable_runs_and_ends_a_call_that_the_platform_says_is_still_ours(
    acted: bool,
) -> None:
    rules = 'rule "R"\n  on intent=x\n  transfer now queue a\n    if it fails because unavailable then hangup now\nend\n'

    def answer(call_id: str, verb: str) -> bytes:
        if verb == "transfer":
            return http(503, b'{"detail": "try later"}')
        over = http(409, b'{"detail": {"code": "ai_session_terminated", "message": "over"}}')
        return over if acted else accepts(call_id)

    async with seated(rules, answer) as (engine, front):
        outcome = await call_of(engine).event(intent="x")
        assert outcome.steps[0].receipt.may_have_acted
        ended = [] if acted else ["hangup"]
        assert [verb for _, verb in front.heard] == ["transfer", "get_call_state", *ended]


@pytest.mark.parametrize("same_call", [True, False])
async def test_a_surplus_answer_is_no_receipt_of_the_next_request(same_call: bool) -> None:
    rules = "on intent=h hold\non intent=t transfer queue q\n"

    def answer(call_id: str, verb: str) -> bytes:
        return accepts(call_id) * 2 if verb == "hold" else http(403, b'{"detail": "wrong call"}')

    async with seated(rules, answer) as (engine, front):
        first = call_of(engine, "c1")
        second = first if same_call else call_of(engine, "c2")
        assert told(await first.event(intent="h")) == ["hold accepted"]
        outcome = await second.event(intent="t")
        assert told(outcome) == ["transfer refused because not_allowed"]
        assert front.connections == 2


async def test_an_answer_about_another_call_is_unknown_and_its_connection_is_let_go() -> None:
    def answer(call_id: str, verb: str) -> bytes:
        return accepts("c9" if verb == "hold" else call_id)

    async with seated("on intent=h hold\non intent=m mute\n", answer) as (engine, front):
        call = call_of(engine)
        outcome = await call.event(intent="h")
        assert told(outcome) == ["hold unknown because timeout", "unhold accepted"]
        assert "another call" in outcome.steps[0].receipt.message
        assert front.connections == 2


async def test_a_member_that_no_reply_named_is_refused_before_sending() -> None:
    rules = "on intent=x conference_add supervisor lead_1 as helper then conference_remove helper\n"
    async with seated(rules, accepts) as (engine, front):
        outcome = await call_of(engine).event(intent="x")
        assert told(outcome) == ["conference_add accepted", "conference_remove refused because refused"]
        assert [verb for _, verb in front.heard] == ["conference_add"]


@pytest.mark.parametrize("hint", ["0", "-1", "Thu, 01 Jan 2026 00:00:00 GMT", "soon", "nan", "9" * 400])
async def test_whatever_pause_is_asked_for_the_platform_is_not_flooded_and_the_branch_runs(hint: str) -> None:
    rules = 'on intent=x transfer queue q if it fails because at_capacity then say "All are busy."\n'
    busy = b'{"detail": {"code": "max_concurrent_exceeded", "message": "busy"}}'

    def answer(call_id: str, verb: str) -> bytes:
        return http(429, busy, f"Retry-After: {hint}") if verb == "transfer" else accepts(call_id)

    async with seated(rules, answer, step_patience=1.0) as (engine, front):
        outcome = await call_of(engine).event(intent="x")
        assert told(outcome) == ["transfer refused because at_capacity", "play_audio accepted"]
        assert len([verb for _, verb in front.heard if verb == "transfer"]) == 1


async def test_a_failure_branch_has_time_of_its_own() -> None:
    rules = 'on intent=x hold then transfer queue q if it fails then (say "Sorry." then schedule_callback in 2 hours)\n'
    limited = http(429, b'{"detail": "Rate limit exceeded"}', "Retry-After: 1")

    def answer(call_id: str, verb: str) -> bytes:
        return limited if verb == "transfer" else accepts(call_id)

    async with seated("timezone UTC\n" + rules, answer, plan_deadline=1.2, speech_wait=0.1) as (
        engine,
        front,
    ):
        outcome = await call_of(engine).event(intent="x")
        assert told(outcome)[1:] == [
            "transfer refused because limited",
            "play_audio accepted",
            "schedule_callback accepted",
        ]
        assert [verb for _, verb in front.heard].count("transfer") <= 2


@pytest.mark.parametrize(("within", "seconds"), [("", 0.6), (" within 1 second", 1.0)])
async def test_a_caller_waits_for_a_step_as_long_as_the_rule_or_the_host_says(
    within: str, seconds: float
) -> None:
    """A platform that is busy and asks for half a second each time: how often it is asked tells for how long."""
    rules = f'on intent=x hold{within} if it fails because limited then say "Sorry."\n'
    limited = http(429, b'{"detail": "Rate limit exceeded"}', "Retry-After: 0.3")
    loop = asyncio.get_running_loop()
    asked: list[float] = []

    def answer(call_id: str, verb: str) -> bytes:
        if verb != "hold":
            return accepts(call_id)
        asked.append(loop.time())
        return limited

    async with seated(rules, answer, step_patience=0.6) as (engine, _):
        outcome = await call_of(engine).event(intent="x")
        assert told(outcome) == ["hold refused because limited", "play_audio accepted"]
        assert len(asked) >= 2
        # The last request went out before the caller's patience was over; a slow machine makes it no later.
        assert asked[-1] - asked[0] <= seconds + 0.3


async def test_an_answer_that_a_caller_would_not_wait_for_leaves_the_step_unknown() -> None:
    rules = 'on intent=x transfer now queue q within 1 second if it fails because timeout then say "One moment."\n'

    def answer(call_id: str, verb: str) -> bytes:
        return b"" if verb == "transfer" else accepts(call_id)

    async with seated(rules, answer) as (engine, front):
        outcome = await call_of(engine).event(intent="x")
        assert told(outcome) == ["transfer unknown because timeout", "play_audio accepted"]
        assert [verb for _, verb in front.heard] == ["transfer", "play_audio"]


@pytest.mark.parametrize("keep_journal", [False, True])
@pytest.mark.parametrize("over", [False, True])
async def test_a_call_that_is_dialled_again_asks_whether_an_unknown_ending_has_acted(
    tmp_path: Path, keep_journal: bool, over: bool
) -> None:
    """The WebSocket broke after a transfer of which nobody knows what became, and the platform dialled again."""
    asked = []

    def answer(call_id: str, verb: str) -> bytes:
        if verb == "get_call_state" and over:
            return http(409, b'{"detail": {"code": "ai_session_terminated", "message": "over"}}')
        return http(504, PAGE) if verb == "transfer" and not asked else accepts(call_id)

    journal = {"journal": tmp_path / "journal"} if keep_journal else {}
    async with seated("on intent=x transfer queue a\n", answer, **journal) as (engine, front):
        first = call_of(engine)
        assert told(await first.event(intent="x")) == ["transfer unknown because timeout"]
        await first.close()
        asked.append(True)
        again = call_of(engine)
        outcome = await again.event(intent="x")
        look = "get_call_state refused because ended" if over else "get_call_state accepted"
        assert told(outcome) == [look, "transfer dropped" if over else "transfer accepted"]
        await again.close()
    assert [verb for _, verb in front.heard].count("transfer") == (1 if over else 2)


async def test_a_restart_remembers_the_unknown_ending_of_a_call_that_was_closed(tmp_path: Path) -> None:
    def answer(call_id: str, verb: str) -> bytes:
        return http(504, PAGE) if verb == "transfer" else accepts(call_id)

    for seen in (["transfer"], ["get_call_state", "transfer"]):
        async with seated("on intent=x transfer queue a\n", answer, journal=tmp_path / "j") as (
            engine,
            front,
        ):
            call = call_of(engine)
            await call.event(intent="x")
            await call.close()
        assert [verb for _, verb in front.heard] == seen


async def test_an_answer_that_says_nothing_lets_no_second_ending_follow() -> None:
    def answer(call_id: str, verb: str) -> bytes:
        return http(504, PAGE) if verb == "transfer" else http(200, b"{}")

    async with seated("on intent=x transfer queue a\non intent=y hangup now\n", answer) as (engine, front):
        call = call_of(engine)
        await call.event(intent="x")
        assert told(await call.event(intent="y")) == [
            "get_call_state unknown because timeout", "hangup refused because timeout",
        ]  # fmt: skip
    assert [verb for _, verb in front.heard] == ["transfer", "get_call_state"]


async def test_a_run_of_requests_without_an_answer_is_a_problem_for_a_minute() -> None:
    broken = True

    def answer(call_id: str, verb: str) -> bytes:
        if broken:  # It hangs up without a word.
            raise ConnectionError
        return accepts(call_id)

    clock = ManualClock(datetime(2026, 11, 30, tzinfo=UTC))
    async with seated("on intent=x set_disposition done\n", answer, clock=clock) as (engine, _):
        for number in range(3):
            assert engine.health().problems == ()
            await call_of(engine, f"c{number}").event(intent="x")
        (problem,) = engine.health().problems
        assert "no answer of the platform" in problem
        await clock.advance(61)
        assert engine.health().problems == ()
        await call_of(engine, "c3").event(intent="x")
        assert engine.health().problems != ()
        broken = False
        await call_of(engine, "c4").event(intent="x")
        assert engine.health().problems == ()


async def test_a_platform_that_can_not_be_reached_is_a_problem() -> None:
    nobody = Settings(base_url="http://127.0.0.1:9", step_patience=0.5)
    async with Engine(RuleBook.from_text("on intent=x set_disposition done\n"), settings=nobody) as engine:
        for number in range(3):
            outcome = await call_of(engine, f"c{number}").event(intent="x")
            assert told(outcome) == ["set_disposition refused because unavailable"]
        (problem,) = engine.health().problems
        assert problem.endswith("had no answer of the platform: cannot connect")


@pytest.mark.parametrize("named", ["another", None, 7, ["c1"]])
async def test_answers_about_another_call_or_none_are_a_problem(named: Any) -> None:
    def answer(call_id: str, verb: str) -> bytes:
        return http(200, json.dumps({"ok": True, "call_id": named, "result": {}}).encode())

    async with seated("on intent=x set_disposition done\n", answer) as (engine, _):
        for _ in range(3):
            assert told(await call_of_or_live(engine).event(intent="x")) == [
                "set_disposition unknown because timeout"
            ]
        assert "not the platform's" in engine.health().problems[0]


def call_of_or_live(engine: Engine) -> Any:
    return engine.calls.get("c1") or call_of(engine)


async def test_a_token_in_a_reply_is_cut_out_of_the_outcome() -> None:
    secret = "yt_cb_" + "B" * 26

    def answer(call_id: str, verb: str) -> bytes:
        return accepts(call_id, note=f"for {secret}", more=[{secret: {"deep": secret}}])

    async with seated("on intent=x set_disposition done\n", answer) as (engine, _):
        outcome = await call_of(engine).event(intent="x")
        assert told(outcome) == ["set_disposition accepted"]
        assert outcome.steps[0].receipt.result["note"] == "for yt_cb_[redacted]"
        assert secret not in repr(outcome)


async def test_a_disk_that_does_not_answer_holds_a_caller_up_no_longer_than_a_step_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()
    real = os.fdatasync
    rules = 'on intent=x transfer queue a within 1 second if it fails then advise "say sorry"\n'
    async with seated(
        rules, lambda call_id, verb: accepts(call_id), journal=tmp_path / "j", journal_fsync="always"
    ) as (engine, front):
        call = call_of(engine)
        monkeypatch.setattr(os, "fdatasync", lambda file: goes_on.wait() and real(file))
        try:
            outcome = await asyncio.wait_for(call.event(intent="x"), 45)
            assert told(outcome) == ["transfer refused because unavailable"]
            assert outcome.advise == ("say sorry",)
            assert engine.health().problems == ("the journal's disk does not answer, so no verb is sent",)
        finally:
            goes_on.set()
        assert told(await call.event(intent="x")) == ["transfer accepted"]
        assert engine.health().problems == ()
        await call.close()
    assert [verb for _, verb in front.heard] == ["transfer"]
    assert verify(tmp_path / "j") == ()
