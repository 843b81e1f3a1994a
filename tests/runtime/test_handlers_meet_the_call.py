"""A handler, or a voice, that turns back to the call which waits for it, or writes into what it was given."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from flowrules import (
    CandidateDifference,
    Engine,
    EventStatus,
    HostSay,
    HostVerb,
    Mode,
    RuleBook,
    Settings,
    VerbAnswer,
    VoiceAnswer,
    WaitsForItself,
)
from flowrules.agents.tool import ReportTool

RULES = (
    'on intent=note log "first" then log "second"\n'
    'on hello say "Good morning." then log "after"\n'
    'on intent=seen log "seen"\n'
    "on intent=desk transfer queue desk_q with a 1\n"
)

WAITS: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "event": lambda table: table.call.event(intent="seen"),
    "an event that no rule takes": lambda table: table.call.event("nothing_of_ours"),
    "close": lambda table: table.call.close(),
    "ending_settled": lambda table: table.call.ending_settled(),
    "report": lambda table: ReportTool(table.engine.rules).report(table.call, {"intent": "seen"}),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS.keys())
@pytest.mark.parametrize("by_voice", [False, True])
async def test_who_waits_for_its_own_call_is_told_so_at_once(
    by_voice: bool, wait: Callable[[Any], Awaitable[Any]], seat: Any
) -> None:
    refused: list[WaitsForItself] = []
    tables: list[Any] = []

    async def turn_back() -> None:
        try:
            await wait(tables[0])
        except WaitsForItself as error:
            refused.append(error)

    async def serve(verb: HostVerb) -> VerbAnswer:
        await turn_back()
        return VerbAnswer.accepted()

    async def speak(say: HostSay) -> VoiceAnswer:
        await turn_back()
        return VoiceAnswer.spoken()

    tables.append(await seat(RULES, verbs={"log": serve}, voice=speak, say="host"))
    table = tables[0]
    events = table.engine.counters["events"]
    outcome = await (table.call.event("hello") if by_voice else table.call.event(intent="note"))
    assert outcome.status is EventStatus.DONE
    assert [str(step) for step in outcome.steps][-1] == "log accepted"
    assert refused
    assert table.call.over == ""
    assert table.engine.counters["events"] == events + 1


async def test_a_handler_posts_and_waits_for_other_calls(seat: Any) -> None:
    futures: list[asyncio.Future[Any]] = []
    others: list[Any] = []

    async def serve(verb: HostVerb) -> VerbAnswer:
        if verb.call_id == table.call.call_id and not futures:
            futures.append(table.call.post(intent="seen"))
            others.append(await other.event(intent="seen"))
        return VerbAnswer.accepted()

    table = await seat(RULES, verbs={"log": serve})
    other = table.engine.call_from((await table.sandbox.open_call()).metadata)
    await table.call.event(intent="note")
    assert [str(step) for step in (await futures[0]).steps] == ["log accepted"]
    assert [str(step) for step in others[0].steps] == ["log accepted"]


async def test_what_a_handler_writes_into_a_body_changes_no_rule(seat: Any) -> None:
    seen: list[dict[str, Any]] = []

    async def serve(verb: HostVerb) -> VerbAnswer:
        body: Any = verb.body
        seen.append({name: dict(value) if isinstance(value, dict) else value for name, value in body.items()})
        body.get("metadata", {}).clear()
        body.clear()
        return VerbAnswer.accepted()

    table = await seat(RULES, verbs={"log": serve, "transfer": serve})
    for _ in range(2):
        call = table.engine.call_from((await table.sandbox.open_call()).metadata)
        assert [str(step) for step in (await call.event(intent="note")).steps] == ["log accepted"] * 2
        assert (await call.event(intent="desk")).status is EventStatus.ENDED
    assert seen[:3] == seen[3:]
    assert seen[2]["metadata"] == {"a": 1}


async def test_what_is_written_into_a_preview_or_a_difference_changes_no_rule() -> None:
    def wreck(bodies: Any) -> None:
        for body in bodies:
            body.get("metadata", {}).clear()
            body.clear()

    def differs(difference: CandidateDifference) -> None:
        wreck((*difference.live.sent, *difference.candidate.sent))

    live = RuleBook.from_text(RULES)
    new = RuleBook.from_text("on intent=desk transfer queue new_q with a 1\n")
    async with Engine(live, settings=Settings(mode=Mode.SHADOW), candidate=new) as engine:
        assert engine.candidate is not None
        engine.candidate.subscribe(differs)
        for name in ("c1", "c2"):
            call = engine.call(name)
            shown = call.preview(intent="desk").requests
            assert shown[0]["metadata"] == {"a": 1}
            wreck(shown)
            outcome = await call.event(intent="desk")
            assert outcome.steps[0].body["metadata"] == {"a": 1}
            await asyncio.sleep(0.02)
        assert engine.candidate.report().different == 2


def at_once(verb: HostVerb, answer: VerbAnswer) -> VerbAnswer:
    return answer


async def test_a_plain_function_behind_a_wrapper_has_answered(seat: Any) -> None:
    serve: Any = functools.partial(at_once, answer=VerbAnswer.accepted())
    table = await seat(RULES, verbs={"transfer": serve})
    assert (await table.call.event(intent="desk")).status is EventStatus.ENDED


async def test_a_voice_of_a_call_is_checked_as_that_of_the_engine(seat: Any) -> None:
    table = await seat(RULES, say="host")
    with pytest.raises(ValueError, match="async"):
        table.call.speak_with(3)
    with pytest.raises(ValueError, match="async"):
        table.call.speak_with(at_once)
