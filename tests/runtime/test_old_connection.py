"""What the object of a connection that is gone still does: nothing to the call as another connection has it."""

import asyncio
from pathlib import Path
from typing import Any

from flowrules import HostSay, Reason, VoiceAnswer
from flowrules.runtime.journal import verify
from flowrules.runtime.journal.replaying.replay import replay

RULES = (
    "on intent=desk transfer queue desk_q\n"
    'on hello say "Good morning."\n'
    'on intent=note log "noted"\n'
    'on call_ended log "over"\n'
)


def equal(folder: Path) -> list[bool]:
    assert verify(folder) == ()
    return [played.is_equal for played in replay(folder)]


async def test_its_signals_of_who_speaks_are_ignored(seat: Any) -> None:
    table = await seat(RULES, reconnect_within=30)
    call = table.engine.call_from(table.opened.metadata)
    call.bot_speaking()
    ended = call.post(intent="desk")
    table.call.bot_finished()
    table.call.caller_speaking()
    table.call.caller_heard()
    await asyncio.sleep(0.05)
    assert not ended.done()
    table.call.bot_speaking()
    call.bot_finished()
    assert [str(step) for step in (await ended).steps] == ["transfer accepted"]


async def test_who_listened_there_hears_no_more_and_nothing_said_is_lost(seat: Any) -> None:
    table = await seat(RULES, reconnect_within=30)
    heard: list[str] = []
    table.call.on_said(lambda said: heard.append(said.text))
    await table.call.event("hello")
    call = table.engine.call_from(table.opened.metadata)
    assert not call.said_is_heard
    await call.event("hello")
    assert [said.text for said in call.take_said()] == ["Good morning."]
    assert heard == ["Good morning."]


async def test_its_voice_speaks_no_more_and_takes_no_other_away(seat: Any) -> None:
    spoken: list[str] = []

    def voice(name: str) -> Any:
        async def speak(say: HostSay) -> VoiceAnswer:
            spoken.append(name)
            return VoiceAnswer.spoken()

        return speak

    table = await seat(RULES, reconnect_within=30, say="host", voice=voice("the engine's"))
    table.call.speak_with(voice("the old one's"))
    await table.call.event("hello")
    call = table.engine.call_from(table.opened.metadata)
    await call.event("hello")
    call.speak_with(voice("the new one's"))
    table.call.speak_with(None)
    await call.event("hello")
    assert spoken == ["the old one's", "the engine's", "the new one's"]


async def test_what_is_reported_to_a_call_that_is_over_is_no_part_of_the_next(
    seat: Any, tmp_path: Path
) -> None:
    table = await seat(RULES)
    await table.call.close()
    again = table.engine.call_from(table.opened.metadata)
    await again.event(intent="note")
    await table.call.event(intent="note")
    await again.event(intent="note")
    await again.close()
    await table.engine.aclose()
    assert equal(tmp_path / "journal") == [True, True]


async def test_a_step_whose_time_has_passed_is_late_when_the_call_comes_again(
    seat: Any, tmp_path: Path
) -> None:
    table = await seat(RULES, reconnect_within=30, step_patience=0.1)
    closing = asyncio.create_task(table.call.close())
    await asyncio.sleep(0.01)
    noted = table.call.post(intent="note")
    await asyncio.sleep(0.2)
    call = table.engine.call_from(table.opened.metadata)
    [step] = (await noted).steps
    assert step.reason is Reason.LATE
    await closing
    await call.close()
    await table.engine.aclose()
    assert equal(tmp_path / "journal") == [True]
