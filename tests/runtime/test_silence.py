"""Silence: nobody was heard for so long, from the moment the call is up."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from flowrules.control.clock import ManualClock
from flowrules.engine.event import Source
from flowrules.runtime.calls.session import CallSession
from flowrules.runtime.engine import Engine
from flowrules.runtime.rules.rulebook import RuleBook
from flowrules.runtime.settings import Mode, Settings

RULES = (
    'rule "ten"\n  after 10 seconds of silence\n  log "10"\nend\n'
    'rule "twenty"\n  after 20 seconds of silence\n  log "20"\nend\n'
    'on intent=wait hold\non intent=back unhold\non intent=tell say "One moment please, I will have a look."\n'
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 2, 5, 30, tzinfo=UTC))


@pytest.fixture
async def call(clock: ManualClock) -> AsyncIterator[CallSession]:
    settings = Settings(mode=Mode.SHADOW, watch=False)
    async with Engine(RuleBook.from_text(RULES), settings=settings, clock=clock) as engine:
        yield engine.call("call-1")


def rang(call: CallSession) -> dict[str, int]:
    return {rule: use.times for rule, use in call.state.uses.items() if rule in ("ten", "twenty")}


async def test_it_counts_from_the_moment_the_call_is_up(call: CallSession, clock: ManualClock) -> None:
    await clock.advance(9)
    assert rang(call) == {}
    await clock.advance(1)
    assert rang(call) == {"ten": 1}
    await clock.advance(600)
    assert rang(call) == {"ten": 1, "twenty": 1}, "once, until the caller is heard"


async def voice(call: CallSession, clock: ManualClock) -> None:
    call.caller_speaking()


async def key(call: CallSession, clock: ManualClock) -> None:
    call.post(dtmf="1", source=Source.CALLER)


async def key_frame(call: CallSession, clock: ManualClock) -> None:
    call.frame({"type": "dtmf", "digit": "1"})


async def words(call: CallSession, clock: ManualClock) -> None:
    call.post(said="hello")


async def unfinished_words(call: CallSession, clock: ManualClock) -> None:
    call.post(hearing="hel")


async def words_into_the_bots_speech(call: CallSession, clock: ManualClock) -> None:
    call.bot_speaking()
    await clock.advance(5)
    call.post(said="hello")
    call.bot_finished()


@pytest.mark.parametrize(
    "heard", [voice, key, key_frame, words, unfinished_words, words_into_the_bots_speech]
)
async def test_it_begins_anew_when_the_caller_is_heard_though_nobody_answers(
    call: CallSession, clock: ManualClock, heard: Callable[..., Any]
) -> None:
    await clock.advance(9)
    await heard(call, clock)
    await clock.advance(9)
    assert rang(call) == {}
    await clock.advance(1)
    assert rang(call) == {"ten": 1}
    await heard(call, clock)
    await clock.advance(21)
    assert rang(call) == {"ten": 2, "twenty": 1}, "and may ring again"


async def test_the_bots_own_speech_is_not_counted(call: CallSession, clock: ManualClock) -> None:
    await clock.advance(6)
    call.bot_speaking()
    await clock.advance(60)
    call.bot_finished()
    await clock.advance(3)
    assert rang(call) == {}
    await clock.advance(1)
    assert rang(call) == {"ten": 1}


async def test_what_the_rules_say_is_not_counted(call: CallSession, clock: ManualClock) -> None:
    await call.event(intent="tell")
    await clock.advance(11)
    assert rang(call) == {}
    await clock.advance(3)
    assert rang(call) == {"ten": 1}


async def test_a_hold_is_not_counted_whoever_is_heard_in_it(call: CallSession, clock: ManualClock) -> None:
    await clock.advance(4)
    await call.event(intent="wait")
    await clock.advance(60)
    call.caller_speaking()
    await clock.advance(60)
    assert rang(call) == {}
    await call.event(intent="back")
    await clock.advance(9)
    assert rang(call) == {}
    await clock.advance(1)
    assert rang(call) == {"ten": 1}


async def test_what_is_no_speech_does_not_break_it(call: CallSession, clock: ManualClock) -> None:
    await clock.advance(5)
    for facts in ({"said": ""}, {"hearing": "..."}, {"page": 2}, {"intent": "x"}):
        await call.event(facts=facts)
    await clock.advance(5)
    assert rang(call) == {"ten": 1}


async def test_words_count_from_when_they_came_not_from_when_they_were_decided(
    clock: ManualClock,
) -> None:
    rules = RULES + 'on intent=slow wait 30 seconds then log "slow"\n'
    settings = Settings(mode=Mode.SHADOW, watch=False)
    async with Engine(RuleBook.from_text(rules), settings=settings, clock=clock) as engine:
        call = engine.call("call-1")
        call.post(intent="slow")
        await clock.advance(1)
        call.post(said="hello")
        await clock.advance(30)
        assert rang(call) == {"ten": 1, "twenty": 1}


async def test_a_hold_by_somebody_else_counts_as_one_once_the_platform_tells_of_it(
    seat: Any, sandbox: Any, clock: ManualClock
) -> None:
    table = await seat(RULES + "on intent=look get_call_state\n", clock=clock)
    await clock.advance(5)
    async with httpx.AsyncClient() as other:
        for verb, rings in (("hold", 0), ("unhold", 1)):
            answer = await other.post(
                f"{sandbox.base_url}/api/v1/ai-sessions/{table.call.call_id}/control",
                json={"event": verb},
                headers={"authorization": f"Bearer {sandbox.tenant_key}"},
            )
            assert answer.status_code == 200
            await table.call.event(intent="look")
            await clock.advance(7)
            assert len(table.call.state.timers_fired) == rings
