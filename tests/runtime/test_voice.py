"""The agent's own voice speaks what rules say: the plan goes on when it was spoken, and the speech gate follows it."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowrules import Engine, EventStatus, HostSay, Mode, RuleBook, Said, VoiceAnswer
from flowrules.control.clock import ManualClock
from flowrules.runtime.journal.replaying.replay import replay

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
BYE = 'on intent=bye say "Goodbye, {name or you}." then hangup\non hangup_interrupted log "spoke"\n'


class Mouth:
    """Speaks as it is told to, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.asked: list[HostSay] = []
        self.called = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cut_off = 0
        self._answers = list(answers)

    async def __call__(self, say: HostSay) -> VoiceAnswer:
        self.asked.append(say)
        self.called.set()
        answer = self._answers.pop(0) if self._answers else VoiceAnswer.spoken()
        if isinstance(answer, BaseException):
            raise answer
        if answer == "hang":
            try:
                await self.go_on.wait()
            except asyncio.CancelledError:
                self.cut_off += 1
                raise
            return VoiceAnswer.spoken()
        if answer == "tells":
            try:
                await self.go_on.wait()
            except asyncio.CancelledError:
                return VoiceAnswer.interrupted("I get")
        return answer


def told(outcome: Any) -> list[str]:
    return [str(step) for step in outcome.steps]


async def test_the_hosts_voice_speaks_and_the_rest_goes_on_after_it(seat: Any) -> None:
    mouth = Mouth("hang")
    table = await seat(
        'on intent=sales log "x" then say "One moment." in voice "en-IN-A" then transfer queue sales_q\n',
        say="host",
        voice=mouth,
    )
    waiting = table.call.post(intent="sales")
    await mouth.called.wait()
    await asyncio.sleep(0.05)
    assert table.acted == ["log"]
    [asked] = mouth.asked
    assert (asked.text, asked.voice, asked.call_id) == ("One moment.", "en-IN-A", table.call.call_id)
    mouth.go_on.set()
    outcome = await waiting
    assert told(outcome) == ["log accepted", "play_audio accepted", "transfer accepted"]
    assert table.acted == ["log", "transfer"]
    assert outcome.said == ("One moment.",)
    [said] = table.call.take_said()
    assert said[:2] == ("One moment.", asked.step)


async def test_a_recording_is_the_platforms_and_a_voice_of_a_call_goes_before_the_engines(seat: Any) -> None:
    table = await seat(
        'on intent=sales play_audio "https://cdn.example.com/a.wav" then say "Hello."\n',
        say="host",
        voice=Mouth(),
    )
    mine = Mouth()
    table.call.speak_with(mine)
    assert told(await table.call.event(intent="sales")) == ["play_audio accepted", "play_audio accepted"]
    assert table.acted == ["play_audio"]
    assert [say.text for say in mine.asked] == ["Hello."]


@pytest.mark.parametrize(
    ("answer", "step", "branch"),
    [
        (VoiceAnswer.failed(), "refused because unavailable", "unavailable"),
        (VoiceAnswer.failed("not_allowed", "no such voice"), "refused because not_allowed", "not_allowed"),
        (RuntimeError("boom"), "unknown because unavailable", "unavailable"),
        ("no answer of ours", "unknown because unavailable", "unavailable"),
        (None, "refused because not_configured", "not_configured"),
    ],
)
async def test_what_was_not_spoken_has_a_reason_that_rules_see(
    seat: Any, answer: Any, step: str, branch: str
) -> None:
    rules = f'rule greet\n  on intent=sales\n  say "Hello."\n    if it fails because {branch} then log "{branch}"\nend\n'
    table = await seat(rules, say="host", voice=None if answer is None else Mouth(answer))
    outcome = await table.call.event(intent="sales")
    assert told(outcome) == [f"play_audio {step}", "log accepted"]
    assert outcome.said == ()
    assert table.call.take_said() == ()


async def test_a_voice_that_hangs_has_the_time_that_the_text_takes(seat: Any) -> None:
    clock, mouth, text = ManualClock(NOW), Mouth("hang"), "word " * 28
    table = await seat(
        f'on intent=sales say "{text}" within 2 seconds\n', clock=clock, say="host", voice=mouth
    )
    waiting = asyncio.create_task(table.call.event(intent="sales"))
    await mouth.called.wait()
    usual = mouth.asked[0].seconds
    assert 20 < usual < 24
    await clock.advance(usual - 0.1)
    assert not waiting.done()
    await clock.advance(0.2)
    assert told(await waiting) == ["play_audio unknown because timeout"]
    assert mouth.cut_off == 1


async def test_a_long_sentence_does_not_use_up_the_plans_time(seat: Any) -> None:
    clock, mouth = ManualClock(NOW), Mouth("hang")
    table = await seat(
        f'on intent=sales say "{"word " * 100}" then transfer queue sales_q\n',
        clock=clock,
        say="host",
        voice=mouth,
    )
    waiting = asyncio.create_task(table.call.event(intent="sales"))
    await mouth.called.wait()
    await clock.advance(40)
    mouth.go_on.set()
    assert told(await waiting) == ["play_audio accepted", "transfer accepted"]


