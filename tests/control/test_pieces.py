"""Keys, credentials, waits and clocks, each on its own."""

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from flowrules.call.receipt import Reason, Status
from flowrules.call.request import idempotency_key, verb_request
from flowrules.control.clock import ManualClock, SystemClock, first_completed, within
from flowrules.control.credentials import CallbackToken, CallCredentials, TenantKey, TokenLifetime
from flowrules.control.envelope import Answers
from flowrules.control.errors import WrongCall
from flowrules.control.outcomes import answered
from flowrules.control.retry import Backoff, retry_after_seconds
from flowrules.engine.planning.plan import PlannedVerb
from flowrules.redaction import redact
from flowrules.verbs import Effect
from flowrules.verbs.reasons import REASONS

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
SECRET = "yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV"


def token(call_id: str = "c1", text: str = SECRET, **more: Any) -> CallbackToken:
    return CallbackToken.received(call_id, SecretStr(text), 0.0, **more)


def test_a_key_is_the_same_for_the_same_step_only() -> None:
    def key(*parts: str) -> str:
        call, event, rule, path = parts
        return idempotency_key(call, NOW, event, rule, path)

    first_key = key("c", "e", "r", "1")
    assert key("c", "e", "r", "1") == first_key
    others = [
        key("d", "e", "r", "1"),
        key("c", "f", "r", "1"),
        key("c", "e", "s", "1"),
        key("c", "e", "r", "2"),
    ]
    assert len({first_key, *others, idempotency_key("c", NOW + timedelta(seconds=1), "e", "r", "1")}) == 6


@given(st.lists(st.text(), min_size=8, max_size=8))
def test_no_two_steps_share_a_key_by_the_way_their_names_join(parts: list[str]) -> None:
    left, right = tuple(parts[:4]), tuple(parts[4:])
    left_key = idempotency_key(left[0], NOW, *left[1:])
    assert (left_key == idempotency_key(right[0], NOW, *right[1:])) == (left == right)


def test_a_planned_verb_becomes_a_request() -> None:
    planned = PlannedVerb("1", "mute", {"event": "mute", "target": "caller"}, Effect.LIVE)
    request = verb_request(planned, call_id="c1", session_start=NOW, event_id="e1", rule="r")
    assert (request.verb, request.key) == ("mute", idempotency_key("c1", NOW, "e1", "r", "1"))
    logged = PlannedVerb("2", "log", {"event": "log", "metadata": {}}, Effect.RECORD, keyed=False)
    assert verb_request(logged, call_id="c1", session_start=NOW, event_id="e1", rule="r").key is None


def test_reasons_are_the_languages_own() -> None:
    assert tuple(Reason) == REASONS


def test_a_token_is_in_no_repr() -> None:
    credentials = CallCredentials("c1", SystemClock(), token(), TenantKey(SecretStr("yt_live_secret")))
    shown = f"{token()!r} {token()} {credentials!r} {TenantKey(SecretStr('yt_live_secret'))!r}"
    assert SECRET not in shown
    assert "yt_live_secret" not in shown


def test_a_token_is_for_its_call_only() -> None:
    assert token().authorise("c1") == f"Bearer {SECRET}"
    with pytest.raises(WrongCall) as raised:
        token().authorise("c2")
    assert SECRET not in str(raised.value)
    with pytest.raises(WrongCall):
        CallCredentials("c2", SystemClock()).renew(token())


