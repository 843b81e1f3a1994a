"""Hosts at their worst: handlers that accept, refuse, raise, hang, answer late or nonsense, while events, urgent rules,
voices and the close come at any moment. What holds all the same."""

import asyncio
import json
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flowrules import Engine, HostSay, HostVerb, RuleBook, Said, SayBy, Settings, VerbAnswer, VoiceAnswer
from flowrules.control.clock import ManualClock
from flowrules.runtime.journal import verify
from flowrules.runtime.journal.replaying.replay import replay
from flowrules.verbs import BY_NAME, CATALOGUE, Effect

RULES = """
on intent=buy say "One moment, {said or you}." then hold then transfer queue sales_q within 3 seconds

rule "Billing"
  on intent=billing
  say "I look it up."
    if it fails then log "not said"
  hold for at most 20 seconds
    if it fails because unavailable then say "I can't put you on hold."
  set_lead_field topic to billing
  unhold
end

on intent=bye say "Goodbye." then hangup
on hangup_interrupted say "Yes?"
on step_failed say "That did not work."
urgent on crisis say "I get somebody." then transfer queue crisis_q
after 4 seconds of silence say "Are you there?"
"""

NOW = datetime(2026, 3, 2, 5, 30, tzinfo=UTC)
ENDING = {spec.name for spec in CATALOGUE if spec.effect is Effect.ENDING}
REASONS = ("refused", "at_capacity", "unavailable", "not_found")


class Host:
    """Answers by chance. `asked` are the steps in order; `answered` what it said of each, where it did."""

    def __init__(self, chance: random.Random, clock: ManualClock) -> None:
        self.chance = chance
        self.clock = clock
        self.asked: list[tuple[str, str]] = []
        self.answered: dict[str, object] = {}

    async def verb(self, verb: HostVerb) -> VerbAnswer:
        answers = (
            VerbAnswer.accepted(),
            VerbAnswer.accepted(),
            VerbAnswer.refused(self.chance.choice(REASONS), "no"),
            VerbAnswer.unknown(),
        )
        return await self._answer(verb.verb, verb.step, self.chance.choice(answers))

    async def speak(self, say: HostSay) -> VoiceAnswer:
        assert say.text
        answers = (
            VoiceAnswer.spoken(),
            VoiceAnswer.spoken(),
            VoiceAnswer.interrupted(say.text[:4]),
            VoiceAnswer.interrupted(),
            VoiceAnswer.failed(self.chance.choice(REASONS)),
        )
        return await self._answer("play_audio", say.step, self.chance.choice(answers))

    async def _answer(self, name: str, step: str, answer: Any) -> Any:
        self.asked.append((name, step))
        kind = self.chance.random()
        if kind < 0.4:
            await self.clock.sleep(self.chance.choice((0, 0.01, 0.5, 2.5)))
        elif kind < 0.5:
            raise RuntimeError(step)
        elif kind < 0.6:
            answer = self.chance.choice((None, "yes", True))
        elif kind < 0.7:
            await asyncio.Event().wait()
        elif kind < 0.8:
            for _ in range(
                2
            ):  # It does not let itself be cancelled at once, and answers when nobody asks any more.
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    continue
        elif kind < 0.9:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.answered[step] = answer
                return answer
        self.answered[step] = answer
        return answer


async def _things_happen(engine: Engine, host: Host, heard: list[Said]) -> None:
    chance, clock = host.chance, host.clock
    call = engine.call("c1", facts={"lead": {"name": "Asha"}})
    call.on_said(heard.append)
    for number in range(chance.randint(3, 14)):
        match chance.randrange(9):
            case 0 | 1 | 2:
                call.post(intent=chance.choice(("buy", "billing", "bye")), turn_id=f"t{number}")
            case 3:
                call.post(said="Zebulon Quint")
            case 4:
                call.post("crisis")
            case 5:
                call.bot_speaking()
            case 6:
                call.bot_finished()
            case 7:
                call.caller_speaking()
            case _:
                await clock.advance(chance.choice((0.1, 1, 5)))
        if chance.random() < 0.5:
            await clock.advance(chance.choice((0, 0.02, 1)))
        await asyncio.sleep(0.002)
    if chance.random() < 0.5:
        closing = asyncio.create_task(call.close())
        while not closing.done():
            await clock.advance(1)
            await asyncio.sleep(0.001)


def on_record(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.read_bytes().splitlines()
    ]


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_the_host_does(seed: int, tmp_path: Path) -> None:
    chance, clock, heard = random.Random(seed), ManualClock(NOW), list[Said]()
    host = Host(chance, clock)
    looks = chance.random() < 0.5
    verbs = {name: host.verb for name in BY_NAME if looks or name != "get_call_state"}
    settings = Settings(journal=tmp_path, journal_fsync="never", say=SayBy.HOST)
    engine = Engine(RuleBook.from_text(RULES), settings=settings, verbs=verbs, voice=host.speak, clock=clock)
    async with engine:
        await _things_happen(engine, host, heard)
        closing = asyncio.create_task(engine.aclose())
        while not closing.done():
            await clock.advance(1)
            await asyncio.sleep(0.001)
        await closing

    entries = on_record(tmp_path)
    sent = [entry for entry in entries if entry["kind"] == "sending" and entry.get("by") == "host"]
    receipts = {entry["key"]: entry for entry in entries if entry["kind"] == "receipt" and entry["key"]}
    # Whatever was asked is on record, in this order, and was asked once.
    keyed = [(entry["verb"], entry["key"] or "") for entry in sent]
    assert host.asked == [one for one in keyed if one in host.asked]
    assert max(Counter(step for _, step in host.asked if step).values(), default=1) == 1
    assert verify(tmp_path) == ()
    # Each receipt says what the host has said, or that nobody knows.
    for step, answer in host.answered.items():
        match answer, receipts[step]["status"] if step else "":
            case (VerbAnswer(status), str(told)) if step:
                assert told in (status, "unknown")
            case (VoiceAnswer("failed"), told):
                assert told in ("refused", "unknown")
            case (VoiceAnswer(), told):
                assert told in ("accepted", "unknown")
            case (_, told):
                assert told in ("unknown", "")
    # The host was told of each sentence that was accepted, in order, once; nothing of another.
    accepted = [
        entry["key"]
        for entry in entries
        if entry["kind"] == "receipt" and entry["verb"] == "play_audio" and entry["status"] == "accepted"
    ]
    assert [said.step for said in heard] == accepted
    # No ending follows one that acted, nor one of which nobody knows, unless the host could tell.
    fates = [receipts[step]["status"] for verb, step in host.asked if verb in ENDING]
    assert "accepted" not in fates[:-1]
    if not looks:
        assert "unknown" not in fates[:-1]
    assert not any(entry["kind"] == "sending" and entry.get("by") != "host" for entry in entries)
    # Nobody's words are on record, and the call can be replayed.
    assert not any("Zebulon" in json.dumps(entry) for entry in entries)
    assert [(one.difference, one.why_not) for one in replay(tmp_path)] == [(None, "")]