async def test_a_caller_who_interrupts_the_goodbye_keeps_the_call(seat: Any) -> None:
    table = await seat(BYE, say="host", voice=Mouth(VoiceAnswer.interrupted("Goodbye, A")))
    heard: list[Said] = []
    table.call.on_said(heard.append)
    outcome = await table.call.event(intent="bye", name="Asha")
    assert outcome.status is EventStatus.INTERRUPTED
    assert told(outcome) == ["play_audio accepted", "hangup dropped"]
    assert outcome.said == ("Goodbye, A",)
    assert [(said.text, said.interrupted) for said in heard] == [("Goodbye, A", True)]
    assert table.acted == ["log"]


async def test_a_transfer_waits_for_what_the_bot_says_besides(seat: Any) -> None:
    mouth = Mouth("hang")
    table = await seat(
        'on intent=sales say "One moment." then transfer queue sales_q\n', say="host", voice=mouth
    )
    waiting = table.call.post(intent="sales")
    await mouth.called.wait()
    table.call.bot_speaking()
    mouth.go_on.set()
    await asyncio.sleep(0.05)
    assert table.acted == []
    table.call.bot_finished()
    assert (await waiting).status is EventStatus.ENDED


async def test_the_callers_silence_stands_still_while_the_voice_speaks(seat: Any) -> None:
    clock, mouth = ManualClock(NOW), Mouth("hang")
    table = await seat(
        'on intent=sales say "A long story, which takes its time to be told."\nafter 5 seconds of silence log "silent"\n',
        clock=clock,
        say="host",
        voice=mouth,
    )
    waiting = asyncio.create_task(table.call.event(intent="sales"))
    await mouth.called.wait()
    await clock.advance(7)
    mouth.go_on.set()
    await waiting
    await clock.advance(4.9)
    assert table.acted == []
    await clock.advance(0.2)
    while not table.acted:
        await clock.advance(0.01)


async def test_an_urgent_rule_cuts_the_voice_off(seat: Any) -> None:
    mouth = Mouth("tells")
    table = await seat(
        'on intent=sales say "A long story." then log "x"\nurgent on crisis transfer queue crisis_q\n',
        say="host",
        voice=mouth,
    )
    first = table.call.post(intent="sales")
    await mouth.called.wait()
    assert told(await table.call.event("crisis")) == ["transfer accepted"]
    outcome = await first
    assert told(outcome) == ["play_audio accepted", "log dropped"]
    assert outcome.said == ("I get",)


async def test_the_close_of_a_call_cuts_the_voice_off(seat: Any) -> None:
    mouth = Mouth("hang")
    table = await seat('on intent=sales say "A long story." then log "x"\n', say="host", voice=mouth)
    first = table.call.post(intent="sales")
    await mouth.called.wait()
    await table.call.close()
    assert mouth.cut_off == 1
    assert told(await first) == ["play_audio unknown because timeout", "log dropped"]


async def test_what_a_timer_says_is_spoken_too(seat: Any) -> None:
    clock, mouth, heard = ManualClock(NOW), Mouth(), list[str]()
    table = await seat(
        'after 5 seconds of silence say "Are you there?"\n', clock=clock, say="host", voice=mouth
    )
    table.call.on_said(lambda said: heard.append(said.text))
    await clock.advance(5.1)
    while not heard:
        await clock.advance(0.01)
    assert heard == ["Are you there?"] == [say.text for say in mouth.asked]


@pytest.mark.parametrize("mode", [Mode.SHADOW, Mode.DRY_RUN])
async def test_a_run_that_sends_nothing_speaks_nothing(seat: Any, mode: Mode) -> None:
    mouth = Mouth()
    table = await seat(BYE, say="host", voice=mouth, mode=mode)
    assert told(await table.call.event(intent="bye")) == ["play_audio withheld", "hangup withheld"]
    assert mouth.asked == []


async def test_where_the_platform_speaks_no_voice_is_asked(seat: Any) -> None:
    mouth = Mouth()
    table = await seat(BYE, voice=mouth)
    assert told(await table.call.event(intent="bye"))[0] == "play_audio accepted"
    assert mouth.asked == []


async def test_what_was_spoken_is_masked_on_record_and_replayed_equal(seat: Any, tmp_path: Path) -> None:
    answers = (
        VoiceAnswer.interrupted("Goodbye, Zebulon Quint, I sa"),
        VoiceAnswer.spoken(),
        RuntimeError("x"),
    )
    table = await seat(
        'on intent=bye say "Goodbye, {said}, I say." then hangup\non intent=hello say "Hello." then say "You there?"\n'
        'on hangup_interrupted log "spoke"\n',
        say="host",
        voice=Mouth(*answers),
    )
    await table.call.event(said="Zebulon Quint")
    await table.call.event(intent="bye")
    await table.call.event(intent="hello")
    await table.call.close()
    await table.engine.aclose()
    lines = b"\n".join(path.read_bytes() for path in sorted((tmp_path / "journal").glob("*.jsonl")))
    assert [line for line in lines.splitlines() if b"Zebulon" in line] == []
    sending = [json.loads(line) for line in lines.splitlines() if b'"kind":"sending"' in line]
    assert [entry["verb"] for entry in sending if entry.get("by") == "host"] == ["play_audio"] * 3
    [replayed] = replay(tmp_path / "journal")
    assert (replayed.difference, replayed.why_not) == (None, "")
    assert replayed.equal > 8


def test_a_voice_is_an_async_function() -> None:
    def voice(say: HostSay) -> VoiceAnswer:
        return VoiceAnswer.spoken()

    with pytest.raises(ValueError, match="write `async def voice`"):
        Engine(RuleBook.from_text('on x log "y"'), voice=voice)  # type: ignore[arg-type]