@pytest.mark.parametrize("text", ["", "a b", "a\r\nX-Evil: 1", "ключ", "x" * 3000])
def test_what_no_header_can_carry_is_no_token(text: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        token(text=text)
    with pytest.raises(ValueError, match="visible ASCII"):
        TenantKey(SecretStr(text))


def test_lifetimes() -> None:
    assert token().expires_at == 1800
    assert token(lifetime=TokenLifetime.WS_SESSION).expires_at == 86_400


async def test_the_newest_token_is_the_one_in_use() -> None:
    clock = ManualClock(NOW)
    credentials = CallCredentials("c1", clock, token())
    second = token(text="yt_cb_second")
    assert credentials.renew(second)
    assert credentials.current() is second
    assert not credentials.renew(token()), "a frame that came late brings no older token back"
    assert not credentials.renew(token(text="yt_cb_second"))
    assert credentials.current() is second


async def test_a_token_that_comes_before_the_waiting_begins_is_not_missed() -> None:
    credentials = CallCredentials("c1", SystemClock(), token())
    waiting = credentials.renewed()
    credentials.renew(token(text="yt_cb_second"))
    await asyncio.wait_for(waiting, 45)


async def test_the_tenant_key_takes_over_when_the_token_is_old() -> None:
    clock = ManualClock(NOW)
    key = TenantKey(SecretStr("yt_live_x"))
    credentials, alone = CallCredentials("c1", clock, token(), key), CallCredentials("c1", clock, token())
    await clock.advance(1799)
    assert isinstance(credentials.current(), CallbackToken)
    await clock.advance(1)
    assert credentials.current() is key
    assert isinstance(alone.current(), CallbackToken), "the platform is the judge of a token's age"
    credentials.withdraw(credentials.token)
    alone.withdraw(alone.token)
    assert credentials.current() is key
    assert alone.current() is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", None),
        ("1.5", 1.5),
        ("-3", None),
        (None, None),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        (format_datetime(NOW + timedelta(seconds=30), usegmt=True), 30.0),
        (format_datetime(NOW - timedelta(seconds=30), usegmt=True), None),
        ("1e3", None),
        ("1_0", None),
        ("0x10", None),
        ("1, 2", None),
        ("7200", None),
        ("9" * 400, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Mon, 01 Jan 0001 00:00:00 +2359", None),
        ("Mon, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@given(st.text(max_size=60))
def test_any_retry_after_is_a_number_or_nothing(header: str) -> None:
    seconds = retry_after_seconds(header, NOW)
    assert seconds is None or 0 < seconds <= 3600


@pytest.mark.parametrize("reason", [Reason.LIMITED, Reason.AT_CAPACITY])
@pytest.mark.parametrize("asked", [None, 1.0])
def test_calls_that_were_limited_together_do_not_come_back_together(
    reason: Reason, asked: float | None
) -> None:
    waits = {Backoff().after_limit(reason, asked, 1) for _ in range(50)}
    assert len(waits) > 40
    assert min(waits) >= 1.0


@given(st.integers(1, 1000), st.floats(0, 1000), st.integers(0, 100))
def test_waits_are_never_shorter_than_asked_and_bounded(attempts: int, asked: float, seed: int) -> None:
    backoff = Backoff(chance=random.Random(seed))
    assert 0.2 <= backoff.after(attempts) <= 7.5
    assert max(asked, 0.2) <= backoff.after_limit(Reason.LIMITED, asked, attempts) <= max(7.5, asked * 1.5)
    assert backoff.after_limit(Reason.AT_CAPACITY, None, attempts) >= 5


def test_who_is_asked_for_hardly_any_pause_makes_one_that_grows() -> None:
    waits = [Backoff(chance=Least()).after_limit(Reason.LIMITED, 0.001, tries) for tries in range(1, 8)]
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


class Least(random.Random):
    def random(self) -> float:
        return 0.0


@given(st.integers(100, 999), st.binary(max_size=200), st.booleans())
def test_any_answer_is_a_receipt(status: int, body: bytes, ends: bool) -> None:
    receipt = answered(status, body, 1, "c1", strict=ends)
    assert (receipt.reason is None) == receipt.went_well
    assert receipt.may_have_acted == (receipt.status is Status.UNKNOWN)
    assert receipt.went_well <= (200 <= status < 300)


ENVELOPE = {"ok": True, "call_id": "c1", "dispatched_at": "2026-05-18T10:04:48Z", "result": {"a": 1}}


@pytest.mark.parametrize(
    ("status", "body", "fate", "fate_of_an_ending"),
    [
        (200, ENVELOPE, "accepted", "accepted"),
        (202, ENVELOPE, "accepted", "accepted"),
        (200, {"ok": True, "call_id": "c1"}, "accepted", "accepted"),
        (200, {}, "accepted", "unknown"),
        (200, {"ok": True}, "unknown", "unknown"),
        (200, {"call_id": "c1"}, "unknown", "unknown"),
        (200, {"ok": "yes", "call_id": "c1"}, "unknown", "unknown"),
        (200, {"ok": 1, "call_id": "c1"}, "unknown", "unknown"),
        (200, {"ok": True, "call_id": 1}, "unknown", "unknown"),
        (200, {"ok": True, "call_id": None}, "unknown", "unknown"),
        (200, {"ok": True, "call_id": "c2"}, "unknown", "unknown"),
        (200, {"ok": False, "call_id": "c2"}, "unknown", "unknown"),
        (200, {"ok": False, "call_id": "c1"}, "refused", "refused"),
        (200, {"ok": False}, "unknown", "unknown"),
        (200, {"status": "up"}, "unknown", "unknown"),
        (200, [], "unknown", "unknown"),
        (200, None, "unknown", "unknown"),
        (200, "ok", "unknown", "unknown"),
        (400, {"detail": "no"}, "refused", "refused"),
        (422, {"detail": [{"loc": ["body", "x"], "msg": "bad", "type": "t"}]}, "refused", "refused"),
        (404, "a page", "refused", "refused"),
        (408, {"detail": "too slow"}, "unknown", "unknown"),
        (302, "a page", "unknown", "unknown"),
        (303, "a page", "unknown", "unknown"),
        (307, "a page", "refused", "refused"),
        (500, {"detail": "it broke"}, "unknown", "unknown"),
        (502, "a page", "unknown", "unknown"),
        (503, {"detail": "busy"}, "unknown", "unknown"),
        (503, "a page", "unknown", "unknown"),
        (503, {}, "unknown", "unknown"),
        (504, "a page", "unknown", "unknown"),
        (999, ENVELOPE, "unknown", "unknown"),
        (101, ENVELOPE, "unknown", "unknown"),
    ],
)
def test_only_the_platforms_own_word_counts(
    status: int, body: object, fate: str, fate_of_an_ending: str
) -> None:
    sent = json.dumps(body).encode()
    assert answered(status, sent, 1, "c1").status == fate
    assert answered(status, sent, 1, "c1", strict=True).status == fate_of_an_ending


@pytest.mark.parametrize(
    "body", [b"", b"<!doctype html>", b"\xff", b"[" * 100_000, b'{"ok":true,"call_id":"c1"']
)
def test_a_2xx_that_is_no_json_is_unknown(body: bytes) -> None:
    receipt = answered(200, body, 1, "c1")
    assert (receipt.status, receipt.reason) == (Status.UNKNOWN, Reason.TIMEOUT)
    assert "base_url" in receipt.message


def test_the_platform_s_own_503_is_the_reason_that_rules_call_unavailable() -> None:
    receipt = answered(503, b'{"detail": "busy"}', 1, "c1")
    assert (receipt.status, receipt.reason, receipt.may_have_acted) == (
        Status.UNKNOWN,
        Reason.UNAVAILABLE,
        True,
    )
    assert answered(503, b"<html>upstream</html>", 1, "c1").reason is Reason.TIMEOUT


def test_only_the_platform_can_say_that_a_session_is_over() -> None:
    over = b'{"detail": {"code": "ai_session_terminated", "message": "over"}}'
    assert answered(409, over, 1, "c1").reason is Reason.ENDED
    assert answered(409, b"<h1>Conflict</h1>", 1, "c1").reason is Reason.REFUSED


def test_a_run_of_foreign_answers_is_a_problem_until_the_next_good_one() -> None:
    answers, base = Answers(), "https://a.example"
    for _ in range(2):
        answers.note("c1", 200, b"<html>", "", 0)
    assert not answers.problem(base, 0)
    answers.note("c1", 502, b"<html>", "", 5)
    assert base in answers.problem(base, 65)
    assert not answers.problem(base, 66)
    answers.note("c1", 0, b"", "cannot connect", 70)
    assert answers.problem(base, 70).endswith(
        "the last 4 requests to https://a.example had no answer of the platform: cannot connect"
    )
    answers.note("c1", 404, b'{"detail": "No such call"}', "", 70)
    assert not answers.problem(base, 70)


@pytest.mark.parametrize(
    "body",
    [
        b'{"detail": "token yt_cb_01ARZ3NDEKTSV4RRFFQ69G5FAV is bad"}',
        b'{"detail": {"code": "c", "message": "Bearer abcdef refused"}}',
        b'{"detail": [{"loc": ["body", "x"], "msg": "yt_live_abc"}]}',
    ],
)
def test_a_reply_that_shows_a_token_is_cut(body: bytes) -> None:
    shown = repr(answered(422, body, 1, "c1"))
    assert "redacted" in shown
    assert not any(secret in shown for secret in (SECRET, "abcdef", "yt_live_abc"))


def test_redaction_leaves_the_rest_alone() -> None:
    assert redact("call c1, yt_test_abc, Authorization: Bearer zzz.") == (
        "call c1, yt_test_[redacted], Authorization: Bearer [redacted]"
    )


async def test_sleepers_wake_in_order_at_their_own_moments() -> None:
    clock = ManualClock(NOW)
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.monotonic()))

    running = [asyncio.create_task(sleeper("a", 3, 3)), asyncio.create_task(sleeper("b", 5))]
    await clock.advance(10)
    assert woken == [("a", 3), ("b", 5), ("a", 6)]
    assert clock.now() == NOW + timedelta(seconds=10)
    await asyncio.gather(*running)


async def test_within_and_first() -> None:
    clock = ManualClock(NOW)
    rung = asyncio.Event()
    waiting = asyncio.create_task(within(clock, 5, rung.wait()))
    await clock.advance(4)
    rung.set()
    assert await waiting is True
    late = asyncio.create_task(within(clock, 5, asyncio.Event().wait()))
    await clock.advance(5)
    assert await late is False

    async def fails() -> None:
        raise LookupError("x")

    with pytest.raises(LookupError):
        await first_completed(fails(), clock.sleep(100))
    assert clock.next_wake is None
